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
    ///
    /// Seconds are counted from the session's start and rounded down at both ends of the part, and idle time is shared
    /// in proportion, so that the parts of neighbouring spans add up to the whole session, exactly.
    func part(of session: WorkSession, in span: Range<Timestamp>) -> SessionPart? {
        let end = self.end(of: session)
        let isLive = session.endedAt == nil && !rules.isSilent(session, at: now)
        let clippedStart = max(session.startedAt, span.lowerBound)
        let clippedEnd = min(end, span.upperBound)
        let isActive = isLive && end < span.upperBound
        guard clippedStart < clippedEnd || isActive && clippedStart == clippedEnd else { return nil }

        let elapsed = Int((end - session.startedAt) / 1000)
        let idle = Int(min(session.idleSeconds, Double(elapsed)))
        let from = Int((clippedStart - session.startedAt) / 1000)
        let to = Int((clippedEnd - session.startedAt) / 1000)
        func idleUntil(_ seconds: Int) -> Int {
            guard elapsed > 0 else { return 0 }
            let product = idle.multipliedFullWidth(by: seconds)
            return elapsed.dividingFullWidth(product).quotient
        }
        return SessionPart(
            id: session.id, employee: AccountID(stored: session.employeeID), startedAt: clippedStart,
            endedAt: isActive ? nil : clippedEnd,
            totals: WorkTotals(activeSeconds: to - from, idleSeconds: idleUntil(to) - idleUntil(from)))
    }

    /// When the session ended, as far as is known now: an active one lasts until now, a silent one until its last heartbeat.
    private func end(of session: WorkSession) -> Timestamp {
        if let end = session.endedAt { return max(end, session.startedAt) }
        let last = max(session.lastHeartbeatAt, session.startedAt)
        return rules.isSilent(session, at: now) ? last : max(now, last)
    }
}

extension [SessionPart] {
    var totals: WorkTotals { reduce(.zero) { $0 + $1.totals } }
}
