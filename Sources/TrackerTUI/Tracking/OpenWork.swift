import Shared

/// Work that is under way, whether the server knows of it or not: since the last beat that was accepted it is a stretch that
/// no session is known to cover, or several, where the machine slept or no client ran in between.
///
/// What is between two stretches, a hole, is no work. While the session may go on it is told as idle time with the next beat: that
/// one request asks whether the session goes on, and whose it is, and covers the hole in any case, so that nothing else could
/// take it out of the net time at the same instant. When the server has ended the session meanwhile, or it is another's, the
/// stretches alone are delivered, and holes are in no session.
struct OpenWork: Sendable, Hashable {
    /// A beat's idle seconds may exceed the time since the beat before by this much; beyond it the server cuts them.
    static let idleTolerance = 5
    /// How much of the time since the last beat is not relied on: the server's clock may run a little slower.
    private static let clockSlack: Duration = .seconds(1)
    private static let mostStretches = 50

    /// As the server told it last; nil while it has none open for this work, or has not said which.
    private(set) var session: WorkSession?
    /// The server may have one open although it has not said which: an earlier run's.
    private(set) var mayHaveSession: Bool
    /// Before the one that is under way.
    private var earlier: [WorkStretch] = []
    /// The time between those and the one that is under way, and between them.
    private var holes: Duration = .zero
    /// Where the stretch that is under way began, by all clocks and by the monotonic one.
    private var start: WorkInstant
    private var startedAt: Duration
    /// The first stretch begins where the session was heard of last.
    private var isStartConfirmed = false
    /// Where the server knows the session to have been heard of: the monotonic instant, and the time since its start.
    private var confirmedAt: Duration
    private var meter: IdleMeter
    /// Whole idle seconds that were measured before `meter` began, or that belong to none of its stretches.
    private var carriedIdle = 0
    private var deliveredIdle = 0
    /// When the employee stopped; nothing counts after it.
    private var measuredUntil: Moment?

    /// Work that begins now, of which the server knows nothing.
    init(at now: Moment, idleThreshold: Duration) {
        mayHaveSession = false
        start = WorkInstant(now)
        startedAt = now.monotonic
        confirmedAt = now.monotonic
        meter = IdleMeter(threshold: idleThreshold, start: now.monotonic)
    }

    /// Work of an earlier run. It is not measured before ``interrupt(at:until:)`` says that it goes on.
    ///
    /// - Parameter hole: the time since its end, in which no client ran.
    init(_ kept: KeptWork, hole: Duration, at now: Moment, idleThreshold: Duration) {
        self.init(at: now, idleThreshold: idleThreshold)
        earlier = kept.stretches.filter { $0.length > .zero }
        mayHaveSession = kept.hasSession
        holes = zip(kept.stretches, kept.stretches.dropFirst()).reduce(hole) { $0 + $1.1.start.since($1.0.end) }
        measuredUntil = now
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
    var pendingIdle: Int { measuredIdle + earlier.reduce(0) { $0 + $1.idleSeconds } }

    /// Those that are in no stretch that has ended.
    private var measuredIdle: Int { carriedIdle + meter.total.wholeSeconds - deliveredIdle }

    /// Pending ones and what was no work at all, but would be covered by a beat that is sent now.
    private func idleOfBeat(at now: Moment) -> Int {
        pendingIdle + (holes + sinceStop(at: now)).wholeSeconds
    }

    private func sinceStop(at now: Moment) -> Duration { measuredUntil.map { max(now.boot - $0.boot, .zero) } ?? .zero }

    /// What a beat that is sent now can carry. A pause counts in full when it reaches the threshold, which is more than the
    /// server takes with one beat: the rest goes with beats that follow at once, see ``needsAnotherBeat``.
    func idleForBeat(at now: Moment) -> Int {
        let sinceBeat = unconfirmed(at: now) + holes + sinceStop(at: now)
        return min(idleOfBeat(at: now), max(sinceBeat - Self.clockSlack, .zero).wholeSeconds + Self.idleTolerance)
    }

    /// True when more has piled up than a beat sent now can carry.
    func needsAnotherBeat(at now: Moment) -> Bool { idleOfBeat(at: now) > idleForBeat(at: now) }
}

// MARK: The server's answers

extension OpenWork {
    /// A session was opened for this work, or there was one.
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
            let since = now.monotonic - confirmedAt + holes
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
        carriedIdle += idleOfBeat(at: sentAt) - measuredIdle
        deliveredIdle += seconds
        earlier = []
        holes = .zero
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
        guard isStartConfirmed else { return }
        if earlier.isEmpty {
            start.told = session.lastHeartbeatAt
        } else {
            earlier[0].start.told = session.lastHeartbeatAt
        }
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
    /// The machine slept, or somebody stopped and went on: work ended at `end` and goes on now.
    mutating func interrupt(at end: Moment, until now: Moment) {
        let measured = measuredUntil ?? end
        if measured.boot > start.boot { endStretch(WorkInstant(measured)) }
        holes += max(now.boot - measured.boot, .zero)
        start = WorkInstant(now)
        startedAt = now.monotonic
        measuredUntil = nil
    }

    /// Takes all that was worked until now out of it: it is to be delivered by itself.
    ///
    /// - Parameter told: the server's time, where a session of its begins just then.
    mutating func seal(at now: Moment, told: Timestamp? = nil) -> [WorkStretch] {
        var end = WorkInstant(measuredUntil ?? now)
        if measuredUntil == nil { end.told = told }
        endStretch(end)
        defer {
            earlier = []
            holes = .zero
            start = WorkInstant(now, told: told)
            startedAt = now.monotonic
            isStartConfirmed = false
        }
        return earlier.filter { $0.length >= WorkStretch.shortest }
    }

    private mutating func endStretch(_ end: WorkInstant) {
        var stretch = WorkStretch(start: start, end: end, idleSeconds: 0)
        // One that the server ends in the moment of its beginning has no length.
        if let told = end.told, let begun = start.told, told <= begun { stretch.end = stretch.start }
        stretch.idleSeconds = max(min(measuredIdle, stretch.length.wholeSeconds), 0)
        deliveredIdle += stretch.idleSeconds
        earlier.append(stretch)
    }

    /// What the disk shall have of it.
    func kept(at now: Moment) -> KeptWork {
        let end = WorkInstant(measuredUntil ?? now)
        var last = WorkStretch(start: start, end: end, idleSeconds: 0)
        last.idleSeconds = max(min(measuredIdle, last.length.wholeSeconds), 0)
        return KeptWork(stretches: earlier + [last], hasSession: hasSession)
    }

    /// There are so many stretches, or one so long, that they are better delivered by themselves.
    func isUnwieldy(at now: Moment) -> Bool {
        earlier.count >= Self.mostStretches || now.boot - start.boot >= WorkStretch.longest
    }

    /// When the first stretch began, by the server's clock.
    ///
    /// - Parameter now: with the server's time.
    func begun(at now: Moment) -> Timestamp {
        let first = earlier.first?.start ?? start
        return first.told ?? now.wall.adding(milliseconds: -WorkInstant(now).since(first).wholeMilliseconds)
    }

    /// Work that no beat has confirmed.
    func unconfirmed(at now: Moment) -> Duration {
        earlier.reduce(max(measured(at: now.monotonic) - startedAt, .zero)) { $0 + $1.length }
    }
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
        let since = measured(at: now.monotonic) - confirmedAt + holes
        let active = max((untilBeat + since).wholeSeconds, 0)
        let idle = pendingIdle + holes.wholeSeconds
        return WorkTotals(
            activeSeconds: active, idleSeconds: min(session.idleSeconds.boundedSeconds + idle, active))
    }

    private func measured(at now: Duration) -> Duration { measuredUntil.map { min($0.monotonic, now) } ?? now }

    /// How long ago the server confirmed this work last.
    func sinceBeat(at now: Duration) -> Duration { max(now - confirmedAt, .zero) }
}
