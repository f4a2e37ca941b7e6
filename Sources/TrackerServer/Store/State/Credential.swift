/// How an account logs in.
struct Credential: Sendable, Hashable {
    /// The password's verifier, see ``PasswordHasher``; nil when nobody can log in, as after a removal.
    var verifier: String?
    /// Tokens carry the version they were made under and end when it is raised.
    var version: Int
    /// True when the server made the password: it must be changed first.
    var mustChangePassword: Bool
}
