import Shared
import Synchronization

/// Whether a clock that may be set goes as fast as one that nobody sets. Pure; all times are in milliseconds.
struct ClockWatch: Sendable, Hashable {
    /// How far it was set in all, forward less back.
    private(set) var leaps: Int64 = 0
    /// When it was set last by the clock that nobody sets, or the watch began.
    private(set) var steadySince: Int64
    private var offset: Int64

    /// What both clocks may differ by between two observations: services that keep time right let it run a little faster or slower
    /// (adjtimex(2): at most half a millisecond in a second).
    static let tolerance: Int64 = 5000

    init(time: Timestamp, steady: Int64) {
        offset = time.milliseconds - steady
        steadySince = steady
    }

    mutating func observe(time: Timestamp, steady: Int64) {
        let leap = time.milliseconds - steady - offset
        offset += leap
        guard abs(leap) > Self.tolerance else { return }
        leaps += leap
        steadySince = steady
    }
}

/// The server's clock under such a watch: ``observe()`` is to be called often.
final class WatchedClock: Sendable {
    /// What was observed.
    struct Finding: Sendable {
        let time: Timestamp
        /// The time of the clock that nobody sets, in milliseconds since whenever.
        let steady: Int64
        let watch: ClockWatch
        /// How long the clock has not been set, as far as is known, in milliseconds.
        var steadyFor: Int64 { steady - watch.steadySince }
    }

    private let now: @Sendable () -> Timestamp
    private let steady: @Sendable () -> Int64
    private let watch: Mutex<ClockWatch>

    /// - Parameter steady: milliseconds of a clock that nobody sets and that goes on while the machine sleeps.
    init(now: @escaping @Sendable () -> Timestamp, steady: @escaping @Sendable () -> Int64) {
        self.now = now
        self.steady = steady
        watch = Mutex(ClockWatch(time: now(), steady: steady()))
    }

    @discardableResult
    func observe() -> Finding {
        watch.withLock { watch in
            let (time, steady) = (now(), steady())
            watch.observe(time: time, steady: steady)
            return Finding(time: time, steady: steady, watch: watch)
        }
    }
}
