import Shared

// Who is signed in: logins, the token, the logout.

extension EffectRunner {
    /// How long the end of the program waits for the answer to a logout.
    private static let logoutLimit: Duration = .seconds(1)
    /// Tokens are thought to live at least and at most this long, whatever the wall clocks on both sides show.
    private static let tokenLife: ClosedRange<Duration> = .seconds(600)...(.seconds(8 * 3600))

    func logIn(attempt: Generation, _ account: Account, password: String) {
        login?.cancel()
        login = Task {
            let result = await signIn(account) { (api) throws(TrackerAPIError) in
                try await api.logIn(email: account.email, password: password)
            }
            if !Task.isCancelled { send(.loginAnswered(attempt: attempt, result)) }
        }
    }

    func resume(attempt: Generation, _ login: KeptLogin) async {
        token = login.token
        keptLogin = login
        await keepQueueKey(of: login.account)
        let life = life(until: login.expiresAt)
        send(.loginAnswered(attempt: attempt, .success(await signIn(login.account, life: life, isKept: true))))
    }

    func changePassword(attempt: Generation, _ account: Account, _ change: PasswordChangeRequest) {
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
            if response.role == .employee, !response.mustChangePassword {
                await keepLogin(response, account)
                await askForQueueKeyFirst(account)
            }
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

    func life(until expiresAt: Timestamp) -> Duration {
        let life = Duration.milliseconds(expiresAt - clock.time(at: surroundings.clock.now()))
        return min(max(life, Self.tokenLife.lowerBound), Self.tokenLife.upperBound)
    }

    func logOut(_ account: Account) {
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
    func finishLogout() async {
        guard let logout else { return }
        await waiting(atMost: Self.logoutLimit) { await logout.value }
        logout.cancel()
    }
}
