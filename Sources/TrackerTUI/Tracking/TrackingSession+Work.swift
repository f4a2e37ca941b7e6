import Shared

// How work begins, breaks and ends, and what the disk has of it.

extension TrackingSession {
    /// Work is measured from here on; that it counts is said as soon as the server has opened a session, or can't be asked.
    mutating func begin(at now: Moment) {
        phase = .starting
        begunAt = begunAt ?? now
        goOnWithoutServer(at: now)
    }

    /// Who wants to work and may, as far as is known, works.
    mutating func goOnWithoutServer(at now: Moment) {
        guard !isLeaving, block != .accountRemoved, block != nil || outage != nil else { return }
        if phase == .waiting, interval != nil { phase = .starting }
        guard phase == .starting else { return }
        beginWork(at: now)
        if let work, !work.hasSession { aloneSince = aloneSince ?? work.begun(at: now) }
        phase = .tracking
        isKeptOutdated = true
        actions.append(.note(.trackingWithoutServer))
        planCaptures(at: now.monotonic)
    }

    /// Work begins: now, or when it should have, see ``begunAt``. What was stopped without the server's knowing is no part of it.
    mutating func beginWork(at now: Moment) {
        if work?.isMeasuring == false { endWork(at: now) }
        if work == nil { work = newWork(at: begunAt ?? now) }
        begunAt = nil
    }

    mutating func newWork(at now: Moment) -> OpenWork {
        defer { owedIdle = 0 }
        return OpenWork(at: now, idleThreshold: settings.idleThreshold, owedIdle: owedIdle)
    }

    /// What was worked until `end` is delivered by itself, and the session, if the server has one open, is not gone on with.
    mutating func breakWork(at end: Moment, resuming now: Moment) {
        guard let work else { return }
        if work.hasSession { aloneSince = aloneSince ?? work.begun(at: now) }
        day?.closed(work.totals(at: end))
        lostBeat = nil
        isKeptOutdated = true
        self.work?.lostSession()
        keepSpans(self.work?.seal(at: end, resuming: now, waits: true) ?? [])
    }

    /// Work ends that no session covers: it is kept.
    mutating func endWork(at now: Moment) {
        day?.closed(work?.totals(at: now))
        keepSpans(work?.seal(at: now) ?? [])
        owedIdle += work?.owedIdle(at: now) ?? 0
        forgetWork(at: now)
    }

    mutating func forgetWork(at now: Moment) {
        keepSpans(work?.takeUndecided() ?? [])
        work = nil
        lostBeat = nil
        isClosing = false
        aloneSince = nil
        dayAt = now.monotonic
    }
}

// MARK: On disk

extension TrackingSession {
    mutating func keepSpans(_ stretches: [WorkStretch]) {
        if !stretches.isEmpty { isKeptOutdated = true }
        actions += stretches.map { .keepSpan($0) }
    }

    private static let keepingInterval: Duration = .seconds(10)

    /// What no beat has confirmed is kept on disk, so that a killed client's next run can go on with it.
    mutating func keepWork(at now: Moment, isLast: Bool = false) {
        guard isSignedIn else { return }
        guard let work else {
            let owed = owedIdle > 0 ? KeptWork(stretches: [], hasSession: false, owedIdle: owedIdle) : nil
            if isKept { actions.append(.keepWork(owed)) }
            isKept = false
            return
        }
        let isPressing = isLast || isKeptOutdated || !isKept
        guard isPressing || now.monotonic - keptAt >= Self.keepingInterval else { return }
        isKept = true
        isKeptOutdated = false
        keptAt = now.monotonic
        var kept = work.kept(at: now)
        // Who leaves has ended it: the next run is a start like any other, and takes over.
        if isLast { kept.hasSession = false }
        actions.append(.keepWork(kept))
    }
}
