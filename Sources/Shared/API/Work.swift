public import FoundationEssentials
public import JSON

/// `POST /api/work/start`: who wants to track. A start without a client asks nobody who tracks.
public struct StartRequest: JSONRepresentable, Hashable {
    public var client: UUID?
    /// What the client's machine is called, see ``LiveCredentials/longestHost``.
    public var host: String?

    public init(client: UUID? = nil, host: String? = nil) {
        self.client = client
        self.host = host
    }

    public var json: JSONValue {
        var object = JSONObject([])
        object["client"] = client?.json
        object["host"] = host.map { .string($0) }
        return .object(object)
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        self.init(client: try JSONFields(json).optionalUUID("client"), host: try LiveCredentials.host(of: json))
    }
}

/// `POST /api/work/heartbeat` and `/api/work/stop`: the idle seconds since the last delivered sum.
public struct HeartbeatRequest: JSONRepresentable, Hashable {
    public var idleDeltaSeconds: Int
    public var client: UUID?

    /// How much more idle time than the time since the last heartbeat is believed, in seconds: clients sample. The server cuts
    /// what is beyond.
    public static let idleTolerance = 5

    public init(idleDeltaSeconds: Int, client: UUID? = nil) {
        self.idleDeltaSeconds = idleDeltaSeconds
        self.client = client
    }

    public var json: JSONValue {
        var object = JSONObject([("idleDeltaSeconds", .number(idleDeltaSeconds))])
        object["client"] = client?.json
        return .object(object)
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        let delta = try fields.optionalInteger("idleDeltaSeconds") ?? 0
        guard delta >= 0 else {
            throw JSONFieldError(field: "idleDeltaSeconds", expected: "a whole number, 0 or more")
        }
        self.init(idleDeltaSeconds: delta, client: try fields.optionalUUID("client"))
    }
}

/// The client that tracks in place of another one: `work:elsewhere`, to the employee's sockets when a start has taken over,
/// and beside `error` and `code` of a 409 `tracked_elsewhere`.
public struct WorkElsewhere: Error, JSONRepresentable, Hashable {
    public var client: UUID
    /// What its machine is called; nil when it has not said so.
    public var host: String?

    public init(client: UUID, host: String?) {
        self.client = client
        self.host = host
    }

    public var json: JSONValue { .object(["client": client.json, "host": .optional(host)]) }

    public init(json: JSONValue) throws(JSONFieldError) {
        self.init(client: try JSONFields(json).uuid("client"), host: try LiveCredentials.host(of: json))
    }

    /// The body of the 409.
    public var refusal: JSONValue {
        let place = host.map { "on \($0)" } ?? "by another client"
        let error = APIError(.trackedElsewhere, "Your time is tracked \(place) now; start here to take over.")
        let members = (error.json.object?.members ?? []) + (json.object?.members ?? [])
        return .object(JSONObject(members.map { ($0.key, $0.value) }))
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
    /// Silence after which a session is over; nil when an older server does not say.
    public var sessionTimeoutSeconds: Int?
    /// Those of today that count, in order of creation; an older server knows none.
    public var corrections: [Correction]
    /// What they add, less what they take off.
    public var correctionSeconds: Int { corrections.reduce(0) { $0 + $1.seconds } }

    public init(
        today: String, session: WorkSession?, totals: WorkTotals, intervalSeconds: Int?,
        sessionTimeoutSeconds: Int? = nil, corrections: [Correction] = []
    ) {
        self.today = today
        self.session = session
        self.totals = totals
        self.intervalSeconds = intervalSeconds
        self.sessionTimeoutSeconds = sessionTimeoutSeconds
        self.corrections = corrections
    }

    public var json: JSONValue {
        let head: [(JSONString, JSONValue)] = [("today", .string(today)), ("session", session?.json ?? .null)]
        var object = JSONObject(head + totals.members + [("intervalSeconds", .optional(intervalSeconds))])
        object["sessionTimeoutSeconds"] = sessionTimeoutSeconds.map { .number($0) }
        object["corrections"] = .array(corrections.map(\.json))
        object["correctionSeconds"] = .number(correctionSeconds)
        return .object(object)
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        var session: WorkSession?
        if let value = fields["session"] { session = try WorkSession(json: value) }
        var corrections: [Correction] = []
        for value in fields["corrections"]?.array ?? [] { corrections.append(try Correction(json: value)) }
        self.init(
            today: try fields.text("today"),
            session: session,
            totals: WorkTotals(
                activeSeconds: try fields.integer("totalActiveSeconds"),
                idleSeconds: try fields.integer("totalIdleSeconds")),
            intervalSeconds: try fields.optionalInteger("intervalSeconds"),
            sessionTimeoutSeconds: try fields.optionalInteger("sessionTimeoutSeconds"), corrections: corrections)
    }
}
