import Shared

/// The session that the server has open for this employee, with what the client counts beside it.
struct OpenWork: Sendable, Hashable {
    /// A beat's idle seconds may exceed the time since the beat before by this much; beyond it the server cuts them.
    static let idleTolerance = 5
    /// How much of the time since the last beat is not relied on: the server's clock may run a little slower.
    private static let clockSlack: Duration = .seconds(1)

    /// As the server told it last.
    private(set) var session: WorkSession
    /// When the session's last beat was answered.
    private var beatenAt: Duration
    private var meter: IdleMeter
    /// Whole idle seconds of an earlier run of this program that the server has not got.
    private let carriedIdle: Int
    private var deliveredIdle = 0
    /// When the employee stopped; nothing counts after it.
    private var measuredUntil: Duration?

    init(session: WorkSession, at now: Duration, idleThreshold: Duration, carriedIdle: Int) {
        self.session = session
        self.carriedIdle = carriedIdle
        beatenAt = now
        meter = IdleMeter(threshold: idleThreshold, start: now)
    }

    mutating func sample(sinceInput: Duration, at now: Duration) {
        if measuredUntil == nil { meter.sample(at: now, sinceInput: sinceInput) }
    }

    /// From here on nothing is active or idle: the employee has stopped, the server just does not know yet.
    mutating func endMeasuring(at now: Duration) {
        if measuredUntil == nil { measuredUntil = now }
    }

    /// Whole idle seconds that the server has not got.
    var pendingIdle: Int { carriedIdle + meter.total.wholeSeconds - deliveredIdle }

    /// What a beat that is sent now can carry. A pause counts in full when it reaches the threshold, which is more than the
    /// server takes with one beat: the rest goes with beats that follow at once, see ``needsAnotherBeat``.
    func idleForBeat(at now: Duration) -> Int {
        min(pendingIdle, max(now - beatenAt - Self.clockSlack, .zero).wholeSeconds + Self.idleTolerance)
    }

    /// True when more has piled up than a beat sent now can carry.
    func needsAnotherBeat(at now: Duration) -> Bool { pendingIdle > idleForBeat(at: now) }

    mutating func beaten(at now: Duration, deliveredIdle seconds: Int, serverIdle: Double) {
        deliveredIdle += seconds
        session.idleSeconds = serverIdle
        session.lastHeartbeatAt = session.lastHeartbeatAt.adding(milliseconds: (now - beatenAt).wholeMilliseconds)
        beatenAt = now
    }

    /// The server's view, asked for after a beat; at midnight the session is a new one.
    mutating func update(_ session: WorkSession) { self.session = session }

    /// Elapsed and idle seconds of the session. The server's clock is only compared with itself.
    func totals(at now: Duration) -> WorkTotals {
        let untilBeat = Duration.milliseconds(session.lastHeartbeatAt - session.startedAt)
        let active = max((untilBeat + (measured(at: now) - beatenAt)).wholeSeconds, 0)
        return WorkTotals(
            activeSeconds: active, idleSeconds: min(session.idleSeconds.boundedSeconds + pendingIdle, active))
    }

    private func measured(at now: Duration) -> Duration { measuredUntil.map { min($0, now) } ?? now }

    /// How long ago the server confirmed this work last.
    func sinceBeat(at now: Duration) -> Duration { max(now - beatenAt, .zero) }

    /// Work that no beat has confirmed: it is lost when the server closes the session now.
    func unconfirmed(at now: Duration) -> Duration { max(measured(at: now) - beatenAt, .zero) }
}
