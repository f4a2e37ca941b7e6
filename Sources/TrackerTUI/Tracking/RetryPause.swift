/// Pauses between attempts that grow with every failure: 1, 2, 4 … 60 seconds, each cut by a random part of its half so that
/// many clients do not come back at the same instant.
struct RetryPause: Sendable, Hashable {
    static let longest: Duration = .seconds(60)

    private(set) var failures = 0
    /// Nothing is tried before this instant.
    private(set) var until: Duration = .zero

    func allows(at now: Duration) -> Bool { failures == 0 || now >= until }

    /// - Parameters:
    ///   - jitter: random, from 0 to 1.
    ///   - retryAfter: what the server asked for; the pause is at least that.
    mutating func failed(at now: Duration, jitter: Double, retryAfter: Duration? = nil) {
        failures += 1
        let full = min(Duration.seconds(1 << min(failures - 1, 6)), Self.longest)
        until = now + max(full * (1 - jitter / 2), retryAfter ?? .zero)
    }

    mutating func reset() {
        self = RetryPause()
    }
}
