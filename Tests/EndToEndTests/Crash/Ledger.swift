/// What a server has acknowledged, what it was asked without an answer, and whether it kept its word. Pure: requests and
/// answers in, losses out.
struct Ledger: Sendable {
    /// Everything that was acknowledged or found after a restart.
    private(set) var kept: [Item: Fact]
    /// Requests that no answer came to: each may have happened or not, but never half.
    private(set) var inFlight: [Write] = []
    /// Items that a request was about since the last comparison.
    private(set) var touched: Set<Item> = []
    private(set) var acknowledgedCount = 0
    private(set) var losses: [Loss] = []
    /// Of each image, how often managers asked for it, and got it.
    private(set) var looks: [String: (asked: Int, answered: Int)] = [:]

    init(kept: [Item: Fact] = [:]) {
        self.kept = kept
    }

    /// A request goes out.
    mutating func begin(_ write: Write) {
        inFlight.append(write)
        if let item = write.item { touched.insert(item) }
    }

    /// Its answer of 2xx came, and says that `item` is now `fact`; nil when it is gone.
    mutating func acknowledge(_ write: Write, _ item: Item, _ fact: Fact?) {
        if let position = inFlight.firstIndex(of: write) { inFlight.remove(at: position) }
        acknowledgedCount += 1
        touched.insert(item)
        if kept[item] != fact, !write.explains(item, kept[item], fact) {
            losses.append(.item(item, kept: kept[item], found: fact, where: "the answer"))
        }
        kept[item] = fact
    }

    /// A manager asks for an image.
    mutating func beginLook(at file: String) { looks[file, default: (0, 0)].asked += 1 }

    /// It came.
    mutating func endLook(at file: String) {
        looks[file, default: (0, 0)].answered += 1
        acknowledgedCount += 1
    }

    /// Notes what is wrong beyond any item.
    mutating func complain(_ sentence: String) {
        losses.append(.other(sentence))
    }

    /// Compares with what was found after the end of a server. Every item must be as acknowledged, or as one of the
    /// requests in flight would have left it, and each of these has one effect at most. What was found then counts as
    /// acknowledged: a server that shows something must not lose it later.
    /// - Parameter isVisible: whether `found` would hold the item if it existed; others stay as they are.
    mutating func compare(with found: [Item: Fact], in place: String, isVisible: (Item) -> Bool = { _ in true }) {
        for item in Set(kept.keys).union(found.keys) where isVisible(item) && kept[item] != found[item] {
            if let position = inFlight.firstIndex(where: { $0.explains(item, kept[item], found[item]) }) {
                inFlight.remove(at: position)
            } else {
                losses.append(.item(item, kept: kept[item], found: found[item], where: place))
            }
            kept[item] = found[item]
        }
    }

    /// Everything was compared, so what is in flight still did not happen.
    mutating func settle() {
        inFlight = []
        touched = []
    }
}

extension Ledger {
    /// The employee's open session.
    func openSession(of employee: String) -> String? {
        for case (.session(let id), .worked(let session)) in kept
        where session.employee == employee && session.endedAt == nil {
            return id
        }
        return nil
    }

    /// The corrections that count.
    var countingCorrections: [(id: String, Adjustment)] {
        kept.compactMap { item, fact in
            guard case .correction(let id) = item, case .corrected(let adjustment) = fact, !adjustment.isRevoked else {
                return nil
            }
            return (id, adjustment)
        }
    }

    /// The captures' files, as the index names them.
    var listedFiles: Set<String> {
        var files: Set<String> = []
        for case .stored(let captures) in kept.values { files.formUnion(captures.map(\.file)) }
        return files
    }

    func person(_ email: String) -> Person? {
        guard case .employed(let person)? = kept[.person(email)] else { return nil }
        return person
    }

    /// The passwords that the account may have, those of requests in flight first.
    func possiblePasswords(of email: String) -> [String] {
        let unanswered = inFlight.compactMap { write -> String? in
            switch write {
            case .hire(email, let person): person.password
            case .setPassword(email, let password): password
            default: nil
            }
        }
        return unanswered + [person(email)?.password].compactMap { $0 }
    }
}

/// A thing that a server keeps.
enum Item: Hashable, Sendable {
    case organization
    case person(String)
    /// By id.
    case session(String)
    /// The captures of one idempotency key.
    case captures(key: String)
    /// By its text.
    case token(String)
    /// By id.
    case correction(String)
}

/// What a server says of an item.
enum Fact: Hashable, Sendable {
    case named(String)
    case employed(Person)
    case worked(Session)
    /// Everything that is listed under the key: exactly one.
    case stored([Capture])
    case revoked
    case corrected(Adjustment)
}

/// A correction of hours.
struct Adjustment: Hashable, Sendable {
    var employee: String
    var date: String
    var minutes: Int
    var isRevoked = false
}

struct Person: Hashable, Sendable {
    var name: String
    /// Nil when nobody can log in.
    var password: String?
    var intervalSeconds: Int?
}

struct Session: Hashable, Sendable {
    var employee: String
    var startedAt: String
    var endedAt: String?
    var idleSeconds: Int
}

struct Capture: Hashable, Sendable {
    /// As in the index: `uploads/<name>`.
    var file: String
    var employee: String
    /// Whether its bytes are those that were sent.
    var isWhole: Bool
}

/// A request that changes something.
enum Write: Hashable, Sendable {
    case nameOrganization(String)
    case hire(String, Person)
    case dismiss(String)
    /// Nil: takes the interval away.
    case assign(String, seconds: Int?)
    case setPassword(String, String)
    case start(employee: String)
    case beat(employee: String, session: String, idle: Int)
    case stop(employee: String, session: String, idle: Int)
    /// Work of earlier, which is the session of that id afterwards.
    case tell(id: String, Session)
    case upload(key: String, employee: String)
    case revoke(String)
    case correct(id: String, Adjustment)
    case revokeCorrection(id: String)

    /// What it is about; nil when only the answer tells.
    var item: Item? {
        switch self {
        case .nameOrganization: .organization
        case .hire(let email, _), .dismiss(let email), .assign(let email, _), .setPassword(let email, _): .person(email)
        case .start: nil
        case .beat(_, let session, _), .stop(_, let session, _), .tell(let session, _): .session(session)
        case .upload(let key, _): .captures(key: key)
        case .revoke(let token): .token(token)
        case .correct(let id, _), .revokeCorrection(let id): .correction(id)
        }
    }

    /// Whether this request, done whole, turns the item from one into the other.
    func explains(_ item: Item, _ before: Fact?, _ after: Fact?) -> Bool {
        guard self.item == nil || self.item == item else { return false }
        switch (self, item, before, after) {
        case (.nameOrganization(let name), _, _, .named(let found)): return name == found
        case (.hire(_, let person), _, nil, .employed(let found)): return person == found
        case (.dismiss, _, .employed, nil): return true
        case (.assign(_, let seconds), _, .employed(var person), .employed(let found)):
            person.intervalSeconds = seconds
            return person == found
        case (.setPassword(_, let password), _, .employed(var person), .employed(let found)):
            person.password = password
            return person == found
        case (.start(let employee), .session(let id), nil, .worked(let found)):
            return found.employee == employee && found.endedAt == nil && found.idleSeconds == 0
                && id.hasPrefix(employee + "-")
        case (.beat(_, _, let idle), _, .worked(let session), .worked(let found)):
            return session.endedAt == found.endedAt && found.continues(session, addingIdle: idle)
        case (.stop(_, _, let idle), _, .worked(let session), .worked(let found)):
            return session.endedAt == nil && found.endedAt != nil && found.continues(session, addingIdle: idle)
        case (.tell(_, let session), _, nil, .worked(let found)): return found == session
        case (.tell(_, let session), _, .worked(let before), .worked(let found)):
            return found == session && found.continues(before, addingIdle: 0)
        case (.upload(let key, let employee), _, nil, .stored(let found)):
            return found.count == 1
                && found.allSatisfy { $0.isWhole && $0.employee == employee && $0.file.hasSuffix("-\(key).png") }
        case (.revoke, _, nil, .revoked): return true
        case (.correct(_, let adjustment), _, nil, .corrected(let found)): return found == adjustment
        case (.revokeCorrection, _, .corrected(var adjustment), .corrected(let found)):
            adjustment.isRevoked = true
            return found == adjustment
        default: return false
        }
    }
}

extension Session {
    /// The server counts no more idle time than was sent, and may believe less.
    fileprivate func continues(_ earlier: Session, addingIdle idle: Int) -> Bool {
        employee == earlier.employee && startedAt == earlier.startedAt
            && (earlier.idleSeconds...earlier.idleSeconds + idle).contains(idleSeconds)
    }
}

/// A word that was not kept.
enum Loss: Hashable, Sendable, CustomStringConvertible {
    case item(Item, kept: Fact?, found: Fact?, where: String)
    case other(String)

    var description: String {
        switch self {
        case .item(let item, let kept, let found, let place):
            "\(item): kept \(kept.map { "\($0)" } ?? "nothing"), but \(place) has \(found.map { "\($0)" } ?? "nothing")"
        case .other(let sentence): sentence
        }
    }
}
