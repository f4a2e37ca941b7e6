public import JSON

/// `POST /api/work/heartbeat` and `/api/work/stop`: the idle seconds since the last delivered sum.
public struct HeartbeatRequest: JSONRepresentable, Hashable {
    public var idleDeltaSeconds: Int

    public init(idleDeltaSeconds: Int) {
        self.idleDeltaSeconds = idleDeltaSeconds
    }

    public var json: JSONValue { .object(["idleDeltaSeconds": .number(idleDeltaSeconds)]) }

    public init(json: JSONValue) throws(JSONFieldError) {
        let delta = try JSONFields(json).optionalInteger("idleDeltaSeconds") ?? 0
        guard delta >= 0 else {
            throw JSONFieldError(field: "idleDeltaSeconds", expected: "a whole number, 0 or more")
        }
        self.init(idleDeltaSeconds: delta)
    }
}

/// `{ok: true, idleSeconds}`: the idle seconds of the running session, as counted by the server.
public struct HeartbeatResponse: JSONRepresentable, Hashable {
    public var idleSeconds: Double

    public init(idleSeconds: Double) {
        self.idleSeconds = idleSeconds
    }

    public var json: JSONValue { .object(["ok": .bool(true), "idleSeconds": .number(idleSeconds)]) }

    public init(json: JSONValue) throws(JSONFieldError) {
        self.init(idleSeconds: try JSONFields(json).double("idleSeconds"))
    }
}

/// `{ok: true, session}`: the answer of start and stop.
public struct WorkSessionResponse: JSONRepresentable, Hashable {
    public var session: WorkSession

    public init(session: WorkSession) {
        self.session = session
    }

    public var json: JSONValue { .object(["ok": .bool(true), "session": session.json]) }

    public init(json: JSONValue) throws(JSONFieldError) {
        self.init(session: try WorkSession(json: try JSONFields(json)["session"] ?? .null))
    }
}

/// Seconds of work, whole, rounded down; `net` is active without idle.
public struct WorkTotals: Sendable, Hashable {
    /// Elapsed time, idle included.
    public var activeSeconds: Int
    public var idleSeconds: Int
    public var netActiveSeconds: Int { activeSeconds - idleSeconds }

    public static let zero = WorkTotals(activeSeconds: 0, idleSeconds: 0)

    public init(activeSeconds: Int, idleSeconds: Int) {
        self.activeSeconds = activeSeconds
        self.idleSeconds = idleSeconds
    }

    public static func + (left: WorkTotals, right: WorkTotals) -> WorkTotals {
        WorkTotals(
            activeSeconds: left.activeSeconds + right.activeSeconds, idleSeconds: left.idleSeconds + right.idleSeconds)
    }

    /// The three keys `totalActiveSeconds`, `totalIdleSeconds`, `netActiveSeconds`.
    public var members: [(JSONString, JSONValue)] {
        [
            ("totalActiveSeconds", .number(activeSeconds)), ("totalIdleSeconds", .number(idleSeconds)),
            ("netActiveSeconds", .number(netActiveSeconds)),
        ]
    }
}

/// `GET /api/work/me`: the employee's own day.
public struct WorkDayResponse: JSONRepresentable, Hashable {
    public var today: String
    /// The active session, if there is one.
    public var session: WorkSession?
    public var totals: WorkTotals
    /// The assigned capture interval, if there is one.
    public var intervalSeconds: Int?

    public init(today: String, session: WorkSession?, totals: WorkTotals, intervalSeconds: Int?) {
        self.today = today
        self.session = session
        self.totals = totals
        self.intervalSeconds = intervalSeconds
    }

    public var json: JSONValue {
        let head: [(JSONString, JSONValue)] = [("today", .string(today)), ("session", session?.json ?? .null)]
        return .object(JSONObject(head + totals.members + [("intervalSeconds", .optional(intervalSeconds))]))
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        var session: WorkSession?
        if let value = fields["session"] { session = try WorkSession(json: value) }
        self.init(
            today: try fields.text("today"),
            session: session,
            totals: WorkTotals(
                activeSeconds: try fields.integer("totalActiveSeconds"),
                idleSeconds: try fields.integer("totalIdleSeconds")),
            intervalSeconds: try fields.optionalInteger("intervalSeconds"))
    }
}
