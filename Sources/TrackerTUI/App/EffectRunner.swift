import Files
import FoundationEssentials
import Shared

/// Does what the model decides. Everything that takes time runs beside the loop and comes back as an event.
actor EffectRunner {
    let surroundings: Surroundings
    let send: @Sendable (AppEvent) -> Void
    /// The token of the account that is signed in.
    private var token: String?
    /// What the disk has of it; nil before anybody has signed in.
    var keptLogin: KeptLogin?
    var clock: ServerClock
    /// Captures that were refused for their time have been looked at since the clock is known.
    var hasRetriedTimes = false
    private var login: Task<Void, Never>?
    private var logout: Task<Void, Never>?
    private let live: LiveRunner
    private var turns = QueueTurns()

    /// How long the end of the program waits for the answer to a logout.
    private static let logoutLimit: Duration = .seconds(1)
    /// Tokens are thought to live at least and at most this long, whatever the wall clocks on both sides show.
    private static let tokenLife: ClosedRange<Duration> = .seconds(600)...(.seconds(8 * 3600))

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
        case .resume(let attempt, let login):
            token = login.token
            keptLogin = login
            let life = life(until: login.expiresAt)
            send(.loginAnswered(attempt: attempt, .success(await signIn(login.account, life: life, isKept: true))))
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
}

// MARK: Login

extension EffectRunner {
    private func logIn(attempt: Int, _ account: Account, password: String) {
        login?.cancel()
        login = Task {
            let result = await signIn(account) { (api) throws(TrackerAPIError) in
                try await api.logIn(email: account.email, password: password)
            }
            if !Task.isCancelled { send(.loginAnswered(attempt: attempt, result)) }
        }
    }

    private func changePassword(attempt: Int, _ account: Account, _ change: PasswordChangeRequest) {
        guard let token else { return }
        login?.cancel()
        login = Task {
            let result = await signIn(account) { (api) throws(TrackerAPIError) in
                try await api.changePassword(change, token: token)
            }
            if !Task.isCancelled { send(.passwordAnswered(attempt: attempt, result)) }
        }
    }

    private func signIn(
        _ account: Account, _ ask: (any TrackerAPI) async throws(TrackerAPIError) -> LoginResponse
    ) async -> Result<AppEvent.SignIn, TrackerAPIError> {
        do throws(TrackerAPIError) {
            let response = try await ask(api(account))
            guard !Task.isCancelled else { throw .unreachable("The request was given up.") }
            token = response.token
            if response.role == .employee, !response.mustChangePassword { await keepLogin(response, account) }
            var signIn = await signIn(account, life: life(until: response.expiresAt))
            signIn.role = response.role
            signIn.mustChangePassword = response.mustChangePassword
            return .success(signIn)
        } catch {
            return .failure(error)
        }
    }

    /// What a client that is signed in begins with.
    private func signIn(_ account: Account, life: Duration, isKept: Bool = false) async -> AppEvent.SignIn {
        let work = await workOfEarlierRun(account)
        let interval = keptLogin.flatMap { $0.account == account ? $0.interval : nil }
        return AppEvent.SignIn(
            role: .employee, mustChangePassword: false, tokenLife: life, interval: interval, work: work,
            queue: await surroundings.spool.status, isKept: isKept)
    }

    func api(_ account: Account) -> any TrackerAPI {
        surroundings.api(account.server) { [send] in send(.heardTime($0, account.server)) }
    }

    private func life(until expiresAt: Timestamp) -> Duration {
        let life = Duration.milliseconds(expiresAt - clock.time(at: surroundings.clock.now()))
        return min(max(life, Self.tokenLife.lowerBound), Self.tokenLife.upperBound)
    }

    private func logOut(_ account: Account) {
        login?.cancel()
        guard let token else { return }
        self.token = nil
        let api = api(account)
        logout = Task {
            do throws(TrackerAPIError) {
                try await api.logOut(token: token)
            } catch {
                // The employee has left; the token is forgotten here and ends by itself.
                surroundings.record(problem("The logout was not answered: \(error.message)"))
            }
        }
    }

    /// Whoever logs out and quits at once has logged out: the server is given a moment to hear of it.
    private func finishLogout() async {
        guard let logout else { return }
        let (first, continuation) = AsyncStream.makeStream(of: Void.self)
        let answer = Task {
            await logout.value
            continuation.yield()
        }
        let limit = Task {
            try await Task.sleep(for: Self.logoutLimit)
            continuation.yield()
        }
        for await _ in first { break }
        answer.cancel()
        limit.cancel()
        logout.cancel()
    }

    func problem(_ sentence: String) -> LogEntry {
        LogEntry(at: clock.time(at: surroundings.clock.now()), note: .problem(sentence))
    }
}

// MARK: Work

extension EffectRunner {
    private func ask(_ request: TrackingSession.Request, _ account: Account) {
        let token = token
        Task {
            do throws(TrackerAPIError) {
                let answer = try await answer(to: request.kind, account, token: token ?? "")
                send(.workAnswered(number: request.number, .success(answer)))
            } catch {
                send(.workAnswered(number: request.number, .failure(error)))
            }
        }
    }

    private func answer(to kind: TrackingSession.Request.Kind, _ account: Account, token: String)
        async throws(TrackerAPIError) -> TrackingSession.Answer
    {
        let api = api(account)
        let client = surroundings.clientID
        switch kind {
        case .start:
            let start = StartRequest(client: client, host: client == nil ? nil : HostName.own)
            let (session, isNew) = try await api.startWork(start, token: token)
            return .started(session, isNew: isNew)
        case .heartbeat(let idle):
            let beat = HeartbeatRequest(idleDeltaSeconds: idle, client: client)
            return .beaten(idleSeconds: try await api.heartbeat(beat, token: token).idleSeconds)
        case .stop(let idle):
            let stop = HeartbeatRequest(idleDeltaSeconds: idle, client: client)
            return .stopped(try await api.stopWork(stop, token: token))
        case .day:
            let interval = try await api.captureInterval(
                defaultSeconds: surroundings.defaultInterval, token: token)
            return .day(try await api.workDay(token: token), intervalSeconds: interval)
        case .refresh:
            let response = try await api.refresh(token: token)
            // Whoever has logged out or in meanwhile has another token.
            if self.token == token {
                self.token = response.token
                await keepLogin(response, account)
            }
            return .refreshed(tokenLife: life(until: response.expiresAt))
        }
    }
}

// MARK: Captures

extension EffectRunner {
    private func sampleIdle() async {
        do throws(CaptureError) {
            let idle = try await surroundings.screen.idleTime()
            send(.idleSampled(.success(idle), taken: surroundings.clock.now().monotonic))
        } catch {
            send(.idleSampled(.failure(error), taken: surroundings.clock.now().monotonic))
        }
    }

    private func capture(_ account: Account, epoch: Int) async {
        let outcome = await captureOutcome(account)
        send(.captured(outcome, epoch: epoch, queue: await surroundings.spool.status))
    }

    private func captureOutcome(_ account: Account) async -> AppEvent.CaptureOutcome {
        let now = surroundings.clock.now()
        let image: CapturedImage
        do throws(CaptureError) {
            image = try await surroundings.screen.capture()
        } catch {
            return .failed(error)
        }
        do throws(SpoolError) {
            let item = try await surroundings.spool.add(
                png: image.png, at: clock.dated(WorkInstant(now)), account: account.id, server: account.server.text)
            return .queued(
                LastCapture(
                    id: item.id, at: clock.time(of: item.at), width: image.width, height: image.height,
                    bytes: image.png.count,
                    concealment: image.concealment))
        } catch {
            return .notKept(error)
        }
    }

    private func deliver(_ account: Account, epoch: Int) async {
        let outcome = await deliveryOutcome(account)
        send(.delivered(outcome, epoch: epoch, queue: await surroundings.spool.status))
    }

    private func deliveryOutcome(_ account: Account) async -> AppEvent.DeliveryOutcome {
        let spool = surroundings.spool
        await spool.keepUnkept()
        guard let token, let item = await spool.next(for: account.id, on: account.server.text, after: turns.start)
        else { return .nothing }
        turns.taken(sequence: item.sequence)
        do {
            guard item.isCapture else { return try await deliverWork(item, account, token: token) }
            let png = try await spool.image(of: item.id)
            let response = try await api(account).upload(
                png: png, capturedAt: clock.time(of: item.at), key: item.id, token: token)
            try await spool.remove(item.id)
            return .delivered(item.id, file: response.file)
        } catch let error as TrackerAPIError {
            return await undelivered(item, error)
        } catch let error as SpoolError {
            switch error {
            case .damaged(let id, let reason): return .putAside(id, reason: reason)
            // An upload that was out when its employee left and came back has taken it off the queue.
            case .noSuchItem: return .unanswered(reason: error.description)
            default: return .queueFailed(error)
            }
        } catch {
            return .unanswered(reason: "\(error)")
        }
    }

    private func undelivered(_ item: SpoolItem, _ error: TrackerAPIError) async -> AppEvent.DeliveryOutcome {
        if case .accountRemoved = error.failure { return .accountRemoved }
        switch error.verdict {
        case .untilLogin: return .loginEnded
        case .untilPasswordChange: return .passwordExpired
        case .later, .taken:
            guard error.isAnswer else { return .unanswered(reason: error.message) }
            turns.failed(item.id, sequence: item.sequence)
            return .postponed(reason: error.message, retryAfter: error.retryAfter)
        case .aside: return await putAside(item, error.message)
        }
    }

    private func putAside(_ item: SpoolItem, _ reason: String) async -> AppEvent.DeliveryOutcome {
        do throws(SpoolError) {
            try await surroundings.spool.putAside(item.id, reason: reason)
            return .putAside(item.id, reason: reason)
        } catch {
            return .queueFailed(error)
        }
    }
}
