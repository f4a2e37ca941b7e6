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
        case accountRemoved
        case noActiveSession
        case trackedElsewhere(host: String?)
        case refused(String)
        case tryLater(String, retryAfter: Duration?)
        case unreachable(String)
    }

    enum Event: Sendable, Hashable {
        /// The first time, or again after the login had ended.
        case signedIn(tokenLife: Duration, Earlier)
        case startPressed
        case stopPressed
        /// Quit or logout.
        case leave
        case tick
        /// The time since the last input, as it was at the monotonic instant `taken`.
        case idleSampled(sinceInput: Duration, taken: Duration)
        case captureEnded
        /// A delivery was answered 401.
        case loginEnded
        /// A delivery was answered `password_change_required`.
        case passwordExpired
        /// Something was answered `account_removed`.
        case accountRemoved
        /// The server told, without being asked, that another client tracks.
        case trackedElsewhere(host: String?)
        /// A delivery failed because the server could not be reached or could not do its work.
        case serverFailed
        /// A delivery was accepted.
        case serverAnswered
        /// The server told the assigned interval, in seconds, without being asked; nil: none is assigned any more.
        case intervalPushed(Int?)
        /// The server told of a correction, or that it was revoked, without being asked.
        case corrected(Correction)
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
        /// In the queue, to be delivered.
        case keepSpan(WorkStretch)
        /// In place of what the disk has of work under way; nil: there is none.
        case keepWork(KeptWork?)
        /// Nothing in the queue will be taken any more.
        case putAllAside
        /// After `leave`: the session is stopped, or there was no more time for it.
        case left
    }
}

// MARK: Answers

extension TrackingSession {
    mutating func accept(_ answer: Answer, of request: Request, at now: Moment) {
        endOutage(at: now)
        // A session that is opened again and again without one accepted beat keeps its pauses.
        if reopenings < 2 || request.kind != .start { pause.reset() }
        switch answer {
        case .started(let session, let isNew): started(session, isNew: isNew, at: now)
        case .beaten(let idle): beaten(request, serverIdle: idle, at: now)
        case .stopped(let session): stopped(request, session, at: now)
        case .day(let response, let interval):
            told(response, interval: request.number == outdatedDay ? self.interval : interval, at: now)
        case .refreshed(let tokenLife): refreshAt = now.monotonic + tokenLife / 2
        }
    }

    /// The server has answered, whatever it says.
    mutating func endOutage(at now: Moment) {
        guard outage != nil else { return }
        outage = nil
        dayAt = now.monotonic
        actions.append(.note(.cameOnline))
    }

    private mutating func started(_ session: WorkSession, isNew: Bool, at now: Moment) {
        var work = work ?? newWork(at: now)
        keepSpans(work.opened(session, isNew: isNew, at: now))
        self.work = work
        isKeptOutdated = true
        lostBeat = nil
        aloneSince = nil
        day?.opened(work, isNew: isNew, at: now)
        dayAt = now.monotonic
        // One that was there is heard of before anything else: what it covers so far is another's.
        beatAt = isNew ? nextBeat : now.monotonic
        guard !isLeaving, phase == .starting || phase == .tracking else {
            close(at: now)
            return
        }
        phase = .tracking
        actions.append(.note(isNew ? .trackingStarted(session.startedAt) : .trackingResumed(session.startedAt)))
        planCaptures(at: now.monotonic)
    }

    private mutating func beaten(_ request: Request, serverIdle: Double, at now: Moment) {
        guard case .heartbeat(let idle) = request.kind, let sentAt else { return }
        work?.beaten(sentAt: sentAt, at: now, deliveredIdle: idle, serverIdle: serverIdle)
        isKeptOutdated = true
        aloneSince = nil
        reopenings = 0
        beatAt = nextBeat
        dayAt = now.monotonic
        guard phase == .starting, !isClosing else { return }
        phase = .tracking
        planCaptures(at: now.monotonic)
    }

    private mutating func stopped(_ request: Request, _ session: WorkSession, at now: Moment) {
        if case .stop(let idle) = request.kind, let sentAt {
            owedIdle += work?.owedIdle(afterStop: sentAt, told: idle) ?? 0
        }
        let elapsed = session.endedAt.map { $0 - session.startedAt } ?? 0
        day?.closed(work?.totals(at: now))
        forgetWork(at: now)
        actions.append(
            .note(.trackingStopped(activeSeconds: Int(elapsed / 1000), idleSeconds: session.idleSeconds.boundedSeconds))
        )
    }

    private mutating func told(_ response: WorkDayResponse, interval: Int?, at now: Moment) {
        let isFirst = day == nil
        if let timeout = response.sessionTimeoutSeconds { sessionTimeout = .seconds(min(max(timeout, 1), 86_400)) }
        beatAt = min(beatAt, now.monotonic + beatInterval)
        dayAt = now.monotonic + beatInterval
        let session = response.session.flatMap { $0.isActive ? $0 : nil }
        if let session, let work, work.ownsSession {
            self.work?.update(session, lostBeat: lostBeat)
            if work.session == nil { actions.append(.note(.trackingResumed(session.startedAt))) }
        }
        if case .elsewhere(let place) = phase, session == nil {
            phase = .stopped
            actions.append(.note(.elsewhereEnded(host: place.host)))
        }
        lostBeat = nil
        var day = day ?? WorkDay(response)
        day.update(response, work: work?.session == nil ? nil : work, at: now)
        self.day = day
        // Those that were made while nobody listened.
        for correction in response.corrections where !saidCorrections.contains(correction.id) { say(correction) }
        assign(interval, isFirst: isFirst, at: now)
        if let session, let aloneSince, session.startedAt > aloneSince {
            suspectSession(at: now)
        } else {
            aloneSince = nil
        }
    }

    mutating func say(_ correction: Correction) {
        saidCorrections.insert(correction.id)
        actions.append(.note(.corrected(correction)))
    }

    /// Somebody has begun that this client knows nothing of: a beat tells whether it was another client.
    private mutating func suspectSession(at now: Moment) {
        guard phase == .starting || phase == .tracking, work?.hasSession != true else { return }
        beginWork(at: now)
        work?.suspectSession()
    }

    mutating func pushed(interval: Int?, at now: Moment) {
        guard isSignedIn, !isLeaving else { return }
        // What is being answered may be older than what was pushed meanwhile.
        if let inFlight, inFlight.kind == .day { outdatedDay = inFlight.number }
        assign(interval, isFirst: false, at: now)
    }

    private mutating func assign(_ interval: Int?, isFirst: Bool, at now: Moment) {
        let new = Self.bounded(interval)
        let old = self.interval
        self.interval = new
        if old != new { actions.append(.note(.intervalChanged(seconds: new))) }
        switch (phase, new) {
        case (.waiting, nil):
            if old != nil || isFirst { actions.append(.note(.waitingForInterval)) }
            begunAt = nil
        case (.waiting, .some): begin(at: now)
        case (.starting, nil), (.tracking, nil):
            // Nothing is captured or counted from here on: the session ends with what was worked until now.
            phase = .waiting
            actions.append(.note(.waitingForInterval))
            close(at: now)
        case (.tracking, .some): planCaptures(at: now.monotonic)
        default: break
        }
    }

    /// The next capture by the interval; none where hours alone are tracked.
    mutating func planCaptures(at now: Duration) {
        guard let interval, interval != CaptureInterval.hoursOnly else {
            plan = nil
            return
        }
        if plan == nil { plan = CapturePlan(start: now, interval: .seconds(interval)) }
        if plan?.interval != .seconds(interval) { plan?.change(interval: .seconds(interval), at: now) }
    }
}
