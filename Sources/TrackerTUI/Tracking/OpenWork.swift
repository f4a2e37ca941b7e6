import Shared

/// Work that is under way without a break, whether the server knows of it or not: what was worked since the last beat that was
/// accepted is a stretch that no session is known to cover.
struct OpenWork: Sendable, Hashable {
    /// A beat's idle seconds may exceed the time since the beat before by this much; beyond it the server cuts them.
    static let idleTolerance = 5
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
    /// Whole seconds that were no work, but are in the session: they are told as idle time.
    private var carriedIdle = 0
    private var deliveredIdle = 0
    /// When the employee stopped; nothing counts after it.
    private var measuredUntil: Moment?

    /// Work that begins now, of which the server knows nothing.
    init(at now: Moment, idleThreshold: Duration) {
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

    /// What a beat that is sent now can carry. A pause counts in full when it reaches the threshold, which is more than the
    /// server takes with one beat: the rest goes with beats that follow at once, see ``needsAnotherBeat``.
    func idleForBeat(at now: Moment) -> Int {
        let sinceBeat = unconfirmed(at: now) + sinceStop(at: now)
        return min(idleOfBeat(at: now), max(sinceBeat - Self.clockSlack, .zero).wholeSeconds + Self.idleTolerance)
    }

    /// True when more has piled up than a beat sent now can carry.
    func needsAnotherBeat(at now: Moment) -> Bool { idleOfBeat(at: now) > idleForBeat(at: now) }
}

// MARK: The server's answers

extension OpenWork {
    /// A session was opened for this work, or there was one that was heard of just now.
    ///
    /// - Returns: what was worked before it and may be in no session yet.
    mutating func opened(_ session: WorkSession, isNew: Bool, at now: Moment) -> [WorkStretch] {
        let before = seal(at: now, told: isNew ? session.startedAt : nil)
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
    mutating func seal(at end: Moment, resuming: Moment? = nil, told: Timestamp? = nil) -> [WorkStretch] {
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
        return stretch.length >= WorkStretch.shortest ? [stretch] : []
    }

    private func idle(of stretch: WorkStretch) -> Int { max(min(pendingIdle, stretch.length.wholeSeconds), 0) }

    /// What the disk shall have of it.
    func kept(at now: Moment) -> KeptWork {
        var stretch = WorkStretch(start: start, end: WorkInstant(measuredUntil ?? now), idleSeconds: 0)
        stretch.idleSeconds = idle(of: stretch)
        return KeptWork(stretches: [stretch], hasSession: hasSession)
    }

    /// It is so long that it is better delivered by itself.
    func isUnwieldy(at now: Moment) -> Bool { now.boot - start.boot >= WorkStretch.longest }

    /// When the stretch began, by the server's clock.
    ///
    /// - Parameter now: with the server's time.
    func begun(at now: Moment) -> Timestamp {
        start.told ?? now.wall.adding(milliseconds: -WorkInstant(now).since(start).wholeMilliseconds)
    }

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
        let untilBeat = Duration.milliseconds(session.lastHeartbeatAt - session.startedAt)
        let active = max((untilBeat + measured(at: now.monotonic) - confirmedAt).wholeSeconds, 0)
        return WorkTotals(
            activeSeconds: active, idleSeconds: min(session.idleSeconds.boundedSeconds + pendingIdle, active))
    }

    private func measured(at now: Duration) -> Duration { measuredUntil.map { min($0.monotonic, now) } ?? now }

    /// How long ago the server confirmed this work last.
    func sinceBeat(at now: Duration) -> Duration { max(now - confirmedAt, .zero) }
}
