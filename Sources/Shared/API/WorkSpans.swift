public import FoundationEssentials
public import JSON

/// Work of which the server was not told while it was done: the half-open span from `startedAt` to `endedAt`.
public struct WorkSpan: JSONRepresentable, Hashable {
    /// Of the sender's making; the answer names the span by it.
    public var key: UUID
    public var startedAt: Timestamp
    public var endedAt: Timestamp
    public var idleSeconds: Int

    /// In milliseconds.
    public static let longest: Int64 = 24 * 3_600_000
    /// How far back work is taken up, in milliseconds.
    public static let oldest: Int64 = 7 * longest

    public init(key: UUID, startedAt: Timestamp, endedAt: Timestamp, idleSeconds: Int) {
        self.key = key
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.idleSeconds = idleSeconds
    }

    public var json: JSONValue {
        .object([
            "key": key.json, "startedAt": .string(startedAt.iso8601), "endedAt": .string(endedAt.iso8601),
            "idleSeconds": .number(idleSeconds),
        ])
    }

    /// - Throws: also for a span that is empty or longer than ``longest``, and for more idle time than it has room for.
    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        self.init(
            key: try fields.uuid("key"), startedAt: try fields.timestamp("startedAt"),
            endedAt: try fields.timestamp("endedAt"), idleSeconds: try fields.integer("idleSeconds"))
        let length = endedAt - startedAt
        guard (1...Self.longest).contains(length) else {
            throw JSONFieldError(
                field: "endedAt", expected: "later than \"startedAt\", by \(Self.longest / 3_600_000) hours at most")
        }
        guard (0...length / 1000).contains(Int64(idleSeconds)) else {
            throw JSONFieldError(
                field: "idleSeconds", expected: "a whole number from 0 to the span's length, \(length / 1000)")
        }
    }
}

/// `POST /api/work/spans`.
public struct WorkSpansRequest: JSONRepresentable, Hashable {
    public var client: UUID?
    public var spans: [WorkSpan]

    /// How many spans a request has.
    public static let count = 1...100

    public init(client: UUID? = nil, spans: [WorkSpan]) {
        self.client = client
        self.spans = spans
    }

    public var json: JSONValue {
        var object = JSONObject([])
        object["client"] = client?.json
        object["spans"] = .array(spans.map(\.json))
        return .object(object)
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        guard let values = fields["spans"]?.array, Self.count.contains(values.count) else {
            throw JSONFieldError(
                field: "spans", expected: "a list of \(Self.count.lowerBound) to \(Self.count.upperBound) spans")
        }
        self.init(client: try fields.optionalUUID("client"), spans: [])
        for (index, value) in values.enumerated() {
            do throws(JSONFieldError) {
                spans.append(try WorkSpan(json: value))
            } catch {
                let place = "spans[\(index)]"
                throw JSONFieldError(field: error.field.map { "\(place).\($0)" } ?? place, expected: error.expected)
            }
        }
    }
}

/// What became of the spans, in the order asked.
public struct WorkSpansResponse: JSONRepresentable, Hashable {
    public var spans: [Row]

    public init(spans: [Row]) {
        self.spans = spans
    }

    public struct Row: JSONRepresentable, Hashable {
        public var key: UUID
        /// Those that cover what was taken of the span, in start order, each as a whole: a session may reach beyond the span.
        public var sessions: [WorkSession]
        /// How much of the span is in no session and will be in none, in whole seconds.
        public var refusedSeconds: Int
        /// Why, as a sentence for a person; nil when nothing was refused.
        public var reason: String?

        public init(key: UUID, sessions: [WorkSession], refusedSeconds: Int, reason: String?) {
            self.key = key
            self.sessions = sessions
            self.refusedSeconds = refusedSeconds
            self.reason = reason
        }

        public var json: JSONValue {
            var object = JSONObject([
                ("key", .string(key.uuidString.lowercased())), ("sessions", .array(sessions.map(\.json))),
                ("refusedSeconds", .number(refusedSeconds)),
            ])
            object["reason"] = reason.map { .string($0) }
            return .object(object)
        }

        public init(json: JSONValue) throws(JSONFieldError) {
            let fields = try JSONFields(json)
            guard let values = fields["sessions"]?.array else {
                throw JSONFieldError(field: "sessions", expected: "a list of sessions")
            }
            var sessions: [WorkSession] = []
            for value in values { sessions.append(try WorkSession(json: value)) }
            self.init(
                key: try fields.uuid("key"), sessions: sessions, refusedSeconds: try fields.integer("refusedSeconds"),
                reason: try fields.optionalText("reason"))
        }
    }

    public var json: JSONValue { .object(["spans": .array(spans.map(\.json))]) }

    public init(json: JSONValue) throws(JSONFieldError) {
        guard let values = try JSONFields(json)["spans"]?.array else {
            throw JSONFieldError(field: "spans", expected: "a list of spans")
        }
        var spans: [Row] = []
        for value in values { spans.append(try Row(json: value)) }
        self.init(spans: spans)
    }
}
