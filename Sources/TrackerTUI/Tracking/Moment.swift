import Glibc
import Shared

/// One reading of three clocks.
struct Moment: Sendable, Hashable {
    /// Since the machine started, without the time it slept. Durations are differences of this one.
    var monotonic: Duration
    /// Since the machine started, sleep included.
    var boot: Duration
    /// What the wall clock shows: for people and for the server, never for durations.
    var wall: Timestamp

    /// How long the machine has slept since it started.
    var slept: Duration { boot - monotonic }
}

/// Where moments come from.
protocol MomentClock: Sendable {
    func now() -> Moment
}

struct SystemClock: MomentClock {
    func now() -> Moment {
        return Moment(
            monotonic: Self.read(CLOCK_MONOTONIC), boot: Self.read(CLOCK_BOOTTIME),
            wall: Timestamp(milliseconds: Self.read(CLOCK_REALTIME).wholeMilliseconds))
    }

    private static func read(_ clock: clockid_t) -> Duration {
        var time = timespec()
        clock_gettime(clock, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

extension Duration {
    /// Rounded towards zero.
    var wholeSeconds: Int { Int(components.seconds) }
    /// Rounded towards zero.
    var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
