import Shared

/// How long tokens and sign-ins last. Pure.
struct SignInRule: Sendable, Hashable {
    /// A sign-in ends so many days after its login, however often it is refreshed.
    let days: Int

    /// When a token ends that is made now, in whole seconds as tokens have them.
    func end(of signInMadeAt: Timestamp, at now: Timestamp) -> Timestamp {
        let token = now.adding(seconds: Tokens.lifetimeSeconds)
        let end = min(token, signInMadeAt.adding(seconds: days * 86_400))
        return Timestamp(milliseconds: end.milliseconds / 1000 * 1000)
    }
}
