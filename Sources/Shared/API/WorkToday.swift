public import JSON

/// `GET /api/work/summary/today` and `GET /api/work/sessions/today`: a row for each employee who worked today, in the order of
/// their first sessions.
public struct WorkTodayResponse<Row: JSONEncodable>: JSONEncodable {
    /// The calendar day in the server's zone, `2026-03-02`.
    public var today: String
    public var employees: [Row]

    public init(today: String, employees: [Row]) {
        self.today = today
        self.employees = employees
    }

    public var json: JSONValue { .object(["today": .string(today), "employees": .array(employees.map(\.json))]) }
}

/// What an employee has worked today.
public struct WorkSummaryRow: JSONEncodable, Hashable {
    public var employeeID: String
    /// When the parts of sessions that lie within today begin.
    public var loginTimes: [Timestamp]
    /// When they end; an active session has none.
    public var logoutTimes: [Timestamp]
    public var totals: WorkTotals
    /// False when there is no account of that id.
    public var isRegistered: Bool

    public init(
        employeeID: String, loginTimes: [Timestamp], logoutTimes: [Timestamp], totals: WorkTotals, isRegistered: Bool
    ) {
        self.employeeID = employeeID
        self.loginTimes = loginTimes
        self.logoutTimes = logoutTimes
        self.totals = totals
        self.isRegistered = isRegistered
    }

    public var json: JSONValue {
        let times: [(JSONString, JSONValue)] = [
            ("employeeId", .string(employeeID)), ("loginTimes", .array(loginTimes.map { .string($0.iso8601) })),
            ("logoutTimes", .array(logoutTimes.map { .string($0.iso8601) })),
        ]
        return .object(JSONObject(times + totals.members + [("registered", .bool(isRegistered))]))
    }
}

/// An employee's sessions of today.
public struct WorkSessionsRow: JSONEncodable, Hashable {
    public var employeeID: String
    public var sessions: [Part]
    /// False when there is no account of that id.
    public var isRegistered: Bool

    public init(employeeID: String, sessions: [Part], isRegistered: Bool) {
        self.employeeID = employeeID
        self.sessions = sessions
        self.isRegistered = isRegistered
    }

    public var json: JSONValue {
        .object([
            "employeeId": .string(employeeID), "sessions": .array(sessions.map(\.json)),
            "registered": .bool(isRegistered),
        ])
    }

    /// The part of a session that lies within today.
    public struct Part: JSONEncodable, Hashable {
        /// The session's.
        public var id: String
        public var startedAt: Timestamp
        /// Nil while the session is active.
        public var endedAt: Timestamp?
        public var totals: WorkTotals
        /// The session is older than the account that has its employee's id now.
        public var isOfEarlierAccount: Bool

        public var isActive: Bool { endedAt == nil }

        public init(
            id: String, startedAt: Timestamp, endedAt: Timestamp?, totals: WorkTotals, isOfEarlierAccount: Bool
        ) {
            self.id = id
            self.startedAt = startedAt
            self.endedAt = endedAt
            self.totals = totals
            self.isOfEarlierAccount = isOfEarlierAccount
        }

        public var json: JSONValue {
            var object = JSONObject([
                ("id", .string(id)), ("startedAt", .string(startedAt.iso8601)),
                ("endedAt", .optional(endedAt?.iso8601)), ("isActive", .bool(isActive)),
                ("activeSeconds", .number(totals.activeSeconds)), ("idleSeconds", .number(totals.idleSeconds)),
                ("netActiveSeconds", .number(totals.netActiveSeconds)),
            ])
            object.markEarlierAccount(isOfEarlierAccount)
            return .object(object)
        }
    }
}
