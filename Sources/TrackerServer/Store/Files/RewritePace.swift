/// When files are rewritten in the background: soon, but never more than a tenth of the time. Pure.
struct RewritePace: Sendable {
    private(set) var isScheduled = false
    private var last: (end: ContinuousClock.Instant, took: Duration)?

    /// How long writes are gathered.
    static let pause = Duration.milliseconds(400)

    /// - Returns: how long to wait; nil when a rewrite is under way or scheduled.
    mutating func schedule(at now: ContinuousClock.Instant) -> Duration? {
        guard !isScheduled else { return nil }
        isScheduled = true
        guard let last else { return Self.pause }
        return max(Self.pause, last.took * 9 - (now - last.end))
    }

    /// There is nothing to rewrite after all.
    mutating func cancel() {
        isScheduled = false
    }

    mutating func ended(at end: ContinuousClock.Instant, since start: ContinuousClock.Instant) {
        isScheduled = false
        last = (end, end - start)
    }
}
