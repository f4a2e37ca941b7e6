import Shared

extension TrackingSession {
    /// What the server is asked. Numbers grow, so that an answer that comes too late is known as such.
    struct Request: Sendable, Hashable {
        enum Kind: Sendable, Hashable {
            case start
            case heartbeat(idleSeconds: Int)
            case stop(idleSeconds: Int)
            /// The assigned interval and today's sums.
            case day
            /// A new token for the old one.
            case refresh
        }

        let number: Int
        let kind: Kind
    }

    enum Answer: Sendable, Hashable {
        /// `isNew` is false when the session was open already.
        case started(WorkSession, isNew: Bool)
        /// The session's idle seconds as the server counts them.
        case beaten(idleSeconds: Double)
        case stopped(WorkSession)
        case day(WorkDayResponse, intervalSeconds: Int?)
        case refreshed(tokenLife: Duration)
    }

    /// Why a request was not carried out; texts are sentences.
    enum Failure: Sendable, Hashable {
        case loginEnded
        case passwordExpired
        case noActiveSession
        case refused(String)
        case tryLater(String, retryAfter: Duration?)
        case unreachable(String)
    }

    enum Event: Sendable, Hashable {
        /// The first time, or again after the login had ended. `carriedIdle`: seconds kept from an earlier run.
        case signedIn(tokenLife: Duration, carriedIdle: Int)
        case startPressed
        case stopPressed
        /// Quit or logout.
        case leave
        case tick
        /// The time since the last input, as it was at the monotonic instant `taken`.
        case idleSampled(sinceInput: Duration, taken: Duration)
        case captureEnded
        /// An upload was answered 401.
        case loginEnded
        /// An upload was answered `password_change_required`.
        case passwordExpired
        /// An upload failed because the server could not be reached or could not do its work.
        case serverFailed
        /// An upload was accepted.
        case serverAnswered
        /// The server told the assigned interval, in seconds, without being asked; nil: none is assigned any more.
        case intervalPushed(Int?)
        /// The server can be heard again, or does not accept the token on another way: what was missed, and whether the
        /// login has ended, is asked now.
        case askNow
        case answered(Int, Answer)
        case failed(Int, Failure)
    }

    enum Action: Sendable, Hashable {
        case send(Request)
        case capture
        case note(Note)
        case keepIdle(seconds: Int)
        /// After `leave`: the session is stopped, or there was no more time for it.
        case left
    }
}

// MARK: Answers

extension TrackingSession {
    mutating func accept(_ answer: Answer, of request: Request, at now: Duration) {
        if outage != nil {
            outage = nil
            dayAt = now
            actions.append(.note(.cameOnline))
        }
        // A session that is opened again and again without one accepted beat keeps its pauses.
        if reopenings < 2 || request.kind != .start { backoff.reset() }
        switch answer {
        case .started(let session, let isNew): started(session, isNew: isNew, at: now)
        case .beaten(let idle): beaten(request, serverIdle: idle, at: now)
        case .stopped(let session): stopped(session, at: now)
        case .day(let response, let interval):
            told(response, interval: request.number == outdatedDay ? self.interval : interval, at: now)
        case .refreshed(let tokenLife): refreshAt = now + tokenLife / 2
        }
    }

    private mutating func started(_ session: WorkSession, isNew: Bool, at now: Duration) {
        work = OpenWork(
            session: session, at: now, idleThreshold: settings.idleThreshold, carriedIdle: isNew ? 0 : carriedIdle)
        carriedIdle = 0
        if let work { day?.opened(work, isNew: isNew, at: now) }
        dayAt = now
        // An old session's last beat may lie far back: the next silence would close it.
        beatAt = isNew ? nextBeat : now
        guard !isLeaving, phase == .starting || phase == .tracking else {
            close(at: now)
            return
        }
        phase = .tracking
        actions.append(.note(isNew ? .trackingStarted(session.startedAt) : .trackingResumed(session.startedAt)))
        planCaptures(at: now)
    }

    private mutating func beaten(_ request: Request, serverIdle: Double, at now: Duration) {
        guard case .heartbeat(let idle) = request.kind else { return }
        work?.beaten(at: now, deliveredIdle: idle, serverIdle: serverIdle)
        reopenings = 0
        beatAt = work?.needsAnotherBeat(at: now) == true ? now : nextBeat
        dayAt = now
    }

    private mutating func stopped(_ session: WorkSession, at now: Duration) {
        let elapsed = session.endedAt.map { $0 - session.startedAt } ?? 0
        endWork(at: now)
        actions.append(
            .note(.trackingStopped(activeSeconds: Int(elapsed / 1000), idleSeconds: session.idleSeconds.boundedSeconds))
        )
    }

    private mutating func endWork(at now: Duration) {
        day?.closed(work?.totals(at: now))
        work = nil
        isClosing = false
        carriedIdle = 0
        dayAt = now
    }

    private mutating func told(_ response: WorkDayResponse, interval: Int?, at now: Duration) {
        let isFirst = day == nil
        dayAt = now + settings.heartbeatInterval
        if let session = response.session, session.isActive { work?.update(session) }
        var day = day ?? WorkDay(response)
        day.update(response, work: work, at: now)
        self.day = day
        assign(interval, isFirst: isFirst, at: now)
    }

    mutating func pushed(interval: Int?, at now: Duration) {
        guard isSignedIn, !isLeaving else { return }
        // What is being answered may be older than what was pushed meanwhile.
        if let inFlight, inFlight.kind == .day { outdatedDay = inFlight.number }
        assign(interval, isFirst: false, at: now)
    }

    private mutating func assign(_ interval: Int?, isFirst: Bool, at now: Duration) {
        let new = interval.map { min(max($0, Self.intervals.lowerBound), Self.intervals.upperBound) }
        let old = self.interval
        self.interval = new
        if old != new { actions.append(.note(.intervalChanged(seconds: new))) }
        switch (phase, new) {
        case (.waiting, nil):
            if old != nil || isFirst { actions.append(.note(.waitingForInterval)) }
        case (.waiting, .some): phase = .starting
        case (.starting, nil), (.tracking, nil):
            // Nothing is captured or counted from here on: the session ends with what was worked until now.
            phase = .waiting
            actions.append(.note(.waitingForInterval))
            close(at: now)
        case (.tracking, .some): planCaptures(at: now)
        default: break
        }
    }

    /// The next capture by the interval; none where hours alone are tracked.
    private mutating func planCaptures(at now: Duration) {
        guard let interval, interval != CaptureInterval.hoursOnly else {
            plan = nil
            return
        }
        if plan == nil { plan = CapturePlan(start: now, interval: .seconds(interval)) }
        if plan?.interval != .seconds(interval) { plan?.change(interval: .seconds(interval), at: now) }
    }
}

// MARK: Failures

extension TrackingSession {
    mutating func fail(_ request: Request, _ failure: Failure, at now: Moment) {
        switch failure {
        case .loginEnded: blockRequests(.password)
        case .passwordExpired: blockRequests(.newPassword)
        case .noActiveSession: sessionIsGone(request, at: now.monotonic)
        case .refused(let reason):
            actions.append(.note(.requestRefused(reason)))
            postpone(request, retryAfter: nil, at: now.monotonic)
        case .tryLater(let reason, let retryAfter):
            goOffline(Outage(reason: reason, isUnreachable: false, since: now.wall))
            postpone(request, retryAfter: retryAfter, at: now.monotonic)
        case .unreachable(let reason):
            goOffline(Outage(reason: reason, isUnreachable: true, since: now.wall))
            postpone(request, retryAfter: nil, at: now.monotonic)
        }
    }

    private mutating func postpone(_ request: Request, retryAfter: Duration?, at now: Duration) {
        backoff.failed(at: now, jitter: jitter(), retryAfter: retryAfter)
        // What is refused will be refused again: not before the next beat.
        guard outage == nil else { return }
        if request.kind == .day { dayAt = now + settings.heartbeatInterval }
        if request.kind == .refresh { refreshAt = now + settings.heartbeatInterval }
    }

    private mutating func goOffline(_ new: Outage) {
        if let outage, outage.isUnreachable == new.isUnreachable {
            self.outage?.reason = new.reason
        } else {
            outage = new
            actions.append(.note(.wentOffline(new.reason)))
        }
    }

    /// Silence or sleep: the server closed the session at its last beat, so what was idle since then belongs to none.
    private mutating func sessionIsGone(_ request: Request, at now: Duration) {
        let wasClosing = isClosing
        let lost = work?.unconfirmed(at: now) ?? .zero
        endWork(at: now)
        actions.append(.note(.sessionClosedByServer(uncountedSeconds: lost.wholeSeconds)))
        guard !wasClosing, phase == .tracking else { return }
        reopenings += 1
        if reopenings > 1 { backoff.failed(at: now, jitter: jitter()) }
    }
}
