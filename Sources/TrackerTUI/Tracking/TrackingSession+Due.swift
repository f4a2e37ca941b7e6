import Shared

// What is due at an instant, and what is asked of the server for it.

extension TrackingSession {
    mutating func advance(at now: Moment) {
        if leaving != nil {
            advanceLeaving(at: now)
            return
        }
        if phase == .tracking, !isCapturing, plan?.takeDue(at: now.monotonic) == true {
            isCapturing = true
            actions.append(.capture)
        }
        if work?.isMeasuring == true, work?.isUnwieldy(at: now) == true {
            // No server that has been silent for so long has the session open.
            breakWork(at: now, resuming: now)
        }
        guard inFlight == nil, block == nil, pause.allows(at: now.monotonic), let kind = due(at: now) else { return }
        send(kind, at: now)
    }

    private func due(at now: Moment) -> Request.Kind? {
        guard isSignedIn else { return nil }
        // What became of the beat is asked before another one goes out.
        if lostBeat != nil, work?.session != nil { return .day }
        if isClosing { return closing(at: now) }
        switch phase {
        case .starting, .tracking:
            guard let work, work.hasSession else { return aloneSince == nil ? .start : .day }
            // A beat is told whose the session is that somebody has begun. And a pause that has just become long enough can't
            // be told any more once the session has ended.
            if !work.ownsSession || now.monotonic >= beatAt || work.needsAnotherBeat(at: now) {
                return .heartbeat(idleSeconds: work.idleForBeat(at: now))
            }
        default: break
        }
        if now.monotonic >= refreshAt { return .refresh }
        return now.monotonic >= dayAt ? .day : nil
    }

    /// The stop with the idle rest, after the beats that carry what is too much for it.
    private func closing(at now: Moment) -> Request.Kind {
        guard let work else { return .stop(idleSeconds: 0) }
        let idle = work.idleForBeat(at: now)
        return work.needsAnotherBeat(at: now) ? .heartbeat(idleSeconds: idle) : .stop(idleSeconds: idle)
    }

    private mutating func send(_ kind: Request.Kind, at now: Moment) {
        lastNumber += 1
        let request = Request(number: lastNumber, kind: kind)
        inFlight = request
        sentAt = now
        // Work begins when it is asked for, not when the answer comes.
        if kind == .start, work == nil { beginWork(at: now) }
        actions.append(.send(request))
    }

    private mutating func advanceLeaving(at now: Moment) {
        guard let since = leaving?.since else { return }
        let isLate = now.monotonic >= since + Self.leavingLimit
        if let request = inFlight, !isLate {
            if case .stop = request.kind { return }
            guard now.monotonic >= since + Self.leavingGrace else { return }
            inFlight = nil
        }
        if isClosing, block == nil, leaving?.hasAskedToStop == false, !isLate {
            let mayBeat = outage == nil && now.monotonic < since + Self.leavingGrace
            let next = mayBeat ? closing(at: now) : .stop(idleSeconds: work?.idleForBeat(at: now) ?? 0)
            if case .stop = next { leaving?.hasAskedToStop = true }
            send(next, at: now)
            return
        }
        if isDelivering, now.monotonic < since + Self.leavingGrace { return }
        keepWork(at: now, isLast: true)
        signOut()
    }

    /// Nothing of this login remains but the numbers, so that its late answers are not taken for the next one's.
    private mutating func signOut() {
        var next = TrackingSession(settings: settings, jitter: jitter)
        next.lastNumber = lastNumber
        next.lastMoment = lastMoment
        next.actions = actions + [.left]
        self = next
    }

    /// When the beat after the one that was just answered is due.
    var nextBeat: Duration { (sentAt?.monotonic ?? .zero) + beatInterval }

    /// At least three beats within the server's time-out, whatever is set: one that is late, or lost, ends no session.
    var beatInterval: Duration {
        guard let sessionTimeout else { return settings.heartbeatInterval }
        return min(settings.heartbeatInterval, max(sessionTimeout / 3 - .seconds(1), .seconds(1)))
    }
}
