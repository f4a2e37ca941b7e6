import Shared

/// What a person's hours must be, from nothing but the rules: who works where from when to when, and when a key was pressed.
struct HoursRules {
    static let threshold = 180

    private struct Run {
        var seconds = 0
        var lastInput = 0

        /// A pause counts once it reaches the threshold, and then in full.
        mutating func pauseEnds() -> Int {
            defer { lastInput = seconds }
            let pause = seconds - lastInput
            return pause >= HoursRules.threshold ? pause : 0
        }
    }

    private var runs: [Int: Run] = [:]
    /// Seconds of the world in which somebody worked.
    private(set) var worked: [Range<Int64>] = []
    private(set) var idle = 0

    func isWorking(_ computer: Int) -> Bool { runs[computer] != nil }

    mutating func begin(_ computer: Int) {
        if runs[computer] == nil { runs[computer] = Run() }
    }

    mutating func end(_ computer: Int) {
        idle += runs[computer]?.pauseEnds() ?? 0
        runs[computer] = nil
    }

    /// A second has passed, at whose end there was input or not, on a computer that was awake.
    mutating func pass(_ computer: Int, until second: Int, hadInput: Bool) {
        guard runs[computer] != nil else { return }
        runs[computer]?.seconds += 1
        if hadInput { idle += runs[computer]?.pauseEnds() ?? 0 }
        let range = Int64(second - 1) * 1000..<Int64(second) * 1000
        if let last = worked.last, last.upperBound >= range.lowerBound {
            worked[worked.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
        } else {
            worked.append(range)
        }
    }
}

/// What the server has made of it, compared.
struct HoursFindings: CustomStringConvertible {
    /// Milliseconds that were worked and are in no session, and that are in sessions and were not worked.
    var missing: Int64 = 0
    var extra: Int64 = 0
    /// Milliseconds that are in two sessions.
    var twice: Int64 = 0
    var workedSeconds = 0
    var idle = 0
    var expectedIdle = 0
    var captures = 0
    var expectedCaptures = 0
    /// The largest difference between a capture's time and the server's record of it, in milliseconds.
    var captureError: Int64 = 0

    /// Seconds by which net time is off: what is covered and was no work must be told as idle.
    var netError: Int { idle - expectedIdle - Int((Double(extra - missing) / 1000).rounded()) }

    var description: String {
        "worked \(workedSeconds) s, missing \(missing) ms, told as idle \(extra) ms, twice \(twice) ms, idle \(idle) of "
            + "\(expectedIdle) s, net off by \(netError) s, captures \(captures) of \(expectedCaptures), off by \(captureError) ms"
    }

    init(_ rules: HoursRules, sessions: [WorkSession], start: Timestamp) {
        let covered = sessions.map { ($0.startedAt - start)..<(($0.endedAt ?? $0.lastHeartbeatAt) - start) }
            .sorted { $0.lowerBound < $1.lowerBound }
        for (one, next) in zip(covered, covered.dropFirst()) { twice += max(0, one.upperBound - next.lowerBound) }
        let length = { (ranges: [Range<Int64>]) in ranges.reduce(Int64(0)) { $0 + $1.upperBound - $1.lowerBound } }
        let both = length(covered.flatMap { one in rules.worked.map { $0.clamped(to: one) } })
        workedSeconds = Int(length(rules.worked) / 1000)
        missing = length(rules.worked) - both
        extra = length(covered) - both
        idle = Int(sessions.reduce(0) { $0 + $1.idleSeconds })
        expectedIdle = rules.idle
    }

    mutating func compare(captures found: [Timestamp], expected: [Timestamp]) {
        (captures, expectedCaptures) = (found.count, expected.count)
        captureError = zip(found, expected.sorted()).map { abs($0 - $1) }.max() ?? 0
    }
}
