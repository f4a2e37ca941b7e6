import Shared

extension AppModel {
    /// To be called once, before the first event. Whoever has not logged out goes on; without a screen the password is there,
    /// and the server is asked first.
    mutating func start(at now: Moment) -> [Effect] {
        launch = now
        if options.isHeadless { logInHeadless() } else if let kept = options.login { resume(kept) }
        defer { effects = [] }
        return effects
    }

    private mutating func resume(_ kept: KeptLogin) {
        useClock(of: kept.account.server)
        account = kept.account
        screen = .status(StatusScreen())
        effects.append(.resume(attempt: login.begin(), kept))
    }

    mutating func logInHeadless() {
        guard let server = BackendURL(options.server), let id = AccountID(options.email) else { return }
        logIn(Account(id: id, server: server), password: options.password)
    }

    mutating func logIn(_ account: Account, password: String) {
        useClock(of: account.server)
        self.account = account
        effects.append(.logIn(attempt: login.begin(), account, password: password))
    }

    mutating func cancelLogIn() {
        login.cancel()
        effects.append(.cancelLogIn)
    }

    mutating func changePassword(from current: String, to new: String) {
        guard let account else { return }
        effects.append(.changePassword(attempt: login.begin(), account, current: current, new: new))
    }
}

// MARK: Answers

extension AppModel {
    mutating func loginAnswered(attempt: Generation, _ result: Result<AppEvent.SignIn, TrackerAPIError>) {
        guard attempt == login.attempt else { return }
        switch result {
        case .failure(let error): loginFailed(error)
        case .success(let signIn) where signIn.role != .employee:
            if let account { effects.append(.logOut(account)) }
            refuseLogin("This account is a manager's: hours are tracked for employees only.")
        case .success(let signIn) where signIn.mustChangePassword: mustChangePassword()
        case .success(let signIn): signedIn(signIn)
        }
    }

    mutating func passwordAnswered(attempt: Generation, _ result: Result<AppEvent.SignIn, TrackerAPIError>) {
        guard attempt == login.attempt, case .password = screen else { return }
        switch result {
        case .success(let signIn):
            note(.passwordChanged)
            signedIn(signIn)
        case .failure(let error): screen.refused(error.message)
        }
    }

    private mutating func loginFailed(_ error: TrackerAPIError) {
        let kept = options.login.flatMap { $0.account == account ? $0 : nil }
        let failure = login.failed(
            error, isSignedIn: tracking.isSignedIn, mayResume: kept != nil, at: now.monotonic, jitter: jitter())
        switch failure {
        case .refused: refuseLogin(error.message)
        case .retried(let words): if let words { note(words) }
        case .resumed: if let kept { resume(kept) }
        }
    }

    private mutating func refuseLogin(_ reason: String) {
        note(.loginFailed(reason))
        if options.isHeadless { leave(.exit(1)) } else { screen.refused(reason) }
    }

    private mutating func mustChangePassword() {
        if options.isHeadless {
            let kept = tracking.isSignedIn ? " \(Login.keptWhenLeaving)" : ""
            refuseLogin("This password is a temporary one: log in once with a screen and set one of your own.\(kept)")
            return
        }
        let current =
            switch screen {
            case .login(let screen): screen[.password].text
            case .status(let screen): screen.typedPassword
            default: String?.none
            }
        screen = .password(PasswordScreen(current: current ?? ""))
    }

    private mutating func signedIn(_ signIn: AppEvent.SignIn) {
        login.signedIn(isFirst: !tracking.isSignedIn)
        told(signIn.queue)
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
        if link.state != .up { openLive() }
    }
}

// MARK: The login has ended

extension AppModel {
    /// Asks for a new one while tracking goes on.
    mutating func askForLogin() {
        switch login.demand(tracking.block) {
        case nil: break
        case .logIn?: logInHeadless()
        case .password?: screen = .status(StatusScreen(isAsking: true))
        case .newPassword?: screen = .password(PasswordScreen(current: ""))
        case .nothing?: if case .status = screen { screen = .status(StatusScreen()) }
        case .exit(let words)?:
            if departure == nil, let words { note(words) }
            leave(.exit(1))
        }
    }

    /// The employee wants to be asked.
    mutating func askPassword() {
        switch tracking.block {
        case .password: screen = .status(StatusScreen(isAsking: true))
        case .newPassword: screen = .password(PasswordScreen(current: ""))
        case .accountRemoved?, nil: break
        }
    }
}
