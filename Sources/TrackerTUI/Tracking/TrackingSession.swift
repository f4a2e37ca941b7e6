// Tracking: when work starts and stops, when the screen is captured, when the server hears of it. All of it is decided in
// values: an event and the time go in, what shall be done comes out.

import Shared

/// One employee's login from its start to its end: waiting for an interval, tracking, stopped; offline is a condition beside
/// any of them. At most one request is on its way at a time, so that idle sums and answers keep their order.
///
/// Work is measured from the moment it begins, whether the server can be asked or not. What no session covers once the
/// server is heard again is kept as stretches, which are delivered like captures.
struct TrackingSession: Sendable {
    struct Settings: Sendable, Hashable {
        var heartbeatInterval: Duration = .seconds(60)
        var idleThreshold: Duration = .seconds(180)
    }

    enum Phase: Sendable, Hashable {
        case signedOut
        /// Until an interval is assigned.
        case waiting
        /// Until the server has opened a session, or cannot be asked to.
        case starting
        case tracking
        /// By the employee.
        case stopped
        /// Another client of this employee's tracks.
        case elsewhere(Elsewhere)
    }

    /// Where work is tracked instead, and since when as far as is known here.
    struct Elsewhere: Sendable, Hashable {
        /// Nil when that client has not said what its machine is called.
        var host: String?
        var since: Timestamp
    }

    /// Why requests wait although the server can be reached.
    enum Block: Sendable, Hashable {
        case password, newPassword
        /// There is no such account any more: nothing is tracked either.
        case accountRemoved
    }

    struct Outage: Sendable, Hashable {
        /// A sentence.
        var reason: String
        /// False when the server answers, but cannot do its work.
        var isUnreachable: Bool
        var since: Timestamp
    }

    /// What an earlier run has left for this account.
    struct Earlier: Sendable, Hashable {
        /// The interval that was assigned last: with it work begins although the server can't be asked.
        var interval: Int?
        /// Work that was under way when that run ended.
        var work: [WorkStretch] = []
        /// When the server heard last of the session that it was in, if it was in one.
        var confirmedAt: Timestamp?
        /// Idle seconds that are still to be told.
        var owedIdle = 0
        /// When this run's work begins if an interval is known; nil: now.
        var begun: Moment?

        static let nothing = Earlier()
    }

    /// Seconds; what a server says beyond them is taken as the nearest.
    private static let intervals = CaptureInterval.hoursOnly...86_400
    /// Larger steps between boot clock and monotonic clock are sleep.
    static let smallestSleep: Duration = .seconds(2)
    /// Leaving ends after this time at the latest; a request that is on its way, and deliveries, may take `leavingGrace` of it.
    static let leavingLimit: Duration = .milliseconds(2500)
    static let leavingGrace: Duration = .seconds(1)

    let settings: Settings
    /// Random, from 0 to 1.
    let jitter: @Sendable () -> Double

    var phase: Phase = .signedOut
    /// Seconds, ``CaptureInterval/hoursOnly`` where nothing is captured; nil while none is assigned.
    var interval: Int?
    var work: OpenWork?
    /// Idle seconds of work that has ended, which are told with the next.
    var owedIdle = 0
    /// When the employee began to work, or the client by itself, while nothing is measured yet: what the server says to that may
    /// take its time.
    var begunAt: Moment?
    var plan: CapturePlan?
    var day: WorkDay?
    /// The ids of the corrections that were said.
    var saidCorrections: Set<String> = []
    var outage: Outage?
    var block: Block?
    /// The server shall close the session.
    var isClosing = false
    /// Silence after which the server ends a session; nil while it has not said so.
    var sessionTimeout: Duration?

    var pause = RetryPause()
    var inFlight: Request?
    /// The number of a request for the day that was on its way when an interval was pushed.
    var outdatedDay: Int?
    /// When a beat with idle time left that was never answered; the server has it or not.
    var lostBeat: Moment?
    var isCapturing = false
    /// What is kept is on its way to the server: who leaves waits for it.
    var isDelivering = false
    var actions: [Action] = []
    /// Since when nothing was heard of other clients: before a session is opened the server is asked whether another has begun
    /// since then, which is not to be taken over. Nil when the employee has just chosen this one.
    var aloneSince: Timestamp?
    /// A beat or an opening was accepted, or work was taken out: the disk has what is not so any more.
    var isKeptOutdated = false
    var lastNumber = 0
    var leaving: Leaving?
    var lastMoment: Moment?
    /// The disk has work that is under way; when it was written last, by the monotonic clock.
    var isKept = false
    var keptAt: Duration = .zero
    /// Sessions opened since the last beat that was accepted.
    var reopenings = 0
    var beatAt: Duration = .zero
    var dayAt: Duration = .zero
    var refreshAt: Duration = .zero
    var sentAt: Moment?

    struct Leaving: Sendable, Hashable {
        let since: Duration
        var hasAskedToStop = false
    }

    static func bounded(_ interval: Int?) -> Int? {
        interval.map { min(max($0, intervals.lowerBound), intervals.upperBound) }
    }

    init(settings: Settings, jitter: @escaping @Sendable () -> Double) {
        self.settings = settings
        self.jitter = jitter
    }

    var isLeaving: Bool { leaving != nil }
    var isSignedIn: Bool { phase != .signedOut }
    var isTracking: Bool { phase == .tracking }

    /// - Parameter now: its wall clock's time is the server's, as far as is known.
    mutating func handle(_ event: Event, at now: Moment) -> [Action] {
        noticeSleep(at: now)
        react(to: event, at: now)
        keepSpans(work?.decided(at: now.monotonic) ?? [])
        advance(at: now)
        keepWork(at: now)
        defer { actions = [] }
        return actions
    }
}

// MARK: Events

extension TrackingSession {
    private mutating func react(to event: Event, at now: Moment) {
        switch event {
        case .signedIn(let tokenLife, let earlier): signIn(tokenLife: tokenLife, earlier, at: now)
        case .startPressed: startPressed(at: now)
        case .stopPressed: stopPressed(at: now)
        case .leave: leave(at: now)
        case .tick: break
        case .idleSampled(let sinceInput, let taken): work?.sample(sinceInput: sinceInput, at: taken)
        case .captureEnded: isCapturing = false
        case .loginEnded: blockRequests(.password, at: now)
        case .passwordExpired: blockRequests(.newPassword, at: now)
        case .accountRemoved: accountRemoved(at: now)
        case .trackedElsewhere(let host): goElsewhere(host: host, at: now)
        case .serverFailed: suspectOutage(at: now.monotonic)
        case .serverAnswered:
            if outage != nil { pause.shorten() }
        case .intervalPushed(let seconds): pushed(interval: seconds, at: now)
        case .corrected(let correction):
            say(correction)
            // Today's sum may have changed.
            dayAt = now.monotonic
        case .askNow:
            dayAt = now.monotonic
            if outage != nil { pause.shorten() }
        case .answered(let number, let answer):
            guard let request = inFlight, request.number == number else { return }
            inFlight = nil
            accept(answer, of: request, at: now)
        case .failed(let number, let failure):
            guard let request = inFlight, request.number == number else { return }
            inFlight = nil
            fail(request, failure, at: now)
        }
    }

    private mutating func signIn(tokenLife: Duration, _ earlier: Earlier, at now: Moment) {
        block = nil
        pause.reset()
        refreshAt = now.monotonic + tokenLife / 2
        dayAt = now.monotonic
        guard phase == .signedOut else { return }
        phase = .waiting
        interval = Self.bounded(earlier.interval)
        var begun = earlier.begun ?? now
        if now.slept - begun.slept >= Self.smallestSleep { begun = now }
        keepSpans(earlier.work)
        isKept = !earlier.work.isEmpty
        aloneSince = earlier.confirmedAt
        owedIdle = earlier.owedIdle
        begunAt = interval == nil ? nil : begun
    }

    private mutating func startPressed(at now: Moment) {
        guard !isTracking, phase != .starting, isSignedIn, !isLeaving, block != .accountRemoved else { return }
        if interval == nil {
            phase = .waiting
            actions.append(.note(.waitingForInterval))
        } else {
            begin(at: now)
            pause.reset()
        }
    }

    private mutating func stopPressed(at now: Moment) {
        guard phase == .tracking || phase == .starting else { return }
        if begunAt != nil { beginWork(at: now) }
        phase = .stopped
        close(at: now)
    }

    private mutating func leave(at now: Moment) {
        guard leaving == nil, isSignedIn else {
            if leaving == nil { actions.append(.left) }
            return
        }
        leaving = Leaving(since: now.monotonic)
        // A session whose opening is on its way must be closed as well.
        if inFlight?.kind == .start { isClosing = true }
        if begunAt != nil { beginWork(at: now) }
        phase = .stopped
        close(at: now)
    }

    /// Nothing is captured or measured from here on, and the server shall close the session.
    mutating func close(at now: Moment) {
        plan = nil
        begunAt = nil
        // No pause is waited for by who leaves: what is kept here goes out now.
        keepSpans(work?.takeUndecided() ?? [])
        guard let work else { return }
        guard work.hasSession || inFlight?.kind == .start else {
            endWork(at: now)
            return
        }
        self.work?.endMeasuring(at: now)
        isClosing = true
        isKeptOutdated = true
    }

    mutating func blockRequests(_ block: Block, at now: Moment) {
        guard self.block == nil, isSignedIn else { return }
        self.block = block
        endOutage(at: now)
        actions.append(.note(block == .password ? .loginEnded : .passwordExpired))
        goOnWithoutServer(at: now)
    }

    /// Something else found the server unreachable: ask now, not at the next beat.
    private mutating func suspectOutage(at now: Duration) {
        if outage == nil, isSignedIn { dayAt = now }
    }

    /// Slept time is no work, and in no session: what was worked before it is delivered, and another session begins.
    private mutating func noticeSleep(at now: Moment) {
        let before = lastMoment ?? now
        lastMoment = now
        let duration = now.slept - before.slept
        guard duration >= Self.smallestSleep, isSignedIn else { return }
        actions.append(.note(.slept(duration)))
        if case .heartbeat? = inFlight?.kind { lostBeat = sentAt }
        inFlight = nil
        pause.reset()
        refreshAt -= duration
        beatAt = now.monotonic
        dayAt = now.monotonic
        plan?.skip(slept: duration, at: now.monotonic)
        if begunAt != nil { begunAt = now }
        guard work?.isMeasuring == true else { return }
        var end = now
        end.boot -= duration
        end.wall = end.wall.adding(milliseconds: -duration.wholeMilliseconds)
        breakWork(at: end, resuming: now)
    }
}
