import Foundation
import Shared

/// Times of day in a zone.
struct LocalTime: Sendable {
    let zone: TimeZone

    /// `09:12:04`.
    func clock(_ time: Timestamp) -> String {
        let date = Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
        let shifted = time.milliseconds.flooredQuotient(by: 1000) + Int64(zone.secondsFromGMT(for: date))
        let day: Int64 = 86_400
        return DurationText.clock(seconds: Int(shifted - shifted.flooredQuotient(by: day) * day))
    }
}
