import FoundationEssentials
import Glibc
import Shared

/// One reading of three clocks.
struct Moment: Sendable, Hashable {
    /// Since the machine started, without the time it slept. Durations are differences of this one.
    var monotonic: Duration
    /// Since the machine started, sleep included: nobody sets it, so what happened at different times is dated by it.
    var boot: Duration
    /// What the wall clock shows: for people, never for durations.
    var wall: Timestamp
    /// Which start of the machine the other two count from.
    var bootID = Moment.thisBoot

    /// How long the machine has slept since it started.
    var slept: Duration { boot - monotonic }

    /// As the kernel names this start, see random(4); one of our own where it does not.
    static let thisBoot: UUID = {
        var bytes = [UInt8](repeating: 0, count: 36)
        let file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return UUID() }
        defer { close(file) }
        guard read(file, &bytes, bytes.count) == bytes.count else { return UUID() }
        return UUID(uuidString: String(decoding: bytes, as: UTF8.self)) ?? UUID()
    }()
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
