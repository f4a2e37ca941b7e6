import Shared

/// Does what the model decides. Everything that takes time runs beside the loop and comes back as an event.
actor EffectRunner {
    let surroundings: Surroundings
    let send: @Sendable (AppEvent) -> Void
    /// The token of the account that is signed in.
    var token: String?
    /// What the disk has of it; nil before anybody has signed in.
    var keptLogin: KeptLogin?
    var clock: ServerClock
    /// The queue's key has not been handed out yet.
    var wantsQueueKey = false
    /// Why, as it was said last.
    var queueKeyTrouble: String?
    /// The server asked for a pause until then.
    var queueKeyNotBefore: Duration = .zero
    /// Captures that were refused for their time have been looked at since the clock is known.
    var hasRetriedTimes = false
    var login: Task<Void, Never>?
    var logout: Task<Void, Never>?
    private let live: LiveRunner
    var turns = QueueTurns()

    init(surroundings: Surroundings, send: @escaping @Sendable (AppEvent) -> Void) {
        self.surroundings = surroundings
        self.send = send
        live = LiveRunner(surroundings: surroundings, send: send)
        clock = ServerClock(at: surroundings.clock.now())
    }

    /// Returns at once, but for what must be on disk before the program may end.
    func run(_ effect: Effect) async {
        switch effect {
        case .logIn(let attempt, let account, let password):
            logIn(attempt: attempt, account, password: password)
        case .cancelLogIn:
            login?.cancel()
        case .changePassword(let attempt, let account, let current, let new):
            changePassword(attempt: attempt, account, PasswordChangeRequest(currentPassword: current, newPassword: new))
        case .logOut(let account):
            logOut(account)
            await forgetLogin()
            await releaseQueueKey()
        case .resume(let attempt, let login):
            await resume(attempt: attempt, login)
        case .send(let request, let account):
            ask(request, account)
        case .sampleIdle:
            Task { await sampleIdle() }
        case .capture(let account, let epoch):
            Task { await capture(account, epoch: epoch) }
        case .deliver(let account, let epoch):
            Task { await deliver(account, epoch: epoch) }
        case .keepSpan(let stretch, let account):
            await keepSpan(stretch, account)
        case .keepWork(let work, let account):
            await keepWork(work, account)
        case .stillWorking(let moment, let idleSeconds):
            await noteWorking(moment, idleSeconds: idleSeconds)
        case .keepInterval(let interval):
            keptLogin?.interval = interval
            await keepLogin()
        case .dateBy(let clock):
            await dateBy(clock)
        case .putAllAside(let account):
            await putAllAside(account)
        case .openLive(let account, let link):
            await live.open(account.server, link: link) { [weak self] in await self?.token }
        case .closeLive:
            await live.close()
        case .askWhoLooked(let account, let link):
            askWhoLooked(account, link: link)
        case .sendFrame(let account, let round, let mustSend):
            await live.allowFrames(of: round)
            let now = clock.time(at: surroundings.clock.now())
            Task { await live.sendFrame(account, round: round, mustSend: mustSend, at: now) }
        case .stopFrames:
            await live.stopFrames()
        case .terminateLive(let account):
            Task { await live.terminate(account) }
        case .record(let entry):
            surroundings.record(entry)
        case .tick(let pause):
            Task {
                try await Task.sleep(for: pause)
                send(.tick)
            }
        case .suspend:
            surroundings.suspend()
        case .exit:
            login?.cancel()
            await live.finish()
            await finishLogout()
        }
    }

    func api(_ account: Account) -> any TrackerAPI {
        surroundings.api(account.server) { [send] in send(.heardTime($0, account.server)) }
    }

    func problem(_ sentence: String) -> LogEntry {
        LogEntry(at: clock.time(at: surroundings.clock.now()), note: .problem(sentence))
    }
}
