extension AppModel {
    /// Stops the session first, and delivers what waits as far as there is time, which takes 2.5 seconds at most.
    mutating func leave(_ departure: Departure) {
        switch self.departure {
        case nil: self.departure = departure
        // Told to log out, and then to end: both.
        case .logOut?: self.departure = departure == .logOut ? .logOut : .quit
        case .quit?, .exit?: break
        }
        guard tracking.isSignedIn else {
            left()
            return
        }
        guard !tracking.isLeaving else { return }
        closeLive()
        deliver(.retryNow)
        let margin: Duration = .milliseconds(10)
        effects.append(.tick(after: TrackingSession.leavingGrace + margin))
        effects.append(.tick(after: TrackingSession.leavingLimit + margin))
        track(.leave)
    }

    mutating func left() {
        guard let departure else { return }
        self.departure = nil
        deliver(.signedOut)
        login.signedOut()
        switch departure {
        case .quit:
            if let account { effects.append(.logOut(account)) }
            note(.left)
            effects.append(.exit(0))
        case .exit(let code):
            if code == 0 { note(.left) }
            effects.append(.exit(code))
        case .logOut:
            if let account { effects.append(.logOut(account)) }
            screen = .login(LoginScreen(server: account?.server.text ?? options.server, email: account?.email ?? ""))
            overlay = nil
            account = nil
            lastCapture = nil
            holdup.ended()
            display.signedOut()
            keptInterval = nil
            messages = Messages()
        }
    }

    /// Ends the session where nobody can hear of it, and says once what is wrong where that may pass.
    mutating func listenerLost(_ loss: ListenerLoss) {
        guard loss != listenerLoss else { return }
        listenerLoss = loss
        switch loss {
        case .gone(let reason):
            note(.problem("The client ends: nobody reads these lines any more (\(reason))."))
            leave(.exit(1))
        case .failing(let reason):
            note(.problem("Tracking goes on, but these lines cannot be written (\(reason))."))
        }
    }
}
