import Shared

extension AppModel {
    mutating func openLive() {
        guard let account else { return }
        link.renew()
        effects.append(.openLive(account, link: link.generation))
    }

    mutating func closeLive() {
        watch(.left)
        link.renew()
        effects.append(.closeLive)
    }

    mutating func heard(_ event: LiveEvent) {
        switch event {
        case .connected: carryOut(link.cameUp())
        case .disconnected(let reason): carryOut(link.wentDown(reason))
        case .refused(let message):
            carryOut(link.wentDown("The server answers \(message)."))
            // If the login has ended, the answer to any request says so.
            track(.askNow)
        case .intervalAssigned(let assigned):
            guard AccountID(stored: assigned.employeeID) == account?.id else { return }
            track(.intervalPushed(assigned.interval.seconds(default: options.defaultInterval)))
        case .workElsewhere(let elsewhere):
            if elsewhere.client != options.clientID { track(.trackedElsewhere(host: elsewhere.host)) }
        case .corrected(let correction):
            guard AccountID(stored: correction.employeeID) == account?.id else { return }
            track(.corrected(correction))
        case .liveViewInitiated(let start): watch(.initiated(by: AccountID(stored: start.by)))
        case .liveViewTerminated(let end): watch(.terminated(by: AccountID(stored: end.by)))
        case .liveViewWatched(let watchers): watch(.watched(by: watchers.ids))
        case .heard(let kind, let answer): watch(kind == .terminate ? .endHeard : .watched(by: answer.ids))
        }
    }

    private mutating func carryOut(_ actions: [LiveLink.Action]) {
        for action in actions {
            switch action {
            case .record(let note): record(note)
            case .endLiveView: watch(.disconnected)
            case .ask: track(.askNow)
            case .suspectServer: track(.serverFailed)
            }
        }
    }

    mutating func watch(_ event: LiveFeed.Event) {
        for action in live.handle(event, at: now.monotonic) {
            switch action {
            case .takeFrame(let round, let mustSend):
                if let account { effects.append(.sendFrame(account, round: round, mustSend: mustSend)) }
            case .terminate:
                if let account { effects.append(.terminateLive(account)) }
            case .stopFrames: effects.append(.stopFrames)
            case .note(let what): note(what)
            }
        }
    }

    /// Nothing is shown of a screen that is not tracked.
    mutating func showOnlyWhatIsTracked() {
        if live.isTracking != tracking.isTracking { watch(tracking.isTracking ? .trackingStarted : .trackingEnded) }
    }
}

extension LiveViewWatchers {
    fileprivate var ids: [AccountID] { watchers.map { AccountID(stored: $0) } }
}
