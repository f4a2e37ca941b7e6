import Foundation
import NIOHTTP1
import Synchronization
import TestSupport

/// The ledger of all clients of one run.
final class SharedLedger: Sendable {
    private let ledger: Mutex<Ledger>

    init(_ ledger: Ledger) { self.ledger = Mutex(ledger) }

    func with<Value: Sendable>(_ body: (inout Ledger) throws -> Value) rethrows -> Value {
        try ledger.withLock { (ledger) throws in try body(&ledger) }
    }
}

/// What every client does: write down, ask, write down the answer.
struct Clerk: Sendable {
    let conversation: Conversation
    let ledger: SharedLedger

    /// - Parameters:
    ///   - expected: the statuses that an acknowledgement has.
    ///   - read: what the answer says.
    /// - Returns: false when the server is gone, or must not be trusted any more.
    func write(
        _ write: Write, expecting expected: Set<UInt>, _ ask: () async -> Conversation.Answer?,
        read: (Conversation.Answer) throws -> (Item, Fact?)
    ) async -> Bool {
        ledger.with { $0.begin(write) }
        guard let answer = await ask() else {
            if !conversation.isDoomed { ledger.with { $0.complain("\(write) got no answer from a server that ran") } }
            return false
        }
        guard expected.contains(answer.status), let (item, fact) = try? read(answer) else {
            ledger.with { $0.complain("\(write) got \(answer.text)") }
            return false
        }
        ledger.with { $0.acknowledge(write, item, fact) }
        return true
    }
}

/// A session as answers and files show it.
struct SessionRecord: Decodable {
    let id: String
    let employeeId: String
    let startedAt: String
    let endedAt: String?
    let isActive: Bool
    let idleSeconds: Int

    struct Answer: Decodable {
        let session: SessionRecord
    }

    var fact: Fact {
        .worked(Session(employee: employeeId, startedAt: startedAt, endedAt: endedAt, idleSeconds: idleSeconds))
    }
}

/// What became of a span.
private struct SpanRow: Decodable {
    let sessions: [SessionRecord]

    struct Answer: Decodable {
        let spans: [SpanRow]
    }
}

/// Somebody who works: starts, beats, captures, stops, tells of earlier work, logs out.
struct EmployeeClient: Sendable {
    let email: String
    let token: String
    let mint: TokenMint
    let clerk: Clerk
    var random: SeededGenerator
    var session: (id: String, since: Date)?
    /// The key of the newest upload, which is sent again first.
    private(set) var key: String?
    /// The client that tracks, and one that does not.
    private static let (own, other) = (UUID().uuidString, UUID().uuidString)
    /// Before the run, on the same day.
    private static let earlier = Int(Date.now.timeIntervalSince1970) / 3600 * 3600 - 10 * 3600

    init(email: String, mint: TokenMint, clerk: Clerk, seed: UInt64, lastKey: String?) {
        self.email = email
        self.mint = mint
        self.clerk = clerk
        token = mint.token(of: email, role: "employee", version: 1)
        random = SeededGenerator(seed: seed)
        session = clerk.ledger.with { $0.openSession(of: email) }.map { ($0, .distantPast) }
        key = lastKey
    }

    /// Works until no answer comes.
    mutating func work() async {
        var goesOn = true
        if let key { goesOn = await upload(key) }
        while goesOn { goesOn = await step() }
    }

    private mutating func step() async -> Bool {
        guard let session else { return await start() }
        switch Int.random(in: 0..<100, using: &random) {
        case ..<50: return await beat(session.id)
        case ..<60: return await start()
        case ..<75:
            // A session without length would not be kept: one of the same millisecond is not stopped.
            guard session.since.timeIntervalSinceNow < -0.005 else { return await beat(session.id) }
            return await stop(session.id)
        case ..<88: return await upload(UUID().uuidString.lowercased())
        case ..<96: return await tell()
        case ..<98: return await beatFromElsewhere()
        default: return await logout()
        }
    }

    private mutating func start() async -> Bool {
        var started: SessionRecord?
        let goesOn = await clerk.write(.start(employee: email), expecting: session == nil ? [201] : [200]) {
            await clerk.conversation.post("/api/work/start", token: token, ["client": Self.own, "host": "desk"])
        } read: { answer in
            let record = try answer.decoded(SessionRecord.Answer.self).session
            started = record
            return (.session(record.id), record.fact)
        }
        if session == nil { session = started.map { ($0.id, .now) } }
        return goesOn
    }

    private mutating func beat(_ id: String) async -> Bool {
        let idle = Int.random(in: 0...2, using: &random)
        let before = clerk.ledger.with { $0.kept[.session(id)] }
        return await clerk.write(.beat(employee: email, session: id, idle: idle), expecting: [200]) {
            await clerk.conversation.post(
                "/api/work/heartbeat", token: token, ["idleDeltaSeconds": idle, "client": Self.own])
        } read: { answer in
            struct Beat: Decodable { let idleSeconds: Int }
            guard case .worked(var session)? = before else { return (.session(id), before) }
            session.idleSeconds = try answer.decoded(Beat.self).idleSeconds
            return (.session(id), .worked(session))
        }
    }

    private mutating func stop(_ id: String) async -> Bool {
        let idle = Int.random(in: 0...2, using: &random)
        session = nil
        return await clerk.write(.stop(employee: email, session: id, idle: idle), expecting: [200]) {
            await clerk.conversation.post(
                "/api/work/stop", token: token, ["idleDeltaSeconds": idle, "client": Self.own])
        } read: { answer in
            let record = try answer.decoded(SessionRecord.Answer.self).session
            return (.session(record.id), record.fact)
        }
    }

    /// Five or seven seconds of work of earlier, at places that do not touch. The longer of two at one place counts, and goes
    /// on with what the shorter one has made.
    private mutating func tell() async -> Bool {
        let isLong = Bool.random(using: &random)
        let start = Self.earlier + 8 * Int.random(in: 0..<3000, using: &random)
        let id = "\(email)-\(start * 1000)"
        var session = Session(
            employee: email, startedAt: Self.text(start), endedAt: Self.text(start + (isLong ? 7 : 5)),
            idleSeconds: isLong ? 0 : 2)
        let idle = session.idleSeconds
        let end = session.endedAt ?? ""
        if case .worked(let known)? = clerk.ledger.with({ $0.kept[.session(id)] }) {
            session.endedAt = max(end, known.endedAt ?? "")
            session.idleSeconds = known.idleSeconds
        }
        return await clerk.write(.tell(id: id, session), expecting: [200]) { [session] in
            let span: [String: any Sendable] = [
                "key": UUID().uuidString, "startedAt": session.startedAt, "endedAt": end, "idleSeconds": idle,
            ]
            return await clerk.conversation.post(
                "/api/work/spans", token: token, ["client": Self.own, "spans": [span]])
        } read: { answer in
            let rows = try answer.decoded(SpanRow.Answer.self).spans
            let sessions = rows.flatMap(\.sessions)
            return (.session(sessions.first?.id ?? ""), sessions.count == 1 ? sessions.first?.fact : nil)
        }
    }

    private static func text(_ seconds: Int) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601).replacing("Z", with: ".000Z")
    }

    /// Another client's beat, which must be refused whatever crash there was since the start.
    private func beatFromElsewhere() async -> Bool {
        let answer = await clerk.conversation.post("/api/work/heartbeat", token: token, ["client": Self.other])
        guard let answer else { return false }
        guard answer.status == 409 else {
            clerk.ledger.with { $0.complain("a beat of another client got \(answer.text)") }
            return false
        }
        return true
    }

    /// Also an upload that is known already must be answered, with the record that is known.
    private mutating func upload(_ key: String) async -> Bool {
        self.key = key
        let isKnown = clerk.ledger.with { $0.kept[.captures(key: key)] } != nil
        return await clerk.write(.upload(key: key, employee: email), expecting: isKnown ? [200] : [201]) {
            let boundary = "crash-\(key)"
            let head = """
                --\(boundary)\r\nContent-Disposition: form-data; name="screenshot"; filename="x.png"\r\n\
                Content-Type: image/png\r\n\r\n
                """
            return await clerk.conversation.send(
                .POST, "/api/uploads/screenshot", token: token,
                headers: [
                    ("Content-Type", "multipart/form-data; boundary=\(boundary)"), ("Idempotency-Key", key),
                ], body: Array(head.utf8) + Picture.bytes(key: key) + Array("\r\n--\(boundary)--\r\n".utf8))
        } read: { answer in
            struct Upload: Decodable { let file: String }
            let file = try answer.decoded(Upload.self).file
            return (.captures(key: key), .stored([Capture(file: file, employee: email, isWhole: true)]))
        }
    }

    private func logout() async -> Bool {
        let other = mint.token(of: email, role: "employee", version: 1)
        return await clerk.write(.revoke(other), expecting: [204]) {
            await clerk.conversation.send(.POST, "/api/auth/logout", token: other)
        } read: { _ in
            (.token(other), .revoked)
        }
    }
}

/// Somebody who manages: names the organization, assigns intervals, takes people on and lets them go.
struct ManagerClient: Sendable {
    let token: String
    let clerk: Clerk
    /// Whose intervals this manager assigns; nobody else does.
    var people: [String]
    /// Whether people also come and go, and the organization is left to others.
    let hires: Bool
    /// Whether the slow requests come first, those that hash a password.
    let hashesFirst: Bool
    var random: SeededGenerator

    /// Works until no answer comes.
    mutating func work() async {
        var goesOn = true
        if hashesFirst { goesOn = await Bool.random(using: &random) ? hire() : setPassword() }
        while goesOn { goesOn = await step() }
    }

    private mutating func step() async -> Bool {
        switch Int.random(in: 0..<100, using: &random) {
        case ..<20 where !hires: await look()
        case ..<30 where !hires: await nameOrganization()
        case ..<10 where people.count > 3: await dismiss()
        case ..<45: await correct()
        case ..<50: await revokeCorrection()
        default: await assign()
        }
    }

    /// At any image that is known.
    private mutating func look() async -> Bool {
        guard let file = clerk.ledger.with({ $0.listedFiles }).sorted().randomElement(using: &random) else {
            return await nameOrganization()
        }
        clerk.ledger.with { $0.beginLook(at: file) }
        guard let answer = await clerk.conversation.send(.GET, "/" + file, token: token) else { return false }
        guard answer.status == 200 else {
            clerk.ledger.with { $0.complain("a look at \(file) got \(answer.text)") }
            return false
        }
        clerk.ledger.with { $0.endLook(at: file) }
        return true
    }

    private mutating func nameOrganization() async -> Bool {
        let name = "Harbour \(UInt32.random(in: 0...UInt32.max, using: &random))"
        return await clerk.write(.nameOrganization(name), expecting: [200]) {
            await clerk.conversation.post("/api/org", token: token, ["name": name])
        } read: { _ in
            (.organization, .named(name))
        }
    }

    private mutating func assign() async -> Bool {
        guard let email = people.randomElement(using: &random),
            var person = clerk.ledger.with({ $0.person(email) })
        else { return false }
        if person.intervalSeconds != nil, Int.random(in: 0..<6, using: &random) == 0 {
            return await takeAway(email, person)
        }
        let minutes = Int.random(in: 0..<6, using: &random) == 0 ? 0 : Int.random(in: 2...20, using: &random)
        person.intervalSeconds = minutes * 60
        return await clerk.write(.assign(email, seconds: minutes * 60), expecting: [200]) {
            await clerk.conversation.post(
                "/api/capture-interval", token: token, ["employeeId": email, "intervalMinutes": minutes])
        } read: { [person] _ in
            (.person(email), .employed(person))
        }
    }

    /// Of one of many days, so that no day gets more than it has.
    private mutating func correct() async -> Bool {
        guard let email = people.randomElement(using: &random) else { return false }
        let day = Date.now.addingTimeInterval(Double(Int.random(in: -380...(-1), using: &random)) * 86_400)
        let adjustment = Adjustment(
            employee: email, date: day.formatted(.iso8601.year().month().day()),
            minutes: Int.random(in: 1...5, using: &random))
        let id = UUID().uuidString.lowercased()
        return await clerk.write(.correct(id: id, adjustment), expecting: [201]) {
            await clerk.conversation.post(
                "/api/work/corrections", token: token,
                ["employeeId": email, "date": adjustment.date, "minutes": adjustment.minutes, "reason": "A test"],
                headers: ["Idempotency-Key": id])
        } read: { _ in
            (.correction(id), .corrected(adjustment))
        }
    }

    private mutating func revokeCorrection() async -> Bool {
        let all = clerk.ledger.with { ledger in
            ledger.countingCorrections.filter { people.contains($0.1.employee) }.sorted { $0.id < $1.id }
        }
        guard let (id, found) = all.randomElement(using: &random) else { return await correct() }
        var adjustment = found
        adjustment.isRevoked = true
        return await clerk.write(.revokeCorrection(id: id), expecting: [204]) {
            await clerk.conversation.send(.DELETE, "/api/work/corrections/\(id)", token: token)
        } read: { [adjustment] _ in
            (.correction(id), .corrected(adjustment))
        }
    }

    private func takeAway(_ email: String, _ person: Person) async -> Bool {
        var person = person
        person.intervalSeconds = nil
        return await clerk.write(.assign(email, seconds: nil), expecting: [204]) {
            await clerk.conversation.send(.DELETE, "/api/capture-interval/\(email)", token: token)
        } read: { [person] _ in
            (.person(email), .employed(person))
        }
    }

    private mutating func hire() async -> Bool {
        let number = UInt32.random(in: 0...UInt32.max, using: &random)
        let (email, password) = ("hired-\(number)@harbour.example", "password \(number) of many")
        let person = Person(name: "Number \(number)", password: password, intervalSeconds: nil)
        people.append(email)
        return await clerk.write(.hire(email, person), expecting: [201]) {
            await clerk.conversation.post(
                "/api/employees", token: token, ["email": email, "name": person.name, "password": password])
        } read: { _ in
            (.person(email), .employed(person))
        }
    }

    private mutating func setPassword() async -> Bool {
        guard let email = people.randomElement(using: &random), var person = clerk.ledger.with({ $0.person(email) })
        else { return false }
        let password = "password \(UInt32.random(in: 0...UInt32.max, using: &random)) of many"
        person.password = password
        return await clerk.write(.setPassword(email, password), expecting: [200]) {
            await clerk.conversation.post(
                "/api/employees/\(email)/password", token: token, ["password": password])
        } read: { [person] _ in
            (.person(email), .employed(person))
        }
    }

    private mutating func dismiss() async -> Bool {
        let email = people.remove(at: Int.random(in: people.indices, using: &random))
        return await clerk.write(.dismiss(email), expecting: [204]) {
            await clerk.conversation.send(.DELETE, "/api/employees/\(email)", token: token)
        } read: { _ in
            (.person(email), nil)
        }
    }
}
