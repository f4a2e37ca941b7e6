import Shared

// What becomes of work when the server does not do what it was asked.

extension TrackingSession {
    mutating func fail(_ request: Request, _ failure: Failure, at now: Moment) {
        switch failure {
        case .loginEnded: blockRequests(.password, at: now)
        case .passwordExpired: blockRequests(.newPassword, at: now)
        case .accountRemoved: accountRemoved(at: now)
        case .noActiveSession: sessionIsGone(request, at: now)
        case .trackedElsewhere(let host): goElsewhere(host: host, at: now)
        case .refused(let reason):
            actions.append(.note(.requestRefused(reason)))
            postpone(request, retryAfter: nil, at: now)
        case .tryLater(let reason, let retryAfter):
            goOffline(Outage(reason: reason, isUnreachable: false, since: now.wall))
            postpone(request, retryAfter: retryAfter, at: now)
        case .unreachable(let reason):
            goOffline(Outage(reason: reason, isUnreachable: true, since: now.wall))
            postpone(request, retryAfter: nil, at: now)
        }
    }

    private mutating func postpone(_ request: Request, retryAfter: Duration?, at now: Moment) {
        pause.failed(at: now.monotonic, jitter: jitter(), retryAfter: retryAfter)
        guard outage == nil else {
            if case .heartbeat(1...) = request.kind { lostBeat = sentAt }
            goOnWithoutServer(at: now)
            return
        }
        // What is refused will be refused again: not before the next beat.
        if request.kind == .day { dayAt = now.monotonic + beatInterval }
        if request.kind == .refresh { refreshAt = now.monotonic + beatInterval }
    }

    private mutating func goOffline(_ new: Outage) {
        if let outage, outage.isUnreachable == new.isUnreachable {
            self.outage?.reason = new.reason
        } else {
            let since = outage?.since ?? new.since
            outage = new
            outage?.since = since
            actions.append(.note(.wentOffline(new.reason)))
        }
    }

    /// Silence or sleep: the server closed the session at its last beat. What was worked since then goes on until a new one
    /// begins, and is then delivered, so that nothing is missing between the two.
    private mutating func sessionIsGone(_ request: Request, at now: Moment) {
        lostBeat = nil
        guard let work, work.hasSession else {
            isClosing = false
            return
        }
        actions.append(.note(.sessionClosedByServer(keptSeconds: work.unconfirmed(at: now).wholeSeconds)))
        self.work?.lostSession()
        guard !isClosing, phase == .tracking || phase == .starting else {
            endWork(at: now)
            return
        }
        day?.closed(nil)
        dayAt = now.monotonic
        isKeptOutdated = true
        reopenings += 1
        if reopenings > 1 { pause.failed(at: now.monotonic, jitter: jitter()) }
    }

    /// Another client of this employee's has begun since.
    mutating func goElsewhere(host: String?, at now: Moment) {
        guard isSignedIn, work != nil, inFlight?.kind != .start else { return }
        let isWorking = phase == .tracking || phase == .starting
        plan = nil
        endWork(at: now)
        guard isWorking, !isLeaving else { return }
        phase = .elsewhere(Elsewhere(host: host, since: now.wall))
        actions.append(.note(.trackedElsewhere(host: host)))
    }

    /// Nothing that is done from here on can ever be delivered.
    mutating func accountRemoved(at now: Moment) {
        guard block != .accountRemoved, isSignedIn else { return }
        block = .accountRemoved
        endOutage(at: now)
        plan = nil
        begunAt = nil
        endWork(at: now)
        phase = .stopped
        actions.append(.note(.accountRemoved))
        actions.append(.putAllAside)
    }
}
