// Tracking: when work starts and stops, when the screen is captured, when the server hears of it. All of it is decided in
// values: an event and the time go in, what shall be done comes out.

import Shared

/// One employee's login from its start to its end: waiting for an interval, tracking, stopped; offline is a condition beside
/// any of them. At most one request is on its way at a time, so that idle sums and answers keep their order.
struct TrackingSession: Sendable {
    struct Settings: Sendable, Hashable {
        var heartbeatInterval: Duration = .seconds(60)
        var idleThreshold: Duration = .seconds(180)
    }

    enum Phase: Sendable, Hashable {
        case signedOut
        /// Until an interval is assigned.
        case waiting
        /// Until the server has opened a session.
        case starting
        case tracking
        /// By the employee.
        case stopped
    }

    /// Why requests wait although the server can be reached.
    enum Block: Sendable, Hashable {
        case password, newPassword
    }

    struct Outage: Sendable, Hashable {
        /// A sentence.
        var reason: String
        /// False when the server answers, but cannot do its work.
        var isUnreachable: Bool
        var since: Timestamp
    }

    /// Seconds; what a server says beyond them is taken as the nearest.
    static let intervals = CaptureInterval.hoursOnly...86_400
    /// Larger steps between boot clock and monotonic clock are sleep.
    static let smallestSleep: Duration = .seconds(2)
    /// Leaving ends after this time at the latest; a request that is on its way may take `leavingGrace` of it.
    static let leavingLimit: Duration = .milliseconds(2500)
    static let leavingGrace: Duration = .seconds(1)

    let settings: Settings
    /// Random, from 0 to 1.
    let jitter: @Sendable () -> Double

    var phase: Phase = .signedOut
    /// Seconds, ``CaptureInterval/hoursOnly`` where nothing is captured; nil while none is assigned.
    var interval: Int?
    var work: OpenWork?
    var plan: CapturePlan?
    var day: WorkDay?
    var outage: Outage?
    var block: Block?
    /// The server shall close the session.
    var isClosing = false

    var carriedIdle = 0
    var backoff = Backoff()
    var inFlight: Request?
    /// The number of a request for the day that was on its way when an interval was pushed.
    var outdatedDay: Int?
    var isCapturing = false
    var actions: [Action] = []
    private var lastNumber = 0
    private var leaving: Leaving?
    private var slept: Duration?
    private var keptIdle = 0
    private var keptAt: Duration = .zero
    /// Sessions opened since the last beat that was accepted.
    var reopenings = 0
    var beatAt: Duration = .zero
    var dayAt: Duration = .zero
    var refreshAt: Duration = .zero
    private var sentAt: Duration = .zero

    private struct Leaving: Sendable, Hashable {
        let since: Duration
        var hasAskedToStop = false
    }

    init(settings: Settings, jitter: @escaping @Sendable () -> Double) {
        self.settings = settings
        self.jitter = jitter
    }

    var isLeaving: Bool { leaving != nil }
    var isSignedIn: Bool { phase != .signedOut }
    var isTracking: Bool { phase == .tracking }

    mutating func handle(_ event: Event, at now: Moment) -> [Action] {
        noticeSleep(at: now)
        react(to: event, at: now)
        advance(at: now.monotonic)
        keepIdle(at: now.monotonic)
        defer { actions = [] }
        return actions
    }
}

// MARK: Events

extension TrackingSession {
    private mutating func react(to event: Event, at now: Moment) {
        switch event {
        case .signedIn(let tokenLife, let carriedIdle):
            signIn(tokenLife: tokenLife, carriedIdle: carriedIdle, at: now.monotonic)
        case .startPressed: startPressed()
        case .stopPressed: stopPressed(at: now.monotonic)
        case .leave: leave(at: now.monotonic)
        case .tick: break
        case .idleSampled(let sinceInput, let taken): work?.sample(sinceInput: sinceInput, at: taken)
        case .captureEnded: isCapturing = false
        case .loginEnded: blockRequests(.password)
        case .passwordExpired: blockRequests(.newPassword)
        case .serverFailed: suspectOutage(at: now.monotonic)
        case .serverAnswered:
            if outage != nil { backoff.reset() }
        case .intervalPushed(let seconds): pushed(interval: seconds, at: now.monotonic)
        case .askNow:
            dayAt = now.monotonic
            if outage != nil { backoff.reset() }
        case .answered(let number, let answer):
            guard let request = inFlight, request.number == number else { return }
            inFlight = nil
            accept(answer, of: request, at: now.monotonic)
        case .failed(let number, let failure):
            guard let request = inFlight, request.number == number else { return }
            inFlight = nil
            fail(request, failure, at: now)
        }
    }

    private mutating func signIn(tokenLife: Duration, carriedIdle: Int, at now: Duration) {
        block = nil
        backoff.reset()
        refreshAt = now + tokenLife / 2
        dayAt = now
        guard phase == .signedOut else { return }
        phase = .waiting
        self.carriedIdle = carriedIdle
        keptIdle = carriedIdle
    }

    private mutating func startPressed() {
        guard phase == .waiting || phase == .stopped else { return }
        if interval == nil {
            phase = .waiting
            actions.append(.note(.waitingForInterval))
        } else {
            phase = .starting
            backoff.reset()
        }
    }

    private mutating func stopPressed(at now: Duration) {
        guard phase == .tracking || phase == .starting else { return }
        phase = .stopped
        close(at: now)
    }

    private mutating func leave(at now: Duration) {
        guard leaving == nil, isSignedIn else {
            if leaving == nil { actions.append(.left) }
            return
        }
        leaving = Leaving(since: now)
        // A session whose opening is on its way must be closed as well.
        if inFlight?.kind == .start { isClosing = true }
        phase = .stopped
        close(at: now)
    }

    /// Nothing is captured or measured from here on, and the server shall close the session.
    mutating func close(at now: Duration) {
        plan = nil
        guard work != nil else { return }
        work?.endMeasuring(at: now)
        isClosing = true
    }

    mutating func blockRequests(_ block: Block) {
        guard self.block == nil, isSignedIn else { return }
        self.block = block
        actions.append(.note(block == .password ? .loginEnded : .passwordExpired))
    }

    /// Something else found the server unreachable: ask now, not at the next beat.
    private mutating func suspectOutage(at now: Duration) {
        if outage == nil, isSignedIn { dayAt = now }
    }

    private mutating func noticeSleep(at now: Moment) {
        let before = slept ?? now.slept
        slept = now.slept
        let duration = now.slept - before
        guard duration >= Self.smallestSleep, isSignedIn else { return }
        actions.append(.note(.slept(duration)))
        inFlight = nil
        backoff.reset()
        refreshAt -= duration
        beatAt = now.monotonic
        dayAt = now.monotonic
        guard !isClosing else { return }
        day?.closed(work?.totals(at: now.monotonic))
        work = nil
        plan?.skip(slept: duration, at: now.monotonic)
    }
}

// MARK: What is due

extension TrackingSession {
    private mutating func advance(at now: Duration) {
        if leaving != nil {
            advanceLeaving(at: now)
            return
        }
        if phase == .tracking, !isCapturing, plan?.takeDue(at: now) == true {
            isCapturing = true
            actions.append(.capture)
        }
        guard inFlight == nil, block == nil, backoff.allows(at: now), let kind = due(at: now) else { return }
        send(kind, at: now)
    }

    private func due(at now: Duration) -> Request.Kind? {
        guard isSignedIn else { return nil }
        if isClosing { return closing(at: now) }
        switch phase {
        case .starting: return .start
        case .tracking where work == nil: return .start
        default: break
        }
        if let work, now >= beatAt { return .heartbeat(idleSeconds: work.idleForBeat(at: now)) }
        if now >= refreshAt { return .refresh }
        return now >= dayAt ? .day : nil
    }

    /// The stop with the idle rest, after the beats that carry what is too much for it.
    private func closing(at now: Duration) -> Request.Kind {
        guard let work else { return .stop(idleSeconds: 0) }
        let idle = work.idleForBeat(at: now)
        return work.needsAnotherBeat(at: now) ? .heartbeat(idleSeconds: idle) : .stop(idleSeconds: idle)
    }

    private mutating func send(_ kind: Request.Kind, at now: Duration) {
        lastNumber += 1
        let request = Request(number: lastNumber, kind: kind)
        inFlight = request
        sentAt = now
        actions.append(.send(request))
    }

    private mutating func advanceLeaving(at now: Duration) {
        guard let since = leaving?.since else { return }
        let isLate = now >= since + Self.leavingLimit
        if let request = inFlight, !isLate {
            if case .stop = request.kind { return }
            guard now >= since + Self.leavingGrace else { return }
            inFlight = nil
        }
        if isClosing, block == nil, leaving?.hasAskedToStop == false, !isLate {
            let next = now < since + Self.leavingGrace ? closing(at: now) : .stop(idleSeconds: work?.pendingIdle ?? 0)
            if case .stop = next { leaving?.hasAskedToStop = true }
            send(next, at: now)
            return
        }
        keepIdle(at: now, isLast: true)
        signOut()
    }

    /// Nothing of this login remains but the numbers, so that its late answers are not taken for the next one's.
    private mutating func signOut() {
        var next = TrackingSession(settings: settings, jitter: jitter)
        next.lastNumber = lastNumber
        next.slept = slept
        next.actions = actions + [.left]
        self = next
    }

    /// When the beat after the one that was just answered is due.
    var nextBeat: Duration { sentAt + settings.heartbeatInterval }

    private static let keepingInterval: Duration = .seconds(10)

    /// The running sum of idle seconds is kept on disk, so that a killed client's next run can deliver it.
    private mutating func keepIdle(at now: Duration, isLast: Bool = false) {
        let pending = work?.pendingIdle ?? carriedIdle
        let isPressing = isLast || pending < keptIdle
        guard pending != keptIdle, isPressing || now - keptAt >= Self.keepingInterval else { return }
        keptIdle = pending
        keptAt = now
        actions.append(.keepIdle(seconds: pending))
    }
}
