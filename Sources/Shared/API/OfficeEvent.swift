public import JSON

/// What happens in the office: the events of `GET /api/events`, each a name and its data.
///
/// What is said of stored things is how they are after the transaction that changed them, whatever comes later. Whoever adds
/// an event adds a case, its ``name`` and its ``json`` here, and where it comes from: `EventDraft` for what is stored.
public enum OfficeEvent: JSONEncodable, Hashable {
    /// Always the first: how things are. What follows happened after that.
    /// - Parameters:
    ///   - presence: the employees who are online, in alphabetical order.
    ///   - tracking: the employees whose work is under way, in alphabetical order.
    ///   - at: the server's time.
    case hello(presence: [String], tracking: [String], at: Timestamp)
    case presence(userID: String, isOnline: Bool)
    /// A session begins, ends, is divided at midnight, or is made or moved by work that was told of later. No heartbeat is
    /// told, nor what moves one. A session that ends without any length is told with its start as its end; it is not kept.
    case session(WorkSession)
    case capture(UploadRecord)
    case interval(IntervalAssigned)
    case account(email: String, AccountChange)
    /// - Parameter createdAt: when it was first named.
    case organization(name: String, createdAt: Timestamp?)
    /// One was made, or revoked.
    case correction(Correction)

    public enum AccountChange: String, Sendable {
        case added, removed
        /// Another name, role or password, whoever set it.
        case changed
    }

    public var name: String {
        switch self {
        case .hello: "hello"
        case .presence: "presence"
        case .session: "session"
        case .capture: "capture"
        case .interval: "interval"
        case .account: "account"
        case .organization: "organization"
        case .correction: "correction"
        }
    }

    public var json: JSONValue {
        switch self {
        case .hello(let presence, let tracking, let time):
            .object([
                "presence": .array(presence.map { .string($0) }), "tracking": .array(tracking.map { .string($0) }),
                "at": .string(time.iso8601),
            ])
        case .presence(let id, let isOnline): .object(["userId": .string(id), "online": .bool(isOnline)])
        case .session(let session):
            .object(["employeeId": .string(session.employeeID), "session": session.json])
        case .capture(let record):
            .object([
                "file": .string(record.file), "ts": .string(record.ts.iso8601),
                "employeeId": .string(record.employeeID),
            ])
        case .interval(let interval): interval.json
        case .account(let email, let change):
            .object(["email": .string(email), "change": .string(change.rawValue)])
        case .organization(let name, let createdAt):
            .object(["name": .string(name), "createdAt": .optional(createdAt?.iso8601)])
        case .correction(let correction): CorrectionResponse(correction: correction).json
        }
    }
}
