import Shared

/// The course of a login: which answer counts, what a refused one leads to, and who is asked when it has ended.
struct Login: Sendable {
    /// What becomes of a login that has failed.
    enum Failure: Sendable, Hashable {
        case refused
        /// It is tried again by itself, see ``isDue(at:)``.
        case retried(Note?)
        /// Work goes on with the login of an earlier run.
        case resumed
    }

    /// What is wanted while requests are blocked.
    enum Demand: Sendable, Hashable {
        /// With the password that was given.
        case logIn
        /// From whoever sits before the screen.
        case password, newPassword
        /// There is no account to ask for any more.
        case nothing
        /// A client without a screen can do nothing about it.
        case exit(Note?)
    }

    /// Between a headless client's attempts with a password that was refused: the server closes an account after ten in a
    /// quarter of an hour.
    static let refusalPauses: ClosedRange<Duration> = .seconds(60)...(.seconds(960))
    static let keptWhenLeaving = "What was worked until now is kept, and delivered by the next start within 7 days."

    /// Nobody is there to be asked.
    let isHeadless: Bool
    /// Of the attempts to log in and to change the password: the answer to an earlier one is not wanted any more.
    private(set) var attempt = Generation()
    /// Of the logins, raised at each sign-in and sign-out: what was begun for one and ends late does nothing to the next.
    private(set) var epoch = Generation()
    /// The epoch that this employee's tracking began with; a login that was asked for again meanwhile is a later one.
    private var firstEpoch = Generation()
    /// Somebody has been asked for a new login since the last one ended.
    private var isAsking = false
    /// When a headless client logs in again.
    private var nextAttempt: Duration?
    private var pause = RetryPause()
    /// Attempts in a row of a headless client that tracks whose password was refused.
    private var refusals = 0

    init(isHeadless: Bool) { self.isHeadless = isHeadless }

    /// - Returns: the attempt that begins now. No earlier one is waited for.
    mutating func begin() -> Generation {
        attempt.advance()
        nextAttempt = nil
        return attempt
    }

    /// The attempt that is under way is not waited for any more.
    mutating func cancel() { attempt.advance() }

    func isDue(at now: Duration) -> Bool { nextAttempt.map { now >= $0 } ?? false }

    /// - Parameter isFirst: nobody was signed in before.
    mutating func signedIn(isFirst: Bool) {
        epoch.advance()
        refusals = 0
        if isFirst { firstEpoch = epoch }
    }

    mutating func signedOut() {
        epoch.advance()
        firstEpoch = epoch
    }

    /// What was begun then is of whoever is signed in, perhaps with an earlier token.
    func isOfThisEmployee(_ epoch: Generation) -> Bool { epoch >= firstEpoch }
}

// MARK: When it fails

extension Login {
    /// - Parameters:
    ///   - isSignedIn: an earlier login has succeeded, and tracking goes on.
    ///   - mayResume: there is a login of an earlier run for the account.
    ///   - jitter: random, from 0 to 1.
    mutating func failed(
        _ error: TrackerAPIError, isSignedIn: Bool, mayResume: Bool, at now: Duration, jitter: Double
    ) -> Failure {
        guard isHeadless else { return .refused }
        switch error.failure {
        case .unreachable, .tryLater:
            guard isSignedIn else { return postponed(error, mayResume: mayResume, at: now, jitter: jitter) }
            nextAttempt = now + max(error.retryAfter ?? .zero, RetryPause.longest)
            return .retried(nil)
        case .accountRemoved: return .refused
        default: return isSignedIn ? .retried(refused(error.message, at: now)) : .refused
        }
    }

    /// Nobody is there to ask again: the client does so, and works meanwhile if it may.
    private mutating func postponed(
        _ error: TrackerAPIError, mayResume: Bool, at now: Duration, jitter: Double
    ) -> Failure {
        let isFirst = pause.failures == 0
        if isFirst, mayResume { return .resumed }
        pause.failed(at: now, jitter: jitter, retryAfter: error.retryAfter)
        nextAttempt = pause.until
        return .retried(isFirst ? .notTracked(until: "somebody can log in", error.message) : nil)
    }

    /// Tracking goes on: the password may be right again, and nobody is there to type another one.
    private mutating func refused(_ reason: String, at now: Duration) -> Note {
        let pause = min(Self.refusalPauses.lowerBound * (1 << min(refusals, 10)), Self.refusalPauses.upperBound)
        refusals += 1
        nextAttempt = now + pause
        return .loginRetried(reason, pause: pause)
    }
}

// MARK: When it has ended

extension Login {
    /// Asks once, until requests go out again.
    ///
    /// - Parameter block: why they do not; nil: they do.
    mutating func demand(_ block: TrackingSession.Block?) -> Demand? {
        switch block {
        case nil:
            isAsking = false
            return nil
        case .accountRemoved?: return isHeadless ? .exit(nil) : .nothing
        case .newPassword? where isHeadless:
            return .exit(.loginFailed("The client ends: log in once with a screen. \(Self.keptWhenLeaving)"))
        case .password? where isHeadless && nextAttempt != nil: return nil
        case .password?, .newPassword?:
            defer { isAsking = true }
            guard !isAsking else { return nil }
            return block == .newPassword ? .newPassword : isHeadless ? .logIn : .password
        }
    }
}
