import Shared

extension AppModel {
    mutating func heardTime(_ sample: ServerClock.Sample, of server: BackendURL) {
        guard server == account?.server else { return }
        if clocks.heard(sample) { effects.append(.dateBy(clocks.server)) }
        if let trouble = clocks.newTrouble() { note(.clockIsOff("\(trouble) Times are the server's.")) }
    }

    /// A session begins at the instant when the server opens it, to the millisecond.
    mutating func heardTime(in answer: TrackingSession.Answer, to number: Int) {
        guard case .started(let session, isNew: true) = answer, tracking.inFlight?.number == number,
            let sentAt = tracking.sentAt, let server = account?.server
        else { return }
        heardTime(
            .init(date: session.startedAt, sentAt: sentAt.boot, received: clocks.machine, resolution: .zero),
            of: server)
    }

    mutating func useClock(of server: BackendURL) {
        guard server != account?.server else { return }
        clocks.use(options.login.flatMap { $0.account.server == server ? $0.clock : nil })
        effects.append(.dateBy(clocks.server))
    }

    /// What an earlier run has left for this account, as of when this one's work begins: of whoever had not logged out with the
    /// launch, else now.
    func earlier(_ signIn: AppEvent.SignIn) -> TrackingSession.Earlier {
        var earlier = TrackingSession.Earlier(interval: signIn.interval)
        if let kept = signIn.work {
            earlier.work = kept.stretches.filter { $0.length >= WorkStretch.shortest }
            earlier.owedIdle = kept.owedIdle
            if kept.hasSession { earlier.confirmedAt = kept.stretches.last.map { clocks.server.time(of: $0.start) } }
        }
        let isOfLaunch = options.login?.account == account
        earlier.begun = clocks.dated(isOfLaunch ? launch ?? clocks.machine : clocks.machine)
        return earlier
    }
}
