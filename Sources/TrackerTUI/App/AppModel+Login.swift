import Shared

extension AppModel {
    /// To be called once, before the first event. Whoever has not logged out goes on; without a screen the password is there,
    /// and the server is asked first.
    mutating func start(at now: Moment) -> [Effect] {
        launch = now
        if options.isHeadless { logInHeadless() } else if let login = options.login { resume(login) }
        defer { effects = [] }
        return effects
    }

    private mutating func resume(_ login: KeptLogin) {
        attempt += 1
        useClock(of: login.account.server)
        account = login.account
        screen = .status(StatusScreen())
        effects.append(.resume(attempt: attempt, login))
    }

    mutating func logInHeadless() {
        nextLogin = nil
        guard let server = BackendURL(options.server), let id = AccountID(options.email) else { return }
        logIn(Account(id: id, server: server), password: options.password)
    }

    mutating func cancelLogIn() {
        attempt += 1
        effects.append(.cancelLogIn)
    }

    mutating func changePassword(from current: String, to new: String) {
        guard let account else { return }
        attempt += 1
        effects.append(.changePassword(attempt: attempt, account, current: current, new: new))
    }

    mutating func logIn(_ account: Account, password: String) {
        attempt += 1
        useClock(of: account.server)
        self.account = account
        effects.append(.logIn(attempt: attempt, account, password: password))
    }

    mutating func loginAnswered(attempt: Int, _ result: Result<AppEvent.SignIn, TrackerAPIError>) {
        guard attempt == self.attempt else { return }
        switch result {
        case .failure(let error): loginFailed(error)
        case .success(let signIn) where signIn.role != .employee:
            if let account { effects.append(.logOut(account)) }
            refuseLogin("This account is a manager's: hours are tracked for employees only.")
        case .success(let signIn) where signIn.mustChangePassword: mustChangePassword()
        case .success(let signIn): signedIn(signIn)
        }
    }

    /// Between a headless client's attempts with a password that was refused: the server closes an account after ten in a
    /// quarter of an hour.
    static let refusalPauses: ClosedRange<Duration> = .seconds(60)...(.seconds(960))

    private mutating func loginFailed(_ error: TrackerAPIError) {
        guard options.isHeadless else { return refuseLogin(error.message) }
        switch error.failure {
        case .unreachable, .tryLater: postponeLogin(error)
        case .accountRemoved: refuseLogin(error.message)
        default: if tracking.isSignedIn { retryRefusedLogin(error.message) } else { refuseLogin(error.message) }
        }
    }

    /// Tracking goes on: the password may be right again, and nobody is there to type another one.
    private mutating func retryRefusedLogin(_ reason: String) {
        let pause = min(Self.refusalPauses.lowerBound * (1 << min(refusedLogins, 10)), Self.refusalPauses.upperBound)
        refusedLogins += 1
        nextLogin = now.monotonic + pause
        note(.loginRetried(reason, pause: pause))
    }

    /// Nobody is there to ask again: the client does so, and works meanwhile if it may.
    private mutating func postponeLogin(_ error: TrackerAPIError) {
        guard !tracking.isSignedIn else {
            nextLogin = now.monotonic + max(error.retryAfter ?? .zero, RetryPause.longest)
            return
        }
        if let login = options.login, login.account == account, loginPause.failures == 0 {
            resume(login)
        } else {
            if loginPause.failures == 0 { note(.notTracked(until: "somebody can log in", error.message)) }
            loginPause.failed(at: now.monotonic, jitter: jitter(), retryAfter: error.retryAfter)
            nextLogin = loginPause.until
        }
    }

    private mutating func refuseLogin(_ reason: String) {
        note(.loginFailed(reason))
        if options.isHeadless { leave(.exit(1)) } else { screen.refuse(reason) }
    }

    private mutating func mustChangePassword() {
        if options.isHeadless {
            let kept = tracking.isSignedIn ? " \(Self.keptWhenLeaving)" : ""
            refuseLogin("This password is a temporary one: log in once with a screen and set one of your own.\(kept)")
            return
        }
        let current =
            switch screen {
            case .login(let screen): screen[.password].text
            case .status(let screen): screen.prompt?.fields[0].text.text
            default: String?.none
            }
        screen = .password(PasswordScreen(current: current ?? ""))
    }

    private static let keptWhenLeaving =
        "What was worked until now is kept, and delivered by the next start within 7 days."

    private mutating func signedIn(_ signIn: AppEvent.SignIn) {
        epoch += 1
        refusedLogins = 0
        if !tracking.isSignedIn { firstEpoch = epoch }
        queue = signIn.queue
        screen = .status(StatusScreen())
        keptInterval = signIn.interval
        if let account {
            note(
                signIn.isKept
                    ? .stillSignedIn(email: account.email)
                    : .signedIn(email: account.email, server: account.server.text))
        }
        track(.signedIn(tokenLife: signIn.tokenLife, earlier(signIn)))
        launch = nil
        deliver(.signedIn)
        if link != .up { openLive() }
    }

    mutating func passwordAnswered(attempt: Int, _ result: Result<AppEvent.SignIn, TrackerAPIError>) {
        guard attempt == self.attempt, case .password = screen else { return }
        switch result {
        case .success(let signIn):
            note(.passwordChanged)
            signedIn(signIn)
        case .failure(let error):
            screen.refuse(error.message)
        }
    }

    /// The login has ended while tracking goes on: ask on the same screen.
    mutating func askForLogin() {
        switch tracking.block {
        case nil: break
        case .password where options.isHeadless:
            if nextLogin == nil, !isAskingAgain {
                isAskingAgain = true
                logInHeadless()
            }
        case .newPassword where options.isHeadless:
            if departure == nil {
                note(.loginFailed("The client ends: log in once with a screen. \(Self.keptWhenLeaving)"))
            }
            leave(.exit(1))
        case .accountRemoved where options.isHeadless: leave(.exit(1))
        case .accountRemoved:
            // There is nothing to ask for any more.
            if case .status = screen { screen = .status(StatusScreen()) }
        case .password:
            if !isAskingAgain { screen = .status(StatusScreen(isAsking: true)) }
            isAskingAgain = true
        case .newPassword:
            if !isAskingAgain { screen = .password(PasswordScreen(current: "")) }
            isAskingAgain = true
        }
        if tracking.block == nil { isAskingAgain = false }
    }
}
