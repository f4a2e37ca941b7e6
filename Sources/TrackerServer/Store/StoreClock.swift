import Dispatch

/// The time that the store's rules reckon with, and that their delays wait for.
struct StoreClock: Sendable {
    let now: @Sendable () -> ContinuousClock.Instant
    /// Calls on any thread, once so much time has passed.
    let after: @Sendable (Duration, @escaping @Sendable () -> Void) -> Void

    static let system = StoreClock(
        now: { .now },
        after: { delay, body in
            let nanoseconds = Int(delay / .nanoseconds(1))
            DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(nanoseconds)) { body() }
        })
}
