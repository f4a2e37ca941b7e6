import Shared

/// Work that is under way without a break, whether the server knows of it or not: what was worked since the last beat that was
/// accepted is a stretch that no session is known to cover.
struct OpenWork: Sendable, Hashable {
    /// How much of the time since the last beat is not relied on: the server's clock may run a little slower.
    private static let clockSlack: Duration = .seconds(1)

    /// As the server told it last; nil while it has none open for this work, or has not said which.
    private(set) var session: WorkSession?
    /// The server has one open that may be this work's.
    private(set) var mayHaveSession = false
    /// Where the stretch began, by all clocks and by the monotonic one.
    private var start: WorkInstant
    private var startedAt: Duration
    /// The stretch begins where the session was heard of last.
    private var isStartConfirmed = false
    /// When the server heard of the session last, by the monotonic clock.
    private var confirmedAt: Duration
    private var meter: IdleMeter
    /// Whole seconds that were no work, but are in the session, or in one before: they are told as idle time.
    private var carriedIdle: Int
    private var deliveredIdle = 0
    /// When the employee stopped; nothing counts after it.
    private var measuredUntil: Moment?
    /// Stretches that ended within a pause of which nobody knows yet whether it counts.
    private var undecided: [Undecided] = []

    private struct Undecided: Sendable, Hashable {
        var stretch: WorkStretch
        /// By the monotonic clock.
        var end: Duration
        var pauseStart: Duration
        /// Idle time that counted by then.
        var counted: Duration
    }

    /// Work that begins now, of which the server knows nothing.
    ///
    /// - Parameter owedIdle: as ``owedIdle(at:)`` of work before it.
    init(at now: Moment, idleThreshold: Duration, owedIdle: Int = 0) {
        carriedIdle = owedIdle
        start = WorkInstant(now)
        startedAt = now.monotonic
        confirmedAt = now.monotonic
        meter = IdleMeter(threshold: idleThreshold, start: now.monotonic)
    }

    mutating func sample(sinceInput: Duration, at now: Duration) {
        if measuredUntil == nil { meter.sample(at: now, sinceInput: sinceInput) }
    }

    /// From here on nothing is active or idle: the employee has stopped, the server just does not know yet.
    mutating func endMeasuring(at now: Moment) {
        if measuredUntil == nil { measuredUntil = now }
    }

    var isMeasuring: Bool { measuredUntil == nil }
    /// Whatever session the server says is open is this work's.
    var ownsSession: Bool { session != nil || isStartConfirmed }
    /// The server has a session open for this work, as far as is known.
    var hasSession: Bool { session != nil || mayHaveSession }
}

// MARK: Idle seconds

extension OpenWork {
    /// Whole idle seconds that the server has not got.
    var pendingIdle: Int { carriedIdle + meter.total.wholeSeconds - deliveredIdle }

    /// Pending ones, and the time since the employee stopped, which a beat that is sent now would cover.
    private func idleOfBeat(at now: Moment) -> Int { pendingIdle + sinceStop(at: now).wholeSeconds }

    private func sinceStop(at now: Moment) -> Duration { measuredUntil.map { max(now.boot - $0.boot, .zero) } ?? .zero }

    /// What the session that is known has room for: no more than it is long. What of a pause lies before it waits until then.
    private func tellableIdle(at now: Moment) -> Int {
        guard let session else { return idleOfBeat(at: now) }
        let room = (lengthOfSession(session, at: now) + sinceStop(at: now)).wholeSeconds
        return max(min(idleOfBeat(at: now), room - session.idleSeconds.boundedSeconds), 0)
    }

    /// The time that a beat sent now would cover.
    private func sinceBeat(at now: Moment) -> Duration { unconfirmed(at: now) + sinceStop(at: now) }

    /// What a beat that is sent now can carry: the server takes the time since the last one, and a little more. A pause counts
    /// in full when it reaches the threshold, which is more than that: the rest goes with beats that follow at once, see
    /// ``needsAnotherBeat``.
    func idleForBeat(at now: Moment) -> Int {
        min(
            tellableIdle(at: now),
            max(sinceBeat(at: now) - Self.clockSlack, .zero).wholeSeconds + HeartbeatRequest.idleTolerance)
    }

    /// True when a pause has become long enough since the last beat: there is more idle time than the time since then, by more than a
    /// sample.
    func needsAnotherBeat(at now: Moment) -> Bool { tellableIdle(at: now) > sinceBeat(at: now).wholeSeconds + 1 }
}

// MARK: The server's answers

extension OpenWork {
    /// A session was opened for this work, or there was one that was heard of just now.
    ///
    /// - Returns: what was worked before it and may be in no session yet.
    mutating func opened(_ session: WorkSession, isNew: Bool, at now: Moment) -> [WorkStretch] {
        let before = seal(at: now, told: isNew ? session.startedAt : nil, waits: true)
        self.session = session
        mayHaveSession = false
        confirmedAt = now.monotonic
        // Another's was heard of last before this work began.
        isStartConfirmed = isNew
        return before
    }

    /// - Parameter sentAt: when the beat left: the session reaches at least so far.
    mutating func beaten(sentAt: Moment, at now: Moment, deliveredIdle seconds: Int, serverIdle: Double) {
        if let session {
            let since = now.monotonic - confirmedAt
            self.session?.lastHeartbeatAt = session.lastHeartbeatAt.adding(milliseconds: since.wholeMilliseconds)
            self.session?.idleSeconds = serverIdle
        } else {
            mayHaveSession = true
        }
        confirmedAt = now.monotonic
        confirm(until: sentAt, deliveredIdle: seconds)
    }

    /// The session covers all that was worked until then; idle seconds that it has not got stay to be told.
    private mutating func confirm(until sentAt: Moment, deliveredIdle seconds: Int) {
        carriedIdle += sinceStop(at: sentAt).wholeSeconds
        deliveredIdle += seconds
        // What came after a stop is told with the rest.
        if let until = measuredUntil, until.boot < sentAt.boot { measuredUntil = sentAt }
        start = WorkInstant(sentAt)
        startedAt = sentAt.monotonic
        isStartConfirmed = true
    }

    /// The server's view, asked for after a beat; at midnight the session is a new one.
    ///
    /// - Parameter lostBeat: when a beat with idle time left whose answer never came: whether it arrived is seen here.
    mutating func update(_ session: WorkSession, lostBeat: Moment? = nil) {
        if let lostBeat, let old = self.session, old.id == session.id,
            session.lastHeartbeatAt - old.lastHeartbeatAt > Self.clockSlack.wholeMilliseconds
        {
            confirm(until: lostBeat, deliveredIdle: (session.idleSeconds - old.idleSeconds).boundedSeconds)
        }
        self.session = session
        mayHaveSession = false
        if isStartConfirmed { start.told = session.lastHeartbeatAt }
    }

    /// The server has one open that may be this work's.
    mutating func suspectSession() { mayHaveSession = true }

    /// The server has none open any more.
    mutating func lostSession() {
        session = nil
        mayHaveSession = false
        isStartConfirmed = false
    }
}

// MARK: Stretches

extension OpenWork {
    /// Takes all that was worked until then out of it: it is to be delivered by itself.
    ///
    /// - Parameters:
    ///   - resuming: when work goes on; nil: at once.
    ///   - told: the server's time, where a session of its begins just then.
    ///   - waits: true when a pause that is under way may be decided first, see ``decided(at:)``.
    mutating func seal(
        at end: Moment, resuming: Moment? = nil, told: Timestamp? = nil, waits: Bool = false
    ) -> [WorkStretch] {
        var last = WorkInstant(measuredUntil ?? end)
        if measuredUntil == nil { last.told = told }
        var stretch = WorkStretch(start: start, end: last, idleSeconds: 0)
        // One that the server ends in the moment of its beginning has no length.
        if let told = last.told, let begun = start.told, told <= begun { stretch.end = stretch.start }
        stretch.idleSeconds = idle(of: stretch)
        deliveredIdle += stretch.idleSeconds
        let next = resuming ?? end
        start = WorkInstant(next, told: told)
        startedAt = next.monotonic
        isStartConfirmed = false
        guard stretch.length >= WorkStretch.shortest else { return [] }
        guard waits, measuredUntil == nil, meter.isPauseUndecided else { return [stretch] }
        undecided.append(
            Undecided(stretch: stretch, end: end.monotonic, pauseStart: meter.lastInput, counted: meter.total))
        return []
    }

    /// A pause counts in full once it is long enough, also what of it lies in a stretch that has ended, which is not delivered
    /// before that is known: what is delivered can't be changed.
    mutating func decided(at now: Duration) -> [WorkStretch] {
        guard let last = undecided.last else { return [] }
        guard meter.total > last.counted else {
            let mayCount = meter.lastInput == last.pauseStart && now - last.end < meter.threshold
            return mayCount ? [] : takeUndecided()
        }
        for index in undecided.indices {
            let (stretch, pause) = (undecided[index].stretch, undecided[index].end - last.pauseStart)
            let room = min(pause.wholeSeconds, stretch.length.wholeSeconds) - stretch.idleSeconds
            let idle = max(min(room, pendingIdle), 0)
            undecided[index].stretch.idleSeconds += idle
            deliveredIdle += idle
        }
        return takeUndecided()
    }

    mutating func takeUndecided() -> [WorkStretch] {
        defer { undecided = [] }
        return undecided.map(\.stretch)
    }

    private func idle(of stretch: WorkStretch) -> Int { max(min(pendingIdle, stretch.length.wholeSeconds), 0) }

    private func stretch(at now: Moment) -> WorkStretch {
        var stretch = WorkStretch(start: start, end: WorkInstant(measuredUntil ?? now), idleSeconds: 0)
        stretch.idleSeconds = idle(of: stretch)
        return stretch
    }

    /// Idle seconds of the stretch.
    func idle(at now: Moment) -> Int { stretch(at: now).idleSeconds }

    /// Idle seconds for which the stretch has no room: of a pause that was no pause yet when a beat was accepted, and whose session
    /// has ended since.
    func owedIdle(at now: Moment) -> Int { max(pendingIdle - idle(at: now), 0) }

    /// Of a session that was stopped, with that much idle time told: it had no room for more.
    func owedIdle(afterStop sentAt: Moment, told: Int) -> Int { max(idleOfBeat(at: sentAt) - told, 0) }

    /// What the disk shall have of it.
    func kept(at now: Moment) -> KeptWork {
        KeptWork(
            stretches: undecided.map(\.stretch) + [stretch(at: now)], hasSession: hasSession,
            owedIdle: owedIdle(at: now))
    }

    /// It is so long that it is better delivered by itself.
    func isUnwieldy(at now: Moment) -> Bool { now.boot - start.boot >= WorkStretch.longest }

    /// When the stretch began, by the server's clock.
    ///
    /// - Parameter now: with the server's time.
    func begun(at now: Moment) -> Timestamp {
        start.told ?? now.wall.adding(milliseconds: -WorkInstant(now).since(start).wholeMilliseconds)
    }

    /// Work that is neither in a session nor delivered.
    func untold(at now: Moment) -> Duration { undecided.reduce(unconfirmed(at: now)) { $0 + $1.stretch.length } }

    /// Work that no beat has confirmed.
    func unconfirmed(at now: Moment) -> Duration { max(measured(at: now.monotonic) - startedAt, .zero) }
}

// MARK: What the screen shows

extension OpenWork {
    /// Elapsed and idle seconds of the session, or of this work while it has none. The server's clock is only compared with
    /// itself.
    func totals(at now: Moment) -> WorkTotals {
        guard let session else {
            let active = unconfirmed(at: now).wholeSeconds
            return WorkTotals(activeSeconds: active, idleSeconds: min(pendingIdle, active))
        }
        let active = max(lengthOfSession(session, at: now).wholeSeconds, 0)
        return WorkTotals(
            activeSeconds: active, idleSeconds: min(session.idleSeconds.boundedSeconds + pendingIdle, active))
    }

    private func lengthOfSession(_ session: WorkSession, at now: Moment) -> Duration {
        .milliseconds(session.lastHeartbeatAt - session.startedAt) + measured(at: now.monotonic) - confirmedAt
    }

    private func measured(at now: Duration) -> Duration { measuredUntil.map { min($0.monotonic, now) } ?? now }

    /// How long ago the server confirmed this work last.
    func sinceBeat(at now: Duration) -> Duration { max(now - confirmedAt, .zero) }
}
