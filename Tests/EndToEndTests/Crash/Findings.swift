import Foundation
import JSON
import NIOHTTP1
import TestSupport

/// What there is after the end of a server, as facts to compare with the ledger: read off a new server, or off the files.
struct Findings {
    let folder: TemporaryFolder
    /// What to expect where nothing can be seen, such as the passwords of people whom no request was about.
    let ledger: Ledger
    /// Where it is noted that an image was looked at.
    let looks: SharedLedger
    /// Whether every image is compared with what was sent, and every revoked token tried; otherwise those that a
    /// request was about since the last time, and one in sixteen of the others.
    var isThorough = false
    /// Turns with the rounds, so that all have their turn.
    var turn = 0

    /// Everything that managers can see, and whether tokens are refused.
    func overHTTP(_ conversation: Conversation, token: String) async throws -> [Item: Fact] {
        var facts: [Item: Fact] = [:]
        let organization: OrganizationRecord.Answer = try await conversation.get("/api/org", token: token)
        if !organization.organization.name.isEmpty {
            facts[.organization] = .named(organization.organization.name)
        }
        let users: UserRecord.Answer = try await conversation.get("/api/employees", token: token)
        let intervals: [String: [String: Int]] = try await conversation.get("/api/capture-intervals", token: token)
        facts.merge(people(users.users, intervals: intervals["intervals"] ?? [:])) { $1 }
        for case (.person(let email), .employed(var person)) in facts where ledger.touched.contains(.person(email)) {
            person.password = await password(of: email, conversation)
            facts[.person(email)] = .employed(person)
        }
        let day: DayRecord = try await conversation.get("/api/work/sessions/today", token: token)
        for row in day.employees {
            for session in row.sessions {
                facts[.session(session.id)] = .worked(
                    Session(
                        employee: row.employeeId, startedAt: session.startedAt, endedAt: session.endedAt,
                        idleSeconds: session.idleSeconds))
            }
        }
        let (from, to) = (Self.day(-399), Self.day(0))
        let corrections: [CorrectionRecord] = try await conversation.get(
            "/api/work/corrections?from=\(from)&to=\(to)", token: token)
        for correction in corrections { facts[.correction(correction.id)] = correction.fact }
        let captures = try await list(conversation, token: token)
        var damaged: Set<String> = []
        for file in Set(captures.map(\.file)) {
            let key = CaptureRecord.key(of: file)
            guard isDue(.captures(key: key), key) else {
                if !exists(file) { damaged.insert(file) }
                continue
            }
            looks.with { $0.beginLook(at: file) }
            let image = await conversation.send(.GET, "/" + file, token: token)
            if image?.status == 200 { looks.with { $0.endLook(at: file) } }
            if image?.status != 200 || image?.body != Data(Picture.bytes(key: key)) { damaged.insert(file) }
        }
        facts.merge(stored(captures, damaged: damaged)) { $1 }
        for item in Set(ledger.kept.keys).union(ledger.touched) {
            guard case .token(let text) = item, isDue(item, text) else { continue }
            if await conversation.send(.GET, "/api/work/me", token: text)?.status == 401 { facts[item] = .revoked }
        }
        return facts
    }

    /// Whether ``overHTTP(_:token:)`` looked for it.
    func isVisible(_ item: Item) -> Bool {
        if case .token(let text) = item { isDue(item, text) } else { true }
    }

    /// What the JSON files hold, after a clean stop: all but tokens and passwords.
    func inFiles() throws -> [Item: Fact] {
        var facts: [Item: Fact] = [:]
        let organization: OrganizationRecord = try decoded("data/organization.json")
        if !organization.name.isEmpty { facts[.organization] = .named(organization.name) }
        let users: [UserRecord] = try decoded("data/users.json")
        let employees = users.filter { $0.role == "employee" }
        facts.merge(people(employees, intervals: try decoded("data/intervals.json"))) { $1 }
        let sessions: [SessionRecord] = try decoded("data/work_sessions.json")
        for session in sessions { facts[.session(session.id)] = session.fact }
        let corrections: [CorrectionRecord] = try decoded("data/corrections.json")
        for correction in corrections { facts[.correction(correction.id)] = correction.fact }
        let captures: [CaptureRecord] = try decoded("uploads/index.json")
        let damaged = try captures.map(\.file).filter { file in
            let key = CaptureRecord.key(of: file)
            guard exists(file) else { return true }
            return try isDue(.captures(key: key), key) && !holds(file, Picture.bytes(key: key))
        }
        facts.merge(stored(captures, damaged: Set(damaged))) { $1 }
        return facts
    }

    /// So many days from today.
    private static func day(_ offset: Int) -> String {
        Date.now.addingTimeInterval(Double(offset) * 86_400).formatted(.iso8601.year().month().day())
    }

    private func decoded<Value: Decodable>(_ name: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(try folder.bytes(of: name)))
    }

    /// What an encrypted file holds, the server is asked for; here it must be whole.
    private func holds(_ file: String, _ picture: [UInt8]) throws -> Bool {
        let bytes = try folder.bytes(of: file)
        guard bytes.starts(with: Array("TTIMAGE".utf8)) else { return bytes == picture }
        let (header, tag) = (96, 16)
        return bytes.count == header + picture.count + tag
    }

    private func exists(_ file: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder.path)/\(file)") }

    private func isDue(_ item: Item, _ text: String) -> Bool {
        isThorough || ledger.touched.contains(item) || Int(text.utf8.last ?? 0) % 16 == turn % 16
    }

    /// People by their records, with the passwords that the ledger expects. Who has an interval but no account is found
    /// as a person without a name.
    private func people(_ users: [UserRecord], intervals: [String: Int]) -> [Item: Fact] {
        var people = intervals.mapValues { Person(name: "", intervalSeconds: $0) }
        for user in users {
            people[user.email] = Person(
                name: user.name,
                password: ledger.person(user.email).map(\.password) ?? ledger.possiblePasswords(of: user.email).last,
                intervalSeconds: intervals[user.email])
        }
        return Dictionary(uniqueKeysWithValues: people.map { (.person($0), .employed($1)) })
    }

    private func stored(_ captures: [CaptureRecord], damaged: Set<String>) -> [Item: Fact] {
        let facts = captures.map { record in
            Capture(file: record.file, employee: record.employeeId, isWhole: !damaged.contains(record.file))
        }
        return Dictionary(grouping: facts) { Item.captures(key: CaptureRecord.key(of: $0.file)) }.mapValues(Fact.stored)
    }

    /// The password that works, of those that may; nil when none does.
    private func password(of email: String, _ conversation: Conversation) async -> String? {
        for password in ledger.possiblePasswords(of: email) {
            let answer = await conversation.post(
                "/api/auth/login", token: "", ["email": email, "password": password])
            if answer?.status == 200 { return password }
        }
        return nil
    }

    /// All pages of the list.
    private func list(_ conversation: Conversation, token: String) async throws -> [CaptureRecord] {
        var captures: [CaptureRecord] = []
        var next: String? = "/api/uploads/list?limit=1000"
        while let path = next {
            guard let answer = await conversation.send(.GET, path, token: token), answer.status == 200 else {
                throw Conversation.NoAnswer(path: path)
            }
            captures += try answer.decoded([CaptureRecord].self)
            next = answer.link.flatMap { $0.firstMatch(of: /<(.*)>; rel="next"/) }.map { String($0.1) }
        }
        return captures
    }
}

private struct OrganizationRecord: Decodable {
    let name: String

    struct Answer: Decodable {
        let organization: OrganizationRecord
    }
}

private struct UserRecord: Decodable {
    let email: String
    let name: String
    let role: String

    struct Answer: Decodable {
        let users: [UserRecord]
    }
}

private struct DayRecord: Decodable {
    let employees: [Row]

    struct Row: Decodable {
        let employeeId: String
        let sessions: [Part]
    }

    struct Part: Decodable {
        let id: String
        let startedAt: String
        let endedAt: String?
        let idleSeconds: Int
    }
}

private struct CorrectionRecord: Decodable {
    let id: String
    let employeeId: String
    let date: String
    let minutes: Int
    let revokedAt: String?

    var fact: Fact {
        .corrected(Adjustment(employee: employeeId, date: date, minutes: minutes, isRevoked: revokedAt != nil))
    }
}

private struct CaptureRecord: Decodable {
    let file: String
    let employeeId: String

    /// The name ends in the key and `.png`.
    static func key(of file: String) -> String { String(file.dropLast(4).suffix(36)) }
}
