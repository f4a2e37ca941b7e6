import Shared

/// The part of a session that lies within a span of time.
struct SessionPart: Sendable, Hashable {
    let id: String
    let employee: AccountID
    /// The session's start, or the first instant of the span.
    let startedAt: Timestamp
    /// Nil while the session is active.
    let endedAt: Timestamp?
    let totals: WorkTotals
}

/// Hours out of sessions. Pure; every report is made of ``SessionPart``s, so that totals equal the sums over them.
struct WorkReport: Sendable {
    let rules: WorkRules
    let now: Timestamp
    let today: CivilDate
    /// The instants of today.
    let todaySpan: Range<Timestamp>

    init(rules: WorkRules, now: Timestamp) {
        self.rules = rules
        self.now = now
        today = rules.calendar.day(of: now)
        todaySpan = rules.calendar.span(of: today)
    }

    func parts(of sessions: some Sequence<WorkSession>, on day: CivilDate) -> [SessionPart] {
        let span = rules.calendar.span(of: day)
        return sessions.compactMap { part(of: $0, in: span) }
    }

    /// The part within `span`; nil when there is none.
    func part(of session: WorkSession, in span: Range<Timestamp>) -> SessionPart? {
        extent(of: session).part(in: span).map { part in
            SessionPart(
                id: session.id, employee: AccountID(stored: session.employeeID), startedAt: part.startedAt,
                endedAt: part.endedAt, totals: part.totals)
        }
    }

    /// How far the session reaches by now: an active one lasts until now, a silent one until its last heartbeat.
    func extent(of session: some SessionTimes) -> SessionExtent {
        let start = session.startedAt
        if let end = session.endedAt {
            return SessionExtent(from: start, to: max(end, start), isLive: false, idleSeconds: session.idleSeconds)
        }
        let isLive = !rules.isSilent(session, at: now)
        let last = max(session.lastHeartbeatAt, start)
        return SessionExtent(
            from: start, to: isLive ? max(now, last) : last, isLive: isLive, idleSeconds: session.idleSeconds)
    }
}

/// What a session's hours follow from: a session as the rules see it, or as the table keeps it.
protocol SessionTimes {
    var startedAt: Timestamp { get }
    var endedAt: Timestamp? { get }
    var lastHeartbeatAt: Timestamp { get }
    var idleSeconds: Double { get }
}

extension WorkSession: SessionTimes {}
extension SessionRow: SessionTimes {}

/// How far a session reaches, and what its parts are.
///
/// Seconds are counted from the session's start and rounded down at both ends of a part, and idle time is shared in
/// proportion, so that the parts of neighbouring spans add up to the whole session, exactly.
struct SessionExtent: Sendable {
    let start: Timestamp
    let end: Timestamp
    /// True when it goes on.
    let isLive: Bool
    /// Whole seconds, of the session as a whole.
    private let elapsed: Int
    private let idle: Int

    struct Part: Sendable, Hashable {
        let startedAt: Timestamp
        /// Nil while the session is active.
        let endedAt: Timestamp?
        let totals: WorkTotals
    }

    fileprivate init(from start: Timestamp, to end: Timestamp, isLive: Bool, idleSeconds: Double) {
        self.start = start
        self.end = end
        self.isLive = isLive
        elapsed = Int((end - start) / 1000)
        idle = Int(min(idleSeconds, Double(elapsed)))
    }

    /// The part within `span`; nil when there is none.
    func part(in span: Range<Timestamp>) -> Part? {
        let clippedStart = max(start, span.lowerBound)
        let clippedEnd = min(end, span.upperBound)
        let isActive = isLive && end < span.upperBound
        guard clippedStart < clippedEnd || isActive && clippedStart == clippedEnd else { return nil }
        let from = Int((clippedStart - start) / 1000)
        let to = Int((clippedEnd - start) / 1000)
        return Part(
            startedAt: clippedStart, endedAt: isActive ? nil : clippedEnd,
            totals: WorkTotals(activeSeconds: to - from, idleSeconds: idle(until: to) - idle(until: from)))
    }

    private func idle(until seconds: Int) -> Int {
        guard elapsed > 0 else { return 0 }
        if seconds == 0 || seconds == elapsed { return seconds == 0 ? 0 : idle }
        let product = idle.multipliedFullWidth(by: seconds)
        return elapsed.dividingFullWidth(product).quotient
    }
}

extension [SessionPart] {
    var totals: WorkTotals { reduce(.zero) { $0 + $1.totals } }
}
