/// Whether the display gives what it is asked for, idle time and captures, and when it is news that it does not.
struct DisplayHealth: Sendable, Hashable {
    /// A display that takes longer than this to answer is said to be silent.
    static let patience: Duration = .seconds(5)
    static let silence = "The display does not answer."

    /// Why the screen could not be captured last time.
    private(set) var captureTrouble: String?
    /// Why idle time could not be told last time.
    private(set) var idleTrouble: String?
    /// When the idle time was asked for that has not been told yet.
    private var samplingSince: Duration?
    /// When the capture was begun that has not ended yet.
    private var capturingSince: Duration?

    /// - Returns: false while the last sample is not there yet: idle time is not to be asked for again.
    mutating func beginSample(at now: Duration) -> Bool {
        guard samplingSince == nil else { return false }
        samplingSince = now
        return true
    }

    mutating func beginCapture(at now: Duration) { capturingSince = now }

    /// - Parameter trouble: nil when idle time was told.
    /// - Returns: whether the trouble is to be said.
    mutating func endSample(trouble: String?) -> Bool {
        samplingSince = nil
        defer { idleTrouble = trouble }
        return isNews(trouble)
    }

    /// - Parameter trouble: nil when the screen was captured.
    /// - Returns: whether the trouble is to be said.
    mutating func endCapture(trouble: String?) -> Bool {
        capturingSince = nil
        defer { captureTrouble = trouble }
        return isNews(trouble)
    }

    /// A display that hangs gives neither an answer nor an error.
    ///
    /// - Returns: whether its silence is to be said.
    mutating func noticeSilence(at now: Duration) -> Bool {
        func isLate(_ since: Duration?) -> Bool { since.map { now - $0 > Self.patience } ?? false }
        let (isSampleLate, isCaptureLate) = (isLate(samplingSince), isLate(capturingSince))
        let isNew = (isSampleLate || isCaptureLate) && isNews(Self.silence)
        if isSampleLate { idleTrouble = Self.silence }
        if isCaptureLate { captureTrouble = Self.silence }
        return isNew
    }

    /// The next employee has no part in it. A sample that is out is still waited for.
    mutating func signedOut() {
        (captureTrouble, idleTrouble, capturingSince) = (nil, nil, nil)
    }

    /// What one of the two has said already, the other need not say.
    private func isNews(_ trouble: String?) -> Bool {
        trouble.map { $0 != idleTrouble && $0 != captureTrouble } ?? false
    }
}
