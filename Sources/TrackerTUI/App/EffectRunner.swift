import Files
import FoundationEssentials
import Shared

/// Does what the model decides. Everything that takes time runs beside the loop and comes back as an event.
actor EffectRunner {
    private let surroundings: Surroundings
    private let send: @Sendable (AppEvent) -> Void
    /// The token of the account that is signed in.
    private var token: String?
    private var login: Task<Void, Never>?
    private var logout: Task<Void, Never>?
    private let live: LiveRunner

    /// How long the end of the program waits for the answer to a logout.
    private static let logoutLimit: Duration = .seconds(1)
    /// Tokens are thought to live at least and at most this long, whatever the wall clocks on both sides show.
    private static let tokenLife: ClosedRange<Duration> = .seconds(600)...(.seconds(8 * 3600))

    init(surroundings: Surroundings, send: @escaping @Sendable (AppEvent) -> Void) {
        self.surroundings = surroundings
        self.send = send
        live = LiveRunner(surroundings: surroundings, send: send)
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
        case .send(let request, let account):
            ask(request, account)
        case .sampleIdle:
            Task { await sampleIdle() }
        case .capture(let account, let epoch):
            Task { await capture(account, epoch: epoch) }
        case .deliver(let account, let epoch):
            Task { await deliver(account, epoch: epoch) }
        case .keepIdle(let seconds, let account):
            await keepIdle(seconds, account)
        case .openLive(let account, let link):
            await live.open(account.server, link: link) { [weak self] in await self?.token }
        case .closeLive:
            await live.close()
        case .sendFrame(let account, let round, let mustSend):
            await live.allowFrames(of: round)
            Task { await live.sendFrame(account, round: round, mustSend: mustSend) }
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
            let response = try await ask(surroundings.api(account.server))
            if !Task.isCancelled { token = response.token }
            return .success(
                AppEvent.SignIn(
                    role: response.role, mustChangePassword: response.mustChangePassword,
                    tokenLife: life(of: response), carriedIdle: await carriedIdle(account),
                    queue: await surroundings.spool.status))
        } catch {
            return .failure(error)
        }
    }

    private func life(of response: LoginResponse) -> Duration {
        let life = Duration.milliseconds(response.expiresAt - surroundings.clock.now().wall)
        return min(max(life, Self.tokenLife.lowerBound), Self.tokenLife.upperBound)
    }

    private func logOut(_ account: Account) {
        login?.cancel()
        guard let token else { return }
        self.token = nil
        let api = surroundings.api(account.server)
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

    private func problem(_ sentence: String) -> LogEntry {
        LogEntry(at: surroundings.clock.now().wall, note: .problem(sentence))
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
        let api = surroundings.api(account.server)
        switch kind {
        case .start:
            let (session, isNew) = try await api.startWork(token: token)
            return .started(session, isNew: isNew)
        case .heartbeat(let idle):
            return .beaten(idleSeconds: try await api.heartbeat(idleSeconds: idle, token: token).idleSeconds)
        case .stop(let idle):
            return .stopped(try await api.stopWork(idleSeconds: idle, token: token))
        case .day:
            let interval = try await api.captureInterval(
                defaultSeconds: surroundings.defaultInterval, token: token)
            return .day(try await api.workDay(token: token), intervalSeconds: interval)
        case .refresh:
            let response = try await api.refresh(token: token)
            // Whoever has logged out or in meanwhile has another token.
            if self.token == token { self.token = response.token }
            return .refreshed(tokenLife: life(of: response))
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
        let capturedAt = surroundings.clock.now().wall
        let image: CapturedImage
        do throws(CaptureError) {
            image = try await surroundings.screen.capture()
        } catch {
            return .failed(error)
        }
        do throws(SpoolError) {
            let item = try await surroundings.spool.add(
                png: image.png, capturedAt: capturedAt, account: account.id, server: account.server.text)
            return .queued(
                LastCapture(
                    id: item.id, at: capturedAt, width: image.width, height: image.height, bytes: image.png.count,
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
        guard let token, let item = await spool.next(for: account.id, on: account.server.text) else { return .nothing }
        do {
            let png = try await spool.image(of: item.id)
            let response = try await surroundings.api(account.server).upload(
                png: png, capturedAt: item.capturedAt, key: item.id, token: token)
            try await spool.remove(item.id)
            return .delivered(item.id, file: response.file)
        } catch let error as TrackerAPIError {
            return await undelivered(item, error)
        } catch let error as SpoolError {
            switch error {
            case .damaged(let id, let reason): return .putAside(id, reason: reason)
            // An upload that was out when its employee left and came back has taken it off the queue.
            case .noSuchItem: return .postponed(reason: error.description, retryAfter: nil)
            default: return .queueFailed(error)
            }
        } catch {
            return .postponed(reason: "\(error)", retryAfter: nil)
        }
    }

    private func undelivered(_ item: SpoolItem, _ error: TrackerAPIError) async -> AppEvent.DeliveryOutcome {
        switch error.failure {
        case .loginEnded: return .loginEnded
        case .passwordExpired: return .passwordExpired
        case .tryLater(let reason, let retryAfter): return .postponed(reason: reason, retryAfter: retryAfter)
        case .unreachable(let reason): return .postponed(reason: reason, retryAfter: nil)
        case .refused(let reason): return await putAside(item, reason)
        case .noActiveSession: return await putAside(item, error.message)
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

// MARK: Idle time on disk

extension EffectRunner {
    private func keepIdle(_ seconds: Int, _ account: Account) async {
        do throws(FileError) {
            try await surroundings.idleNote.keep(seconds: seconds, account: account.id, server: account.server.text)
        } catch {
            surroundings.record(problem("The idle time could not be kept on disk: \(error)"))
        }
    }

    private func carriedIdle(_ account: Account) async -> Int {
        do throws(FileError) {
            return try await surroundings.idleNote.seconds(account: account.id, server: account.server.text)
        } catch {
            surroundings.record(problem("The idle time of the last run could not be read: \(error)"))
            return 0
        }
    }
}
