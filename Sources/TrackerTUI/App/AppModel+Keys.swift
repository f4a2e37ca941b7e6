extension AppModel {
    mutating func press(_ key: Key) {
        // Where nothing is typed a paste is a slip, whatever is in it.
        if case .paste = key, !isTyping || question != nil { return }
        switch key {
        case .control("z"): effects.append(.suspend)
        case .control("v") where live.isLive, .character("v") where live.isLive && !isTyping: watch(.endPressed)
        case _ where question != nil: answer(key)
        case .control("c"): end(.quit, by: key)
        case _ where departure != nil: break
        case _ where showsHelp: showsHelp = false
        default:
            switch screen {
            case .login(let form): press(key, in: form)
            case .password(let form): press(key, in: form)
            case .status:
                if let prompt { press(key, in: prompt) } else { pressOnStatus(key) }
            }
        }
    }

    /// Letters go into a field.
    var isTyping: Bool { !showsHelp && (screen != .status || prompt != nil) }

    private mutating func press(_ key: Key, in form: LoginForm) {
        var form = form
        let outcome = form.handle(key)
        screen = .login(form)
        switch outcome {
        case .editing: break
        case .submitted(let account, let password): logIn(account, password: password)
        case .cancelled: cancelLogIn()
        case .quit: leave(.exit(0))
        }
    }

    private mutating func press(_ key: Key, in form: PasswordForm) {
        var form = form
        let outcome = form.handle(key)
        screen = .password(form)
        switch outcome {
        case .editing: break
        case .submitted(let current, let new):
            guard let account else { return }
            attempt += 1
            effects.append(.changePassword(attempt: attempt, account, current: current, new: new))
        case .left:
            cancelLogIn()
            if tracking.isSignedIn { screen = .status } else { leave(.logOut) }
        }
    }

    private mutating func press(_ key: Key, in prompt: PasswordPrompt) {
        var new = prompt
        switch key {
        case .escape:
            cancelLogIn()
            self.prompt = nil
            return
        case _ where prompt.isBusy: break
        case .enter:
            guard !prompt.field.text.isEmpty, let account else { break }
            new.isBusy = true
            new.error = nil
            logIn(account, password: prompt.field.text)
        default: _ = new.field.handle(key)
        }
        self.prompt = new
    }

    private mutating func pressOnStatus(_ key: Key) {
        switch KeyBinding.action(of: key) {
        case .start?: track(.startPressed)
        case .end(let ending)?: end(ending, by: key)
        case .help?: showsHelp = true
        case .scroll(let lines)?: scroll(by: lines)
        case .oldest?: reading = log.isEmpty ? nil : Reading(newer: log.count - 1)
        case .newest?: reading = nil
        case .askPassword?:
            switch tracking.block {
            case .password: prompt = PasswordPrompt()
            case .newPassword: screen = .password(PasswordForm(current: ""))
            case .accountRemoved?, nil: break
            }
        case .endLive?, nil: break
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

    /// The same key again or y is a yes, any other a no and nothing else.
    private mutating func answer(_ key: Key) {
        guard let asked = question else { return }
        question = nil
        if key == asked.key || key == .character("y") || key == .character("Y") { carryOut(asked.ending) }
    }

    private mutating func carryOut(_ ending: Question.Ending) {
        switch ending {
        case .stop: track(.stopPressed)
        case .logOut: leave(.logOut)
        case .quit: leave(.exit(0))
        }
    }
}
