extension AppModel {
    mutating func workAnswered(_ number: Int, _ result: Result<TrackingSession.Answer, TrackerAPIError>) {
        switch result {
        case .success(let answer):
            heardTime(in: answer, to: number)
            track(.answered(number, answer))
        case .failure(let error): track(.failed(number, error.failure))
        }
    }

    mutating func track(_ event: TrackingSession.Event) {
        for action in tracking.handle(event, at: now) {
            switch action {
            case .send(let request):
                if let account { effects.append(.send(request, account)) }
            case .capture:
                display.beginCapture(at: now.monotonic)
                if let account { effects.append(.capture(account, epoch: login.epoch)) }
            case .keepSpan(let stretch):
                if let account { effects.append(.keepSpan(clocks.dated(stretch), account)) }
                deliver(.queued)
            case .keepWork(let work):
                if let account { effects.append(.keepWork(work.map { clocks.dated($0) }, account)) }
            case .putAllAside:
                if let account { effects.append(.putAllAside(account)) }
                deliver(.loginNeeded)
            case .note(let what):
                note(inWords(what))
                if what == .cameOnline { deliver(.retryNow) }
            case .left: left()
            }
        }
        keepInterval()
        askForLogin()
    }

    /// What tracking has to say, as it is true of this client.
    private func inWords(_ note: Note) -> Note {
        switch note {
        case .wentOffline(let reason) where tracking.phase == .waiting:
            .notTracked(until: "the server says at which interval", reason)
        case .trackedElsewhere(let host, _) where options.isHeadless: .trackedElsewhere(host: host, hasKeys: false)
        case .loginEnded where options.isHeadless: .loginRenewed
        default: note
        }
    }

    /// The next run begins with the interval that was assigned last.
    private mutating func keepInterval() {
        guard tracking.isSignedIn, !tracking.isLeaving, tracking.day != nil, tracking.interval != keptInterval else {
            return
        }
        keptInterval = tracking.interval
        effects.append(.keepInterval(tracking.interval))
    }
}
