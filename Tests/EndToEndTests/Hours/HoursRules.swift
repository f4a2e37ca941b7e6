import Shared

/// What a person's hours must be, from nothing but the rules: who works where from when to when, when a key was pressed, and
/// when the machine slept.
struct HoursRules {
    static let threshold = 180
    /// Of captures, in seconds.
    static let interval = 600

    private struct Run {
        var seconds = 0
        var lastInput = 0
        /// The second of the world at which the next capture is due.
        var capture: Int

        /// A pause counts once it reaches the threshold, and then in full.
        mutating func pauseEnds() -> Int {
            defer { lastInput = seconds }
            let pause = seconds - lastInput
            return pause >= HoursRules.threshold ? pause : 0
        }
    }

    private var runs: [Int: Run] = [:]
    /// Milliseconds of the world in which somebody worked.
    private(set) var worked: [Range<Int64>] = []
    /// In which the machine slept that they work at: that is neither active nor idle.
    private(set) var slept: [Range<Int64>] = []
    /// Of these milliseconds the server knows nothing: a client looks once a second, so that a sleep may lie up to a second
    /// earlier or later, and one of five seconds or less goes unnoticed.
    var indistinct: (worked: Int64, slept: Int64) {
        let long = slept.filter { $0.count > 5000 }
        return (Int64(slept.count) * 1000, Int64(slept.count) * 1000 + slept.length - long.length)
    }
    private(set) var idle = 0
    /// Seconds between an end and a beginning that may not be told apart, and of idle time before them: the session goes on over
    /// five since it was heard of.
    private(set) var brief = 0
    private var end: Int?
    private var endedIdle = false
    /// Seconds of the world at which the screen is captured.
    private(set) var captures: [Int] = []

    func isWorking(_ computer: Int) -> Bool { runs[computer] != nil }

    mutating func begin(_ computer: Int, at second: Int) {
        guard runs[computer] == nil else { return }
        if let end, second - end <= 5 { brief += endedIdle ? 5 : second - end }
        runs[computer] = Run(capture: second)
        captureIfDue(computer, at: second)
    }

    mutating func end(_ computer: Int, at second: Int) {
        if isWorking(computer) { end = second }
        let pause = runs[computer]?.pauseEnds() ?? 0
        if isWorking(computer) { endedIdle = pause > 0 }
        idle += pause
        runs[computer] = nil
    }

    /// A second has passed, at whose end there was input or not, on a computer that was awake.
    mutating func pass(_ computer: Int, until second: Int, hadInput: Bool) {
        guard runs[computer] != nil else { return }
        runs[computer]?.seconds += 1
        if hadInput { idle += runs[computer]?.pauseEnds() ?? 0 }
        Self.append(second, to: &worked)
        captureIfDue(computer, at: second)
    }

    /// A second has passed on a computer that slept.
    mutating func sleep(_ computer: Int, until second: Int) {
        if runs[computer] != nil { Self.append(second, to: &slept) }
    }

    /// At the beginning, and then once each interval; one that was due in a sleep comes once, after it.
    private mutating func captureIfDue(_ computer: Int, at second: Int) {
        guard let due = runs[computer]?.capture, second >= due else { return }
        captures.append(second)
        runs[computer]?.capture = second + Self.interval
    }

    private static func append(_ second: Int, to ranges: inout [Range<Int64>]) {
        let range = Int64(second - 1) * 1000..<Int64(second) * 1000
        if let last = ranges.last, last.upperBound >= range.lowerBound {
            ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
        } else {
            ranges.append(range)
        }
    }
}

/// What the server has made of it, compared.
struct HoursFindings: CustomStringConvertible {
    /// Milliseconds that were worked and are in no session.
    private(set) var missing: Int64 = 0
    /// That are in sessions, and in which the machine slept.
    private(set) var slept: Int64 = 0
    /// That are in sessions, and in which nobody worked and nothing slept.
    private(set) var absent: Int64 = 0
    /// That are in two sessions.
    private(set) var twice: Int64 = 0
    private let indistinct: (worked: Int64, slept: Int64)
    private let brief: Int
    private(set) var workedSeconds = 0
    private(set) var idle = 0
    private(set) var expectedIdle = 0
    private(set) var captures = 0
    private(set) var expectedCaptures = 0
    /// The largest difference between a capture's time and the script's, in milliseconds.
    private(set) var captureError: Int64 = 0
    /// Where something is missing, was not worked, or was not captured.
    private var places: [String] = []

    /// Seconds by which net time is off: what is covered and was no work must be told as idle.
    var netError: Int { idle - expectedIdle - Int((Double(absent + slept - missing) / 1000).rounded()) }
    var areCapturesRight: Bool { captures == expectedCaptures && captureError <= 1000 }
    /// To the second; idle time to a sample on each side.
    var isRight: Bool {
        twice == 0 && missing <= indistinct.worked && slept <= indistinct.slept && abs(netError) <= 2 + brief
            && areCapturesRight
    }

    var description: String {
        """
        worked \(workedSeconds) s, missing \(missing) ms, asleep \(slept) ms, absent \(absent) ms, twice \(twice) ms, \
        idle \(idle) of \(expectedIdle) s, net off by \(netError) s, captures \(captures) of \(expectedCaptures), \
        off by \(captureError) ms; \(places.joined(separator: ", "))
        """
    }

    init(_ rules: HoursRules, sessions: [WorkSession], start: Timestamp) {
        indistinct = rules.indistinct
        brief = rules.brief + Int((indistinct.slept - indistinct.worked) / 1000)
        let covered = sessions.map { ($0.startedAt - start)..<(($0.endedAt ?? $0.lastHeartbeatAt) - start) }
            .sorted { $0.lowerBound < $1.lowerBound }
        for (one, next) in zip(covered, covered.dropFirst()) { twice += max(0, one.upperBound - next.lowerBound) }
        let missed = rules.worked.flatMap { $0.without(covered) }
        let unworked = covered.flatMap { $0.without(rules.worked) }
        missing = missed.length
        absent = unworked.flatMap { $0.without(rules.slept) }.length
        slept = unworked.length - absent
        workedSeconds = Int(rules.worked.length / 1000)
        idle = Int(sessions.reduce(0) { $0 + $1.idleSeconds })
        expectedIdle = rules.idle
        places = missed.map { "missing \($0)" } + unworked.map { "no work \($0)" }
    }

    /// - Parameter found: in order.
    mutating func compare(captures found: [Timestamp], expected: [Timestamp], start: Timestamp) {
        (captures, expectedCaptures) = (found.count, expected.count)
        captureError = zip(found, expected.sorted()).map { abs($0 - $1) }.max() ?? 0
        if !areCapturesRight {
            places += [("captured", found), ("to be captured", expected)].map { name, times in
                "\(name) at \(times.map { String(($0 - start) / 1000) }.joined(separator: " "))"
            }
        }
    }
}

extension Range<Int64> {
    /// What is left of it.
    fileprivate func without(_ others: [Self]) -> [Self] {
        others.reduce([self]) { left, other in
            left.flatMap { range in
                [
                    range.lowerBound..<Swift.max(range.lowerBound, Swift.min(range.upperBound, other.lowerBound)),
                    Swift.min(range.upperBound, Swift.max(range.lowerBound, other.upperBound))..<range.upperBound,
                ].filter { !$0.isEmpty }
            }
        }
    }
}

extension [Range<Int64>] {
    fileprivate var length: Int64 { reduce(0) { $0 + $1.upperBound - $1.lowerBound } }
}
