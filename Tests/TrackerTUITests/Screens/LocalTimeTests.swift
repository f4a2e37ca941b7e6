import Foundation
import Shared
import Testing

@testable import TrackerTUI

struct LocalTimeTests {
    /// Once in winter and once in summer, and before 1970.
    @Test(arguments: [1_767_225_599_999, 1_783_000_000_000, -1] as [Int64])
    func theSystemsZoneIsTheOneThatFoundationKnows(milliseconds: Int64) {
        let time = Timestamp(milliseconds: milliseconds)
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "HH:mm:ss"
        let date = Date(timeIntervalSince1970: (Double(milliseconds) / 1000).rounded(.down))
        #expect(LocalTime(zone: .system).clock(time) == formatter.string(from: date))
    }

    @Test func greenwichIsAsGood() {
        #expect(LocalTime(zone: .gmt).clock(Timestamp(milliseconds: 86_399_999)) == "23:59:59")
        #expect(LocalTime(zone: .gmt).clock(Timestamp(milliseconds: -1)) == "23:59:59")
    }
}
