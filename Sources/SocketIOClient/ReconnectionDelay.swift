/// How long to wait between attempts: exponential, with full jitter, so that clients of a server that comes back do not
/// come all at once.
///
/// Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
public struct ReconnectionDelay: Sendable, Hashable {
    /// What the first wait has at most.
    public var minimum: Duration
    /// What any wait has at most.
    public var maximum: Duration

    /// Neither may be negative.
    public init(minimum: Duration = .milliseconds(500), maximum: Duration = .seconds(10)) {
        self.minimum = minimum
        self.maximum = maximum
    }

    /// - Parameters:
    ///   - failures: attempts that have failed in a row, the last one included.
    ///   - random: from 0 to 1.
    func wait(after failures: Int, random: Double) -> Duration {
        let doublings = min(max(failures - 1, 0), 30)
        return min(minimum * (1 << doublings), maximum) * random
    }
}
