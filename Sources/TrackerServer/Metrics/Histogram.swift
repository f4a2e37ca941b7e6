import Metrics
import Synchronization

/// How often something took how long.
final class Histogram: TimerHandler {
    /// The longest times of all buckets but the last, in seconds: from a request that touches nothing to the longest wait for an
    /// answer.
    static let bounds = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    private static let limits = bounds.map { Int64(($0 * 1e9).rounded()) }

    struct Counts: Sendable, Hashable {
        /// Of each bucket alone; the last one is for what took longer than all ``bounds``.
        fileprivate(set) var buckets = [Int](repeating: 0, count: bounds.count + 1)
        /// Of all together.
        fileprivate(set) var seconds = 0.0
    }

    private let state = Mutex(Counts())

    /// All of one instant.
    var counts: Counts { state.withLock { $0 } }

    func recordNanoseconds(_ duration: Int64) {
        let bucket = Self.limits.firstIndex { duration <= $0 } ?? Self.limits.count
        state.withLock { counts in
            counts.buckets[bucket] += 1
            counts.seconds += Double(duration) / 1e9
        }
    }
}
