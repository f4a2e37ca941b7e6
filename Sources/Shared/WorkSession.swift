public import JSON

/// One stretch of work: the half-open span from `startedAt` to `endedAt`. Sessions of one employee never overlap.
public struct WorkSession: Sendable, Hashable, JSONRepresentable {
    /// The employee's id, `-`, and the start in epoch milliseconds.
    public var id: String
    public var employeeID: String
    public var startedAt: Timestamp
    /// Nil while the session is active.
    public var endedAt: Timestamp?
    public var isActive: Bool
    /// Never more than the elapsed time. Whole, except in sessions that an older system wrote.
    public var idleSeconds: Double
    public var lastHeartbeatAt: Timestamp
    /// The calendar day of the start in the server's zone, `2026-03-02`.
    public var date: String

    public init(
        id: String, employeeID: String, startedAt: Timestamp, endedAt: Timestamp?, isActive: Bool,
        idleSeconds: Double, lastHeartbeatAt: Timestamp, date: String
    ) {
        self.id = id
        self.employeeID = employeeID
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.isActive = isActive
        self.idleSeconds = idleSeconds
        self.lastHeartbeatAt = lastHeartbeatAt
        self.date = date
    }

    /// Whose session an id names; see ``id``.
    public static func employee(ofID id: String) -> AccountID {
        AccountID(stored: String(id[..<(id.lastIndex(of: "-") ?? id.endIndex)]))
    }

    /// How much more idle time it can have, whole seconds, where it reaches until `end`.
    public func idleRoom(until end: Timestamp) -> Int {
        Int(max(0, Double((end - startedAt) / 1000) - idleSeconds))
    }

    public var json: JSONValue {
        .object([
            "id": .string(id), "employeeId": .string(employeeID), "startedAt": .string(startedAt.iso8601),
            "endedAt": .optional(endedAt?.iso8601), "isActive": .bool(isActive), "idleSeconds": .number(idleSeconds),
            "lastHeartbeatAt": .string(lastHeartbeatAt.iso8601), "date": .string(date),
        ])
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        self.init(
            id: try fields.text("id"), employeeID: try fields.text("employeeId"),
            startedAt: try fields.timestamp("startedAt"), endedAt: try fields.optionalTimestamp("endedAt"),
            isActive: try fields.flag("isActive"), idleSeconds: try fields.double("idleSeconds"),
            lastHeartbeatAt: try fields.timestamp("lastHeartbeatAt"), date: try fields.text("date"))
    }
}
