import Shared
import Synchronization

/// Passwords and the tokens that they give, over the store.
struct Accounts: Sendable {
    let store: any Store
    let hasher: PasswordHasher
    let tokens: Tokens
    let now: @Sendable () -> Timestamp
    private let throttle = Throttle()

    init(store: any Store, hasher: PasswordHasher, tokens: Tokens, now: @escaping @Sendable () -> Timestamp) {
        self.store = store
        self.hasher = hasher
        self.tokens = tokens
        self.now = now
    }

    /// The account, if the password is its own. Unknown accounts take as long and give the same answer.
    /// - Throws: ``APIError`` `invalid_credentials`, or ``TooManyAttempts``.
    func verify(email: String, password: String, address: String) async throws -> User {
        let id = AccountID(email) ?? AccountID(stored: email)
        let (user, verifier) = try await store.read { ($0.user(id), $0.credential(of: id)?.verifier) }
        let matches = try await hasher.onLane(of: id.spelling.lowercased()) { [throttle, hasher, now] in
            try throttle.attempt(account: id, address: address, now: now) {
                try hasher.matches(password, verifier)
            }
        }
        guard matches, let user else { throw APIError(.invalidCredentials, "Invalid credentials") }
        return user
    }

    /// A password's verifier and the version it gets.
    func hash(_ password: String) async throws -> String {
        try await hasher.onLane(of: password) { [hasher] in try hasher.verifier(of: password) }
    }

    /// A fresh token for the account as it is now.
    func login(_ id: AccountID) async throws -> LoginResponse {
        let (user, credential) = try await store.read { ($0.user(id), $0.credential(of: id)) }
        guard let user, let credential else { throw APIError.invalidToken }
        let made = try await tokens.make(for: user, version: credential.version, at: now())
        return LoginResponse(
            token: made.token, role: user.role, expiresAt: made.expiresAt,
            mustChangePassword: credential.mustChangePassword)
    }

    /// - Throws: ``APIError`` `invalid_token`.
    func identity(token: String, isByCookie: Bool) async throws -> Identity {
        guard let claims = await tokens.claims(of: token, at: now()),
            let identity = try await store.read({ $0.identity(of: claims, isByCookie: isByCookie) })
        else { throw APIError.invalidToken }
        return identity
    }
}

extension Store {
    /// Makes an administrator, or gives an existing account that role and a password.
    func setAdministrator(_ id: AccountID, verifier: String, at now: Timestamp) async throws {
        try await transact { transaction in
            if transaction.state.user(id) == nil {
                transaction.record(
                    .accountAdded(User(email: id.spelling, name: "", role: .superAdmin, createdAt: now)))
            } else {
                transaction.record(.accountRoleChanged(id, .superAdmin))
            }
            transaction.record(transaction.state.newCredential(of: id, verifier: verifier, mustChangePassword: false))
        }
    }
}

extension TrackerState {
    /// True when somebody can log in as administrator.
    var hasAdministrator: Bool {
        accounts.contains { $0.role == .superAdmin && credential(of: $0.id)?.verifier != nil }
    }

    /// A new password: it raises the version, so that older tokens end.
    func newCredential(of id: AccountID, verifier: String, mustChangePassword: Bool) -> Change {
        .credentialSet(
            id,
            Credential(
                verifier: verifier, version: (credential(of: id)?.version ?? 0) + 1,
                mustChangePassword: mustChangePassword))
    }
}

/// Too many failed logins; `seconds` until the next attempt is allowed.
struct TooManyAttempts: Error, Sendable, Hashable {
    let seconds: Int
}

/// The one place where failures are remembered.
private final class Throttle: Sendable {
    private let state = Mutex(LoginThrottle())

    /// Runs `check` unless there were too many failures, and counts one when it is false. Blocks as long as `check` does.
    func attempt(
        account: AccountID, address: String, now: () -> Timestamp, check: () throws -> Bool
    ) throws -> Bool {
        if let seconds = state.withLock({ $0.retryAfter(account: account, address: address, at: now()) }) {
            throw TooManyAttempts(seconds: seconds)
        }
        let matches = try check()
        if !matches {
            state.withLock { $0.noteFailure(account: account, address: address, at: now()) }
        }
        return matches
    }
}
