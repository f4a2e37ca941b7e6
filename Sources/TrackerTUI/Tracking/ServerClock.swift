import FoundationEssentials
import Shared

/// What the server's clock shows, told by this machine's boot clock: nobody sets that one, and it goes on while the machine
/// sleeps. Whatever the wall clock says, all times that leave the client are dated by this.
///
/// An answer says in its Date header what the server's clock showed between the request and the answer, so the difference
/// lies in an interval as long as both took and the header is coarse. Intervals of several answers have a part in common,
/// in which the difference is; where they have none, the server's clock was set, and the newest alone counts. A wall clock that
/// may be right by that is taken to be right.
struct ServerClock: Sendable, Hashable {
    /// How far behind a Date header may be: it has whole seconds (RFC 9110, section 5.6.7), and servers make it anew only
    /// once a second, at whatever fraction.
    static let resolution: Duration = .seconds(2)
    /// Smaller differences of this machine's wall clock are not worth telling.
    static let tolerance: Duration = .seconds(30)

    /// A time that one answer tells, and when the request left, by the boot clock, and the answer came.
    struct Sample: Sendable, Hashable {
        var date: Timestamp
        var sentAt: Duration
        var received: Moment
        /// How much later than that it may have been: of a Date header ``ServerClock/resolution``.
        var resolution = ServerClock.resolution
    }

    /// What is kept on disk for the next run.
    struct Kept: Sendable, Hashable {
        var bootID: UUID
        /// As ``ServerClock/offset``.
        var offset: ClosedRange<Int64>
        /// The server's time less the wall clock's, in milliseconds.
        var difference: Int64
    }

    /// How far a time that the server told may be from the time when its answer came, in milliseconds; where it is further
    /// from what the clock says of it, the server's clock has been set since.
    private static let answerTime: Int64 = 60_000

    private let bootID: UUID
    /// The server's time less the boot clock's, in milliseconds; nil before the first answer since the machine started.
    private(set) var offset: ClosedRange<Int64>?
    /// The server's time less the wall clock's as it was at the last answer, in milliseconds; zero before any.
    private var difference: Int64
    /// As ``difference`` at the last answer that an earlier run had.
    private let earlierDifference: Int64?
    /// As ``wall``, when this run began.
    private let firstWall: Int64
    /// Stands for ``offset`` until an answer comes.
    private let guess: Int64
    /// The wall clock's time less the boot clock's as it was at the last answer, in milliseconds.
    private var wall: Int64

    /// - Parameter kept: by an earlier run. After a new start of the machine the wall clock is thought to be as wrong as ever.
    init(at now: Moment, kept: Kept? = nil) {
        bootID = now.bootID
        earlierDifference = kept?.difference
        difference = kept?.difference ?? 0
        offset = kept.flatMap { $0.bootID == now.bootID ? $0.offset : nil }
        wall = now.wall.milliseconds - now.boot.wholeMilliseconds
        firstWall = wall
        guess = wall + difference
    }

    var isKnown: Bool { offset != nil }

    /// A time to the millisecond makes it better known, and never says that the server's clock was set: it may be ahead by what
    /// a session may begin after another one's end.
    mutating func heard(_ sample: Sample) {
        let resolution = sample.resolution.wholeMilliseconds
        let first = sample.date.milliseconds - sample.received.boot.wholeMilliseconds
        let last = max(sample.date.milliseconds + resolution - sample.sentAt.wholeMilliseconds, first)
        if let offset, max(offset.lowerBound, first) <= min(offset.upperBound, last) {
            self.offset = max(offset.lowerBound, first)...min(offset.upperBound, last)
        } else if offset == nil || sample.resolution == Self.resolution {
            offset = first...last
        }
        wall = sample.received.wall.milliseconds - sample.received.boot.wholeMilliseconds
        difference = time(at: sample.received) - sample.received.wall
    }

    /// Now, or at another moment since the machine started.
    func time(at moment: Moment) -> Timestamp { time(atBoot: moment.boot) }

    /// When something happened, by what is known by now.
    func time(of instant: WorkInstant) -> Timestamp {
        guard instant.bootID == bootID else {
            return instant.told ?? timeBeforeStart(instant.wall)
        }
        let reckoned = time(atBoot: instant.boot)
        guard let told = instant.told else { return reckoned }
        return isKnown && abs(told - reckoned) > Self.answerTime ? reckoned : told
    }

    /// With the server's time, if that is known: it will not be known better.
    func dated(_ instant: WorkInstant) -> WorkInstant {
        guard isKnown else { return instant }
        var instant = instant
        instant.told = time(of: instant)
        return instant
    }

    /// How far this machine's wall clock is ahead of the server's; negative when it is behind, nil while that is not known.
    func lead(at moment: Moment) -> Duration? {
        isKnown ? .milliseconds(moment.wall - time(at: moment)) : nil
    }

    var kept: Kept? { offset.map { Kept(bootID: bootID, offset: $0, difference: difference) } }

    private func time(atBoot boot: Duration) -> Timestamp {
        Timestamp(milliseconds: bestOffset + boot.wholeMilliseconds)
    }

    /// How wrong the wall clock was before the machine started is not known. It is thought to have been as wrong as it is now, as
    /// it was when this run began, or at the last answer before, whichever is least: somebody may have set it wrong since, or
    /// right, and a machine without a battery starts with a clock that stood still. But it was before the machine started.
    private func timeBeforeStart(_ wall: Timestamp) -> Timestamp {
        let differences = [bestOffset - self.wall, bestOffset - firstWall] + (earlierDifference.map { [$0] } ?? [])
        let times = differences.sorted { abs($0) < abs($1) }.map { wall.adding(milliseconds: $0) }
        let start = Timestamp(milliseconds: bestOffset + Self.tolerance.wholeMilliseconds)
        return times.first { $0 <= start } ?? times[0]
    }

    private var bestOffset: Int64 {
        guard let offset else { return guess }
        return offset.contains(wall) ? wall : offset.lowerBound + (offset.upperBound - offset.lowerBound) / 2
    }
}

extension ServerClock {
    /// For example "This computer's clock is 10 minutes ahead."; nil for a difference that is within ``tolerance``.
    ///
    /// - Parameter lead: as ``lead(at:)`` tells it.
    static func words(lead: Duration) -> String? {
        let seconds = abs(lead.wholeSeconds)
        guard seconds > tolerance.wholeSeconds else { return nil }
        let (count, unit) =
            switch seconds {
            case ..<120: (seconds, "second")
            case ..<7200: ((seconds + 30) / 60, "minute")
            case ..<172_800: ((seconds + 1800) / 3600, "hour")
            default: ((seconds + 43_200) / 86_400, "day")
            }
        return "This computer's clock is \(count) \(unit)s \(lead > .zero ? "ahead" : "behind")."
    }
}
