/// Pauses between attempts that grow with every failure: 1, 2, 4 … 60 seconds, each cut by a random part of its half so that
/// many clients do not come back at the same instant.
struct RetryPause: Sendable, Hashable {
    static let longest: Duration = .seconds(60)

    private(set) var failures = 0
    /// Nothing is tried before this instant.
    private(set) var until: Duration = .zero
    /// The server asked for nothing to be tried before this one.
    private var asked: Duration?

    func allows(at now: Duration) -> Bool { (failures == 0 ? asked : until).map { now >= $0 } ?? true }

    /// - Parameters:
    ///   - jitter: random, from 0 to 1.
    ///   - retryAfter: what the server asked for; the pause is at least that.
    mutating func failed(at now: Duration, jitter: Double, retryAfter: Duration? = nil) {
        failures += 1
        let full = min(Duration.seconds(1 << min(failures - 1, 6)), Self.longest)
        let pause = now + full * (1 - jitter / 2)
        if let retryAfter { asked = now + retryAfter }
        until = asked.map { max($0, pause) } ?? pause
    }

    /// There is reason to try again: what the failures have made of the pause is over, what the server asked for is not.
    mutating func shorten() { failures = 0 }

    mutating func reset() {
        self = RetryPause()
    }
}
