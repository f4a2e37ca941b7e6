import Shared

// The key that the queue of whoever is signed in is encrypted under.

extension EffectRunner {
    /// How long a login waits for it, so that there is a key before anything is queued.
    private static let queueKeyPatience: Duration = .seconds(3)

    /// At a login: also where there is a key, the server may hand out another one by now.
    func askForQueueKeyFirst(_ account: Account) async {
        wantsQueueKey = true
        queueKeyNotBefore = .zero
        let asking = Task { await askForQueueKey(account) }
        await waiting(atMost: Self.queueKeyPatience) { await asking.value }
    }

    /// With the login of an earlier run: the key is asked for where it is missing, once the server answers at all.
    func keepQueueKey(of account: Account) async {
        wantsQueueKey = await !surroundings.spool.hasKey(of: account.owner)
        await onDisk("Keys that are not needed could not be removed from the disk") { () throws(SpoolError) in
            try await surroundings.spool.signedIn(as: account.owner)
        }
    }

    func askForQueueKey(_ account: Account) async {
        guard wantsQueueKey, let token, surroundings.clock.now().monotonic >= queueKeyNotBefore else { return }
        do throws(TrackerAPIError) {
            let key = try await api(account).queueKey(token: token)
            guard wantsQueueKey, keptLogin?.account == account else { return }
            wantsQueueKey = false
            queueKeyTrouble = nil
            guard let key else {
                let reason = "\(account.server.text) is of an earlier version and hands out no key"
                return surroundings.record(problem("What waits in the queue is not encrypted: \(reason)."))
            }
            await onDisk("The queue's key could not be kept on disk") { () throws(SpoolError) in
                try await surroundings.spool.keep(key, of: account.owner)
            }
            // Whoever has logged out meanwhile has done so before the key was kept.
            if keptLogin?.account != account { await releaseQueueKey() }
        } catch {
            if let pause = error.retryAfter { queueKeyNotBefore = surroundings.clock.now().monotonic + pause }
            guard error.message != queueKeyTrouble else { return }
            queueKeyTrouble = error.message
            surroundings.record(problem("The queue's key is not known yet: \(error.message)"))
        }
    }

    /// Nobody is signed in any more, or somebody else is: the key goes with the last item that needs it.
    func releaseQueueKey() async {
        await onDisk("The queue's key could not be removed from the disk") { () throws(SpoolError) in
            try await surroundings.spool.signedIn(as: keptLogin?.account.owner)
        }
    }

    private func onDisk(_ sentence: String, _ body: () async throws(SpoolError) -> Void) async {
        do throws(SpoolError) {
            try await body()
        } catch {
            surroundings.record(problem("\(sentence): \(error)"))
        }
    }
}
