/// Lengths of time and sizes as people read them.
enum DurationText {
    /// `01:02:03`; hours grow as needed.
    static func clock(seconds: Int) -> String {
        let seconds = max(seconds, 0)
        return "\(twoDigits(seconds / 3600)):\(twoDigits(seconds / 60 % 60)):\(twoDigits(seconds % 60))"
    }

    /// `02:41`, minutes and seconds.
    static func countdown(seconds: Int) -> String {
        let seconds = max(seconds, 0)
        return "\(twoDigits(seconds / 60)):\(twoDigits(seconds % 60))"
    }

    /// `3 minutes`, `90 seconds`.
    static func words(seconds: Int) -> String {
        let (count, unit) = seconds % 60 == 0 ? (seconds / 60, "minute") : (seconds, "second")
        return "\(count) \(unit)\(count == 1 ? "" : "s")"
    }

    /// `40 s`, `54 min`, `3 h 20 min`.
    static func spoken(seconds: Int) -> String {
        switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min"
        default: "\(seconds / 3600) h \(seconds / 60 % 60) min"
        }
    }

    /// `812 B`, `182 kB`, `1.4 MB`.
    static func size(bytes: Int) -> String {
        switch bytes {
        case ..<1000: "\(bytes) B"
        case ..<999_500: "\((bytes + 500) / 1000) kB"
        default: "\((bytes + 50_000) / 1_000_000).\((bytes + 50_000) / 100_000 % 10) MB"
        }
    }

    private static func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
