import Metrics
import Shared
import Synchronization

/// Passwords and the tokens that they give, over the store.
struct Accounts: Sendable {
    let store: JSONFileStore
    let hasher: PasswordHasher
    let tokens: Tokens
    let rule: SignInRule
    let seal: FactorSeal
    /// Managers without a second factor may do nothing but set one up.
    let requiresSecondFactor: Bool
    let now: @Sendable () -> Timestamp
    let uses = LastUses()
    /// Counts passwords that are wrong.
    private let failures: Counter
    /// Counts those that were not even looked at, since too many waited.
    private let refusals: Counter
    private let throttle: Throttle

    init(
        store: JSONFileStore, hasher: PasswordHasher, tokens: Tokens, rule: SignInRule,
        seal: FactorSeal, requiresSecondFactor: Bool = false,
        now: @escaping @Sendable () -> Timestamp,
        failures: Counter, refusals: Counter
    ) {
        self.store = store
        self.hasher = hasher
        self.tokens = tokens
        self.rule = rule
        self.seal = seal
        self.requiresSecondFactor = requiresSecondFactor
        self.now = now
        self.failures = failures
        self.refusals = refusals
        throttle = Throttle(LoginThrottle(known: store.peek { $0.secrets.signIns }))
    }

    /// The account, if the password is its own, and the version of that password. Unknown accounts take as long and give
    /// the same answer.
    /// - Throws: ``APIError`` `invalid_credentials`, or ``TooManyAttempts``.
    func verify(
        email: String, password: String, from sender: PasswordSender
    ) async throws -> (user: User, version: Int) {
        let id = AccountID(email) ?? AccountID(stored: email)
        let (user, credential) = try await store.read { ($0.user(id), $0.credential(of: id)) }
        // Whoever may not try takes no place from those who may.
        let isNear = try throttle.check(account: id, sender: sender, at: now())
        let claim = HashQueue.Claim(
            line: .init(isManager: user?.role.isManager == true, isNear: isNear), network: sender.network,
            account: id.folded, isGuess: true)
        let matches = try await run(claim, sender) { [throttle, hasher, now] in
            try throttle.attempt(account: id, sender: sender, now: now) {
                try hasher.matches(password, credential?.verifier)
            }
        }
        guard matches, let user, let credential else {
            failures.increment()
            throw APIError.invalidCredentials
        }
        return (user, credential.version)
    }

    /// Which passwords the account may be given.
    func choice(of id: AccountID) -> PasswordChoice {
        PasswordChoice(account: id, organization: store.peek { $0.organization.value.name })
    }

    /// The verifier of a password that somebody sets.
    func hash(_ password: String, for identity: Identity, from sender: PasswordSender) async throws -> String {
        let claim = HashQueue.Claim(
            line: .init(isManager: identity.user.role.isManager, isNear: true), network: sender.network,
            account: identity.id.folded, isGuess: false)
        return try await run(claim, sender) { [hasher] in try hasher.verifier(of: password) }
    }

    private func run<Value: Sendable>(
        _ claim: HashQueue.Claim, _ sender: PasswordSender, _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        do {
            return try await hasher.run(claim, for: sender.connection, body)
        } catch let error as TooManyHashes {
            refusals.increment()
            throw error
        }
    }

    /// Signs an account in that has proved the password of this version; nil when it has another one meanwhile.
    /// - Parameter code: of its second factor, where it has one.
    /// - Throws: ``APIError`` `second_factor_required`, or `invalid_credentials` for a wrong code; ``TooManyAttempts``.
    func login(
        _ id: AccountID, version: Int, code: String?, from origin: SignInOrigin, _ sender: PasswordSender
    ) async throws -> LoginResponse? {
        let now = now()
        let admission = try await countingWrongCodes(of: id, from: sender) {
            try await store.transact { [rule, uses, seal] transaction -> Admission? in
                guard let user = transaction.state.user(id), let credential = transaction.state.credential(of: id),
                    credential.version == version
                else { return nil }
                try transaction.prove(id, by: code, seal, at: now)
                return transaction.signIn(user, credential, from: origin, rule, uses, at: now)
            }
        }
        guard let admission else { return nil }
        // Not the right password alone: with a second factor that is half of it.
        throttle.noteSignIn(account: id, network: sender.network, at: now)
        return try await login(admission)
    }

    /// Wrong codes are guesses like wrong passwords.
    func countingWrongCodes<Value: Sendable>(
        of account: AccountID, from sender: PasswordSender, _ body: () async throws -> Value
    ) async throws -> Value {
        try throttle.check(account: account, sender: sender, at: now())
        do {
            return try await body()
        } catch is WrongCode {
            throttle.noteFailure(account: account, sender: sender, at: now())
            failures.increment()
            throw APIError.wrongCode
        }
    }

    /// True for a manager who may do nothing before a second factor is set up.
    func mustSetUpSecondFactor(_ identity: Identity) -> Bool {
        requiresSecondFactor && identity.user.role.isManager && !identity.hasSecondFactor
    }

    /// A token of a sign-in.
    func login(_ admission: Admission) async throws -> LoginResponse {
        LoginResponse(
            token: try await tokens.make(for: admission.user, admission.signIn, at: now()), role: admission.user.role,
            expiresAt: admission.signIn.expiresAt, mustChangePassword: admission.mustChangePassword)
    }

    /// A new password lifts its account's limit on guessing, whoever set it: whom it was set for must be able to log in.
    func recorded(_ changes: [Change]) {
        for case .credentialSet(let id, _) in changes { throttle.lift(id) }
    }

    /// Whose token it is.
    /// - Throws: ``APIError`` `invalid_token`, or `account_removed` for a token of this server's whose account is gone.
    func identity(token: String, isByCookie: Bool) async throws(APIError) -> Identity {
        guard let claims = await tokens.claims(of: token) else { throw .invalidToken }
        return try identity(.token(claims), isByCookie: isByCookie)
    }

    /// Whose token or key it is that stands in a request's header.
    /// - Throws: as ``identity(token:isByCookie:)``.
    func identity(bearer text: String) async throws(APIError) -> Identity {
        guard let secret = APIKey.Secret(text) else { return try await identity(token: text, isByCookie: false) }
        let digest = secret.digest
        guard let key = store.peek({ $0.secrets.keys.key(withDigest: digest) }) else { throw .invalidToken }
        return try identity(.key(key), isByCookie: false)
    }

    private func identity(_ proof: Proof, isByCookie: Bool) throws(APIError) -> Identity {
        let now = now()
        let isCurrent = proof.expiresAt > now
        let identity = store.peek { isCurrent ? $0.identity(of: proof, isByCookie: isByCookie) : nil }
        guard let identity else { throw store.peek { $0.refusal(of: proof) } }
        uses.note(proof.id, of: identity.id, at: now)
        return identity
    }
}

extension JSONFileStore {
    /// Makes an administrator, or gives an existing account that role and a password.
    /// - Parameter name: nil leaves it as it is.
    func setAdministrator(
        _ id: AccountID, name: String? = nil, verifier: String, at now: Timestamp
    ) async throws {
        try await transact(by: .server) { transaction in
            if transaction.state.user(id) == nil {
                transaction.record(
                    .accountAdded(User(email: id.spelling, name: name ?? "", role: .superAdmin, createdAt: now)))
            } else {
                transaction.record(.accountRoleChanged(id, .superAdmin))
                if let name { transaction.record(.accountRenamed(id, name: name)) }
            }
            let credential = transaction.state.newCredential(of: id, verifier: verifier, mustChangePassword: false)
            transaction.record(.credentialSet(id, credential))
            transaction.record(.keysEnded(id))
            transaction.record(.factorRemoved(id))
        }
    }
}

extension TrackerState {
    /// True when somebody can log in as administrator.
    var hasAdministrator: Bool {
        accounts.contains { $0.role == .superAdmin && credential(of: $0.id)?.verifier != nil }
    }

    /// A new password: it raises the version, so that older tokens end.
    func newCredential(of id: AccountID, verifier: String, mustChangePassword: Bool) -> Credential {
        Credential(
            verifier: verifier, version: (credential(of: id)?.version ?? 0) + 1,
            mustChangePassword: mustChangePassword)
    }
}

/// Too many failed logins; `seconds` until the next attempt is allowed.
struct TooManyAttempts: Error, Sendable, Hashable {
    let seconds: Int
}

/// The one place where failures are remembered.
private final class Throttle: Sendable {
    private let state: Mutex<LoginThrottle>

    init(_ throttle: LoginThrottle) { state = Mutex(throttle) }

    func lift(_ account: AccountID) { state.withLock { $0.lift(account) } }

    /// True when the sender is no stranger to the account.
    /// - Throws: ``TooManyAttempts``.
    @discardableResult
    func check(account: AccountID, sender: PasswordSender, at now: Timestamp) throws(TooManyAttempts) -> Bool {
        let (seconds, place) = state.withLock {
            ($0.retryAfter(account: account, sender: sender, at: now), $0.place(of: sender, for: account, at: now))
        }
        if let seconds { throw TooManyAttempts(seconds: seconds) }
        return place != .elsewhere
    }

    /// Runs `matches` unless there were too many failures, and notes one more. Blocks as long as `matches` does.
    func attempt(
        account: AccountID, sender: PasswordSender, now: () -> Timestamp, matches: () throws -> Bool
    ) throws -> Bool {
        try check(account: account, sender: sender, at: now())
        let isRight = try matches()
        if !isRight { noteFailure(account: account, sender: sender, at: now()) }
        return isRight
    }

    func noteSignIn(account: AccountID, network: String, at now: Timestamp) {
        state.withLock { $0.noteSignIn(account: account, network: network, at: now) }
    }

    func noteFailure(account: AccountID, sender: PasswordSender, at now: Timestamp) {
        state.withLock { $0.noteFailure(account: account, sender: sender, at: now) }
    }
}
