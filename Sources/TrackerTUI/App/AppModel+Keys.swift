extension AppModel {
    mutating func press(_ key: Key) {
        // Where nothing is typed a paste is a slip, whatever is in it.
        if case .paste = key, !isTyping || question != nil { return }
        switch everywhere(key) {
        case .suspend?: effects.append(.suspend)
        case .endLive? where live.isLive: watch(.endPressed)
        case _ where question != nil: answer(key)
        case .end(let ending)?: end(ending, by: key)
        case _ where departure != nil: break
        default:
            guard let command = pressOnScreen(key) else { break }
            carryOut(command, by: key)
        }
    }

    var shown: AnyScreen { overlay ?? screen }

    /// Letters go into a field.
    var isTyping: Bool { shown.screen.isTyping }

    /// What the key does on every screen. Where nothing is typed the letter that ends live view does so, too.
    private func everywhere(_ key: Key) -> Command? {
        let bindings = HelpScreen.bindings
        if !isTyping, bindings.action(of: key) == .endLive { return .endLive }
        return bindings.actionEverywhere(of: key)
    }

    private mutating func pressOnScreen(_ key: Key) -> Command? {
        overlay == nil ? screen.handle(key) : overlay?.handle(key)
    }

    private mutating func carryOut(_ command: Command, by key: Key) {
        switch command {
        case .logIn(let account, let password): logIn(account, password: password)
        case .logInAgain(let password): if let account { logIn(account, password: password) }
        case .cancelLogIn: cancelLogIn()
        case .changePassword(let current, let new): changePassword(from: current, to: new)
        case .leavePassword:
            cancelLogIn()
            if tracking.isSignedIn { screen = .status(StatusScreen()) } else { leave(.logOut) }
        case .start: track(.startPressed)
        case .end(let ending): end(ending, by: key)
        case .endLive: watch(.endPressed)
        case .askPassword: askPassword()
        case .show(let screen): overlay = screen
        case .back: overlay = nil
        case .scroll(let lines): scroll(by: lines)
        case .oldest: messages.showOldest()
        case .newest: messages.showNewest()
        case .suspend: effects.append(.suspend)
        }
    }
}

// MARK: Ending what is tracked

extension AppModel {
    private mutating func end(_ ending: Question.Ending, by key: Key) {
        if options.asksBeforeStopping, tracking.isTracking, departure == nil {
            question = Question(ending: ending, key: key)
        } else {
            carryOut(ending)
        }
    }

    private mutating func answer(_ key: Key) {
        guard let asked = question else { return }
        question = nil
        if asked.isYes(key) { carryOut(asked.ending) }
    }

    private mutating func carryOut(_ ending: Question.Ending) {
        switch ending {
        case .stop: track(.stopPressed)
        case .logOut: leave(.logOut)
        case .quit: leave(.quit)
        }
    }
}
