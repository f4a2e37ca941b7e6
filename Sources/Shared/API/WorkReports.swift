public import JSON

// Hours of any days. They are written without the way over a ``JSONValue``: a year has tens of thousands of rows.

/// `GET /api/work/summary`: what employees have worked in a range of days.
public struct WorkReportResponse: Sendable, Hashable {
    public var from: CivilDate
    public var to: CivilDate
    /// The zone whose days they are.
    public var zone: String
    /// `day`, `week`, `month` or `range`: what a row is.
    public var by: String
    public var employees: [Employee]

    public init(from: CivilDate, to: CivilDate, zone: String, by: String, employees: [Employee]) {
        self.from = from
        self.to = to
        self.zone = zone
        self.by = by
        self.employees = employees
    }

    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("from")
        writer.string(from.iso8601)
        writer.key("to")
        writer.string(to.iso8601)
        writer.key("zone")
        writer.string(zone)
        writer.key("by")
        writer.string(by)
        writer.key("employees")
        writer.beginArray()
        for employee in employees { employee.write(to: &writer) }
        writer.endArray()
        writer.endObject()
    }

    public struct Employee: Sendable, Hashable {
        public var employeeID: String
        /// Empty when there is no account of that id.
        public var name: String
        public var isRegistered: Bool
        /// Those that have something in them, in the order of time.
        public var rows: [Row]
        public var total: Row

        public init(employeeID: String, name: String, isRegistered: Bool, rows: [Row], total: Row) {
            self.employeeID = employeeID
            self.name = name
            self.isRegistered = isRegistered
            self.rows = rows
            self.total = total
        }

        func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.key("employeeId")
            writer.string(employeeID)
            writer.key("name")
            writer.string(name)
            writer.key("registered")
            writer.bool(isRegistered)
            writer.key("rows")
            writer.beginArray()
            for row in rows { row.write(to: &writer) }
            writer.endArray()
            writer.key("total")
            total.write(to: &writer)
            writer.endObject()
        }
    }

    /// The hours of consecutive days.
    public struct Row: Sendable, Hashable {
        /// `2026-03-02`, `2026-W10`, `2026-03` or `2026-03-02/2026-03-31`.
        public var period: String
        public var from: String
        public var to: String
        /// When the first part of a session begins that lies within it; nil when there is none.
        public var firstLogin: Timestamp?
        /// When the last one ends; nil while one is active.
        public var lastLogout: Timestamp?
        /// How many sessions it has parts of.
        public var sessions: Int
        public var totals: WorkTotals
        /// What corrections add, less what they take off.
        public var correctionSeconds: Int
        /// What the row is made of, where that was asked for.
        public var explanation: Explanation?

        public var payableSeconds: Int { totals.netActiveSeconds + correctionSeconds }

        public init(
            period: String, from: String, to: String, firstLogin: Timestamp? = nil, lastLogout: Timestamp? = nil,
            sessions: Int = 0, totals: WorkTotals = .zero, correctionSeconds: Int = 0, explanation: Explanation? = nil
        ) {
            self.period = period
            self.from = from
            self.to = to
            self.firstLogin = firstLogin
            self.lastLogout = lastLogout
            self.sessions = sessions
            self.totals = totals
            self.correctionSeconds = correctionSeconds
            self.explanation = explanation
        }

        func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.key("period")
            writer.string(period)
            writer.key("from")
            writer.string(from)
            writer.key("to")
            writer.string(to)
            writer.key("firstLogin")
            writer.timestamp(firstLogin)
            writer.key("lastLogout")
            writer.timestamp(lastLogout)
            writer.key("sessions")
            writer.number(sessions)
            writer.key("totalActiveSeconds")
            writer.number(totals.activeSeconds)
            writer.key("totalIdleSeconds")
            writer.number(totals.idleSeconds)
            writer.key("netActiveSeconds")
            writer.number(totals.netActiveSeconds)
            writer.key("correctionSeconds")
            writer.number(correctionSeconds)
            writer.key("payableSeconds")
            writer.number(payableSeconds)
            if let explanation {
                writer.key("parts")
                writer.value(.array(explanation.parts.map(\.json)))
                writer.key("corrections")
                writer.value(.array(explanation.corrections.map(\.json)))
            }
            writer.endObject()
        }
    }

    /// What a row's numbers are the sums of.
    public struct Explanation: Sendable, Hashable {
        public var parts: [WorkSessionsRow.Part]
        public var corrections: [Correction]

        public init(parts: [WorkSessionsRow.Part] = [], corrections: [Correction] = []) {
            self.parts = parts
            self.corrections = corrections
        }
    }
}

/// A row of `GET /api/work/sessions`, which is an array of them, the newest first: a session, or the part of it that lies
/// within the days that were asked for.
public struct WorkSessionListRow: Sendable, Hashable {
    public var employeeID: String
    /// The session's own.
    public var date: String
    public var part: WorkSessionsRow.Part

    public init(employeeID: String, date: String, part: WorkSessionsRow.Part) {
        self.employeeID = employeeID
        self.date = date
        self.part = part
    }

    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.string(part.id)
        writer.key("employeeId")
        writer.string(employeeID)
        writer.key("date")
        writer.string(date)
        writer.key("startedAt")
        writer.timestamp(part.startedAt)
        writer.key("endedAt")
        writer.timestamp(part.endedAt)
        writer.key("isActive")
        writer.bool(part.isActive)
        writer.key("activeSeconds")
        writer.number(part.totals.activeSeconds)
        writer.key("idleSeconds")
        writer.number(part.totals.idleSeconds)
        writer.key("netActiveSeconds")
        writer.number(part.totals.netActiveSeconds)
        if part.isOfEarlierAccount {
            writer.key(text: EarlierAccount.key)
            writer.bool(true)
        }
        writer.endObject()
    }
}
