/// When the screen is captured: at the start, then once each interval. Instants are monotonic, so neither slow uploads nor
/// changes of the wall clock move the plan.
struct CapturePlan: Sendable, Hashable {
    private(set) var interval: Duration
    private(set) var next: Duration
    /// When the last capture was planned; nil before the first.
    private var last: Duration?

    init(start: Duration, interval: Duration) {
        self.interval = interval
        next = start
    }

    /// True when a capture is due; the plan has then moved on. Captures that were missed are not made up for.
    mutating func takeDue(at now: Duration) -> Bool {
        guard now >= next else { return false }
        last = next
        next += interval
        if next <= now {
            last = now
            next = now + interval
        }
        return true
    }

    /// The next capture comes one new interval after the last one, or at once when that has passed.
    mutating func change(interval: Duration, at now: Duration) {
        self.interval = interval
        if let last { next = max(last + interval, now) }
    }

    /// The machine slept: a capture that was due meanwhile is due now.
    mutating func skip(slept: Duration, at now: Duration) {
        next = max(next - slept, now)
    }

    func remaining(at now: Duration) -> Duration { max(next - now, .zero) }

    /// From 0, just captured, to 1, due.
    func progress(at now: Duration) -> Double {
        guard interval > .zero else { return 1 }
        return min(max(1 - remaining(at: now) / interval, 0), 1)
    }
}
