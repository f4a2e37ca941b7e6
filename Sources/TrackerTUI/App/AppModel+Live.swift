import Shared

extension AppModel {
    mutating func openLive() {
        guard let account else { return }
        link.renew()
        effects.append(.openLive(account, link: link.generation))
    }

    mutating func closeLive() {
        watch(.left)
        looks = Looks()
        link.renew()
        effects.append(.closeLive)
    }

    mutating func heard(_ event: LiveEvent) {
        switch event {
        case .connected:
            carryOut(link.cameUp())
            // Those that were told while nobody listened.
            if let account { effects.append(.askWhoLooked(account, link: link.generation)) }
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
        case .looked(let row):
            guard row.about.map({ AccountID(stored: $0) == account?.id }) ?? true else { return }
            looks.take([row])
            record(.looked(row))
        case .liveViewInitiated(let start): watch(.initiated(by: AccountID(stored: start.by)))
        case .liveViewTerminated(let end): watch(.terminated(by: AccountID(stored: end.by)))
        case .liveViewWatched(let watchers): watch(.watched(by: watchers.ids))
        case .heard(let kind, let answer): watch(kind == .terminate ? .endHeard : .watched(by: answer.ids))
        }
    }

    /// Where they can't be had, those that are told from now on are shown: a server of an earlier version tells none.
    mutating func looksAnswered(_ result: Result<AuditPage, TrackerAPIError>) {
        switch result {
        case .success(let page): looks.take(page.rows)
        case .failure(let error):
            if case .refused(let refusal) = error, refusal.status == 404 { return }
            record(.problem("Who has looked could not be asked: \(error.message)"))
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
