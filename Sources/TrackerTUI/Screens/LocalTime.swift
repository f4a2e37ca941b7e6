import Glibc
import Shared

extension AppModel {
    /// As every screen shows it.
    func timeOfDay(_ time: Timestamp) -> String { LocalTime(zone: options.timeZone).clock(time) }
}

/// Times of day in a zone.
struct LocalTime: Sendable {
    enum Zone: Sendable {
        case gmt
        /// The system's, or that of TZ.
        case system
    }

    let zone: Zone

    /// `09:12:04`.
    func clock(_ time: Timestamp) -> String {
        let seconds = time.milliseconds.flooredQuotient(by: 1000)
        let shifted = seconds + offset(at: seconds)
        let day: Int64 = 86_400
        return DurationText.clock(seconds: Int(shifted - shifted.flooredQuotient(by: day) * day))
    }

    /// `2026-03-02 09:12:04`.
    func dateAndClock(_ time: Timestamp) -> String {
        let seconds = time.milliseconds.flooredQuotient(by: 1000)
        let day = (seconds + offset(at: seconds)).flooredQuotient(by: 86_400)
        return "\(CivilDate(daysSince1970: day).iso8601) \(clock(time))"
    }

    /// Seconds east of Greenwich.
    private func offset(at seconds: Int64) -> Int64 {
        guard zone == .system else { return 0 }
        var (time, parts) = (time_t(seconds), tm())
        return localtime_r(&time, &parts) == nil ? 0 : Int64(parts.tm_gmtoff)
    }
}
