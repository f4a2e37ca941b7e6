import Shared

/// The employee's day as the server told it last, with the open session kept apart, so that both run on together.
struct WorkDay: Sendable, Hashable {
    /// Of all sessions, as of the last answer.
    private var told: WorkTotals
    /// Of the day's other sessions; negative while a session still counts time from before midnight.
    private var others: WorkTotals
    private var openSession: String?
    /// What managers have added to the day, less what they have taken off it, as of the last answer.
    private(set) var correctionSeconds: Int

    init(_ response: WorkDayResponse) {
        told = response.totals.bounded
        others = told
        correctionSeconds = response.correctionSeconds.boundedSeconds
    }

    /// - Parameters:
    ///   - work: the open session, as of the answer.
    ///   - now: when the answer came.
    mutating func update(_ response: WorkDayResponse, work: OpenWork?, at now: Moment) {
        told = response.totals.bounded
        correctionSeconds = response.correctionSeconds.boundedSeconds
        let before = openSession == work?.session?.id ? others.activeSeconds : nil
        openSession = work?.session?.id
        setApart(work, at: now)
        // Both sides round down, at slightly different instants: one second more or less is no news.
        if let before, abs(before - others.activeSeconds) <= 1 {
            others = WorkTotals(activeSeconds: before, idleSeconds: others.idleSeconds)
        }
    }

    /// A session was opened: new, or one that `told` already holds.
    mutating func opened(_ work: OpenWork, isNew: Bool, at now: Moment) {
        openSession = work.session?.id
        setApart(isNew ? nil : work, at: now)
    }

    /// The session has ended with these sums, until the server tells its own.
    mutating func closed(_ session: WorkTotals?) {
        told = totals(with: session)
        others = told
        openSession = nil
    }

    func totals(with session: WorkTotals?) -> WorkTotals { session.map { others + $0 } ?? told }

    private mutating func setApart(_ work: OpenWork?, at now: Moment) {
        others = told
        guard let work else { return }
        others = WorkTotals(
            activeSeconds: told.activeSeconds - work.totals(at: now).activeSeconds,
            idleSeconds: told.idleSeconds - (work.session?.idleSeconds.boundedSeconds ?? 0))
    }
}

/// Thirty years of seconds: whatever a server says, sums with it stay far from what an `Int` can hold.
private let longest = 1_000_000_000

extension WorkTotals {
    fileprivate var bounded: WorkTotals {
        WorkTotals(
            activeSeconds: min(max(activeSeconds, 0), longest), idleSeconds: min(max(idleSeconds, 0), longest))
    }
}

extension Int {
    fileprivate var boundedSeconds: Int { Swift.min(Swift.max(self, -longest), longest) }
}

extension Double {
    /// Whole seconds, rounded down, from 0 to some thirty years.
    var boundedSeconds: Int { self > 0 ? Int(min(self, Double(longest))) : 0 }
}
