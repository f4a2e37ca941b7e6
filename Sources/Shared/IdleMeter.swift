/// Counts idle time from samples of "how long ago was the last input".
///
/// A pause is the time between two inputs. It counts once it reaches the threshold, and then in full, back to the input
/// before it; shorter pauses count nothing. Instants are readings of a clock that stands still while the machine
/// sleeps, so slept time is neither active nor idle.
public struct IdleMeter: Sendable, Hashable {
    /// Samples that lie further apart say nothing about when the first input after a pause came.
    public static let longestGap: Duration = .seconds(2)

    /// The threshold where no other is configured, in seconds.
    public static let usualThreshold = 180

    public let threshold: Duration
    /// Idle time since the start; it never shrinks.
    public private(set) var total: Duration = .zero

    /// The last input; the start, while there was none since.
    public private(set) var lastInput: Duration
    private var lastSample: Duration
    /// How much of the pause since `lastInput` is in `total`.
    private var counted: Duration = .zero

    /// True while there is a pause that may still become long enough, as far as samples tell.
    public var isPauseUndecided: Bool { counted == .zero && lastSample > lastInput }

    /// - Parameter start: nothing before this instant counts.
    public init(threshold: Duration, start: Duration) {
        self.threshold = threshold
        lastInput = start
        lastSample = start
    }

    /// - Parameters:
    ///   - now: when the sample was taken; a sample older than the last one changes nothing.
    ///   - sinceInput: the time since the last input, at `now`.
    public mutating func sample(at now: Duration, sinceInput: Duration) {
        guard now >= lastSample else { return }
        let input = min(max(now - sinceInput, lastInput), now)
        if input > lastSample {
            let certain = input - lastSample <= Self.longestGap ? input : lastSample
            count(pauseUntil: certain)
            lastInput = input
            counted = .zero
        }
        count(pauseUntil: now)
        lastSample = now
    }

    private mutating func count(pauseUntil end: Duration) {
        let pause = end - lastInput
        guard pause >= threshold, pause > counted else { return }
        total += pause - counted
        counted = pause
    }
}
