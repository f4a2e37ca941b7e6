import FoundationEssentials
import Shared

// The server's clock, and what is kept for the next run.

extension AppModel {
    mutating func heardTime(_ sample: ServerClock.Sample, of server: BackendURL) {
        guard server == account?.server else { return }
        let before = serverClock
        serverClock.heard(sample)
        now.wall = serverClock.time(at: machine)
        if serverClock != before { effects.append(.dateBy(serverClock)) }
        tellClock()
    }

    /// A session begins at the instant when the server opens it, to the millisecond.
    mutating func heardTime(in answer: TrackingSession.Answer, to number: Int) {
        guard case .started(let session, isNew: true) = answer, tracking.inFlight?.number == number,
            let sentAt = tracking.sentAt, let server = account?.server
        else { return }
        heardTime(
            .init(date: session.startedAt, sentAt: sentAt.boot, received: machine, resolution: .zero), of: server)
    }

    /// How far this machine's clock is off, in words; nil where it is right, or not known to be wrong.
    var clockTrouble: String? { serverClock.lead(at: machine).flatMap(ServerClock.words(lead:)) }

    private mutating func tellClock() {
        let trouble = clockTrouble
        if let trouble, !hasToldClock { note(.clockIsOff("\(trouble) Times are the server's.")) }
        hasToldClock = trouble != nil
    }

    /// Another server's clock says nothing of this one's.
    mutating func useClock(of server: BackendURL) {
        guard server != account?.server else { return }
        let kept = options.login.flatMap { $0.account.server == server ? $0.clock : nil }
        serverClock = ServerClock(at: machine, kept: kept)
        effects.append(.dateBy(serverClock))
    }

    func dated(_ stretch: WorkStretch) -> WorkStretch {
        WorkStretch(start: dated(stretch.start), end: dated(stretch.end), idleSeconds: stretch.idleSeconds)
    }

    /// Tracking reckons in the server's time, as far as that is known; kept is what this machine's wall clock showed.
    private func dated(_ instant: WorkInstant) -> WorkInstant {
        var instant = instant
        if instant.bootID == machine.bootID {
            instant.wall = machine.wall.adding(milliseconds: (instant.boot - machine.boot).wholeMilliseconds)
        }
        return serverClock.dated(instant)
    }

    func dated(_ work: KeptWork) -> KeptWork {
        var work = work
        work.stretches = work.stretches.map { dated($0) }
        return work
    }

    /// What an earlier run has left for this account, as of when this one's work begins: of whoever had not logged out with the
    /// launch, else now.
    func earlier(_ signIn: AppEvent.SignIn) -> TrackingSession.Earlier {
        var earlier = TrackingSession.Earlier(interval: signIn.interval)
        if let kept = signIn.work {
            earlier.work = kept.stretches.filter { $0.length >= WorkStretch.shortest }
            earlier.owedIdle = kept.owedIdle
            if kept.hasSession { earlier.confirmedAt = kept.stretches.last.map { serverClock.time(of: $0.start) } }
        }
        var begun = machine
        if let launch, options.login?.account == account { begun = launch }
        begun.wall = serverClock.time(at: begun)
        earlier.begun = begun
        return earlier
    }

    /// The next run begins with the interval that was assigned last.
    mutating func keepInterval() {
        guard tracking.isSignedIn, !tracking.isLeaving, tracking.day != nil, tracking.interval != keptInterval else {
            return
        }
        keptInterval = tracking.interval
        effects.append(.keepInterval(tracking.interval))
    }
}
