import Files
import FoundationEssentials
import Shared

// What the disk has for the next run.

extension EffectRunner {
    func keepWork(_ work: KeptWork?, _ account: Account) async {
        await onDisk("The work under way could not be kept on disk") { () throws(FileError) in
            try await surroundings.state.keep(work: work, of: account)
        }
    }

    func noteWorking(_ moment: Moment, idleSeconds: Int) async {
        await onDisk("That work goes on could not be noted on disk") { () throws(FileError) in
            try await surroundings.state.beat(at: moment, idleSeconds: idleSeconds)
        }
    }

    /// Another account's goes into the queue: nobody of this run goes on with it.
    func workOfEarlierRun(_ account: Account) async -> KeptWork? {
        var found: (KeptWork, SpoolOwner)?
        await onDisk("The work of the last run could not be read") { () throws(FileError) in
            found = try await surroundings.state.work()
        }
        guard let (work, owner) = found else { return nil }
        if owner == account.owner { return work }
        guard let server = BackendURL(owner.server) else { return nil }
        for stretch in work.stretches where stretch.length >= WorkStretch.shortest {
            await keepSpan(stretch, Account(id: owner.account, server: server))
        }
        await keepWork(nil, account)
        return nil
    }

    func keepLogin(_ response: LoginResponse, _ account: Account) async {
        let before = keptLogin.flatMap { $0.account == account ? $0 : nil }
        keptLogin = KeptLogin(
            account: account, token: response.token, expiresAt: response.expiresAt, interval: before?.interval,
            clock: clock.kept ?? before?.clock)
        await keepLogin()
    }

    func keepLogin() async {
        guard let keptLogin else { return }
        await onDisk("The login could not be kept on disk") { () throws(FileError) in
            try await surroundings.state.keep(login: keptLogin)
        }
    }

    func forgetLogin() async {
        keptLogin = nil
        await onDisk("The login could not be removed from the disk") { () throws(FileError) in
            try await surroundings.state.keep(login: nil)
        }
    }

    func dateBy(_ clock: ServerClock) async {
        self.clock = clock
        if !clock.isKnown { hasRetriedTimes = false }
        guard let kept = clock.kept else { return }
        // Knowing it a little better is not worth a write.
        let known = keptLogin?.clock
        if keptLogin != nil, known?.bootID != kept.bootID || abs((known?.difference ?? 0) - kept.difference) > 1000 {
            keptLogin?.clock = kept
            await keepLogin()
        }
        await retryTimes()
    }

    /// What was refused for its time alone goes out when its time is known, or has come.
    private func retryTimes() async {
        guard !hasRetriedTimes else { return }
        hasRetriedTimes = true
        let (clock, now) = (clock, clock.time(at: surroundings.clock.now()))
        do throws(SpoolError) {
            try await surroundings.spool.retryTimes {
                let time = clock.time(of: $0)
                return time <= now && now - time < WorkSpan.oldest
            }
        } catch {
            surroundings.record(problem("What was put aside for its time could not be looked at: \(error)"))
        }
        send(.queueChanged(await surroundings.spool.status))
    }

    private func onDisk(_ sentence: String, _ body: () async throws(FileError) -> Void) async {
        do throws(FileError) {
            try await body()
        } catch {
            surroundings.record(problem("\(sentence): \(error)"))
        }
    }
}
