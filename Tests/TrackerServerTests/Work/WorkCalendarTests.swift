import Foundation
import Shared
import Testing

@testable import TrackerServer

@Suite struct WorkCalendarTests {
    private func calendar(_ zone: String) throws -> WorkCalendar {
        WorkCalendar(timeZone: try #require(TimeZone(identifier: zone)))
    }

    @Test(arguments: [
        ("UTC", "2026-03-02", "2026-03-02T00:00:00.000Z", 24.0),
        ("Europe/Berlin", "2026-03-28", "2026-03-27T23:00:00.000Z", 24),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00.000Z", 23),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00.000Z", 25),
        ("Asia/Kathmandu", "2026-03-02", "2026-03-01T18:15:00.000Z", 24),
        // The clock jumped from 00:00 to 01:00: the day began at 01:00.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00.000Z", 23),
        // Set back from 24:00 to 23:00: the day before had 25 hours.
        ("America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00:00.000Z", 25),
        // Set back at 00:01 to 23:01: the day had begun and does not end again.
        ("America/St_Johns", "2006-10-29", "2006-10-29T02:30:00.000Z", 25),
        // Samoa left out 30 December 2011.
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000Z", 0),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00.000Z", 24),
    ])
    func aDayHasItsFirstInstantAndItsLength(zone: String, day: String, start: String, hours: Double) throws {
        let calendar = try calendar(zone)
        let date = try #require(CivilDate(iso8601: day))
        let span = calendar.span(of: date)
        #expect(span.lowerBound.iso8601 == start)
        #expect(Double(span.upperBound - span.lowerBound) == hours * 3_600_000)
        if hours > 0 {
            #expect(calendar.day(of: span.lowerBound) == date)
            #expect(calendar.day(of: span.upperBound.adding(milliseconds: -1)) == date)
            #expect(calendar.day(of: span.lowerBound.adding(milliseconds: -1)) < date)
        }
    }

    @Test(arguments: [
        "UTC", "Europe/Berlin", "America/Sao_Paulo", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe",
        "Africa/Cairo", "Asia/Gaza",
    ])
    func daysFollowEachOtherWithoutGapOrOverlap(zone: String) throws {
        let calendar = try calendar(zone)
        let first = try #require(CivilDate(iso8601: "2005-12-31"))
        var end = calendar.start(of: first)
        for offset in 0..<4500 {
            let day = first.adding(days: offset)
            let span = calendar.span(of: day)
            #expect(span.lowerBound == end)
            end = span.upperBound
            guard !span.isEmpty else { continue }
            let middle = span.lowerBound.adding(milliseconds: (span.upperBound - span.lowerBound) / 2)
            #expect(calendar.day(of: middle) == day)
        }
    }

    @Test func midnightsAreThoseAfterTheFirstInstantAndThroughTheLast() throws {
        let calendar = try calendar("Europe/Berlin")
        let midnight = try #require(Timestamp(iso8601: "2026-03-01T23:00:00Z"))
        #expect(calendar.midnights(after: midnight.adding(milliseconds: -1), through: midnight) == [midnight])
        #expect(calendar.midnights(after: midnight, through: midnight.adding(milliseconds: 1)) == [])
        #expect(calendar.midnights(after: midnight, through: midnight.adding(seconds: 3 * 86_400)).count == 3)
    }
}
