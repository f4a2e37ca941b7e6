import Shared
import TestSupport
import Testing

@testable import TrackerServer

@Suite struct DayRangeTests {
    private func day(_ text: String) throws -> CivilDate { try #require(CivilDate(iso8601: text)) }

    private func range(_ from: String, _ to: String) throws -> DayRange {
        DayRange(from: try day(from), to: try day(to))
    }

    @Test(
        arguments: [
            ("2026-03-02", NamedPeriod.today, "2026-03-02/2026-03-02"),
            ("2026-03-01", .yesterday, "2026-02-28/2026-02-28"),
            // A Monday and a Sunday.
            ("2026-03-02", .thisWeek, "2026-03-02/2026-03-08"), ("2026-03-08", .thisWeek, "2026-03-02/2026-03-08"),
            ("2026-03-08", .lastWeek, "2026-02-23/2026-03-01"), ("2026-01-01", .lastWeek, "2025-12-22/2025-12-28"),
            ("2024-02-10", .thisMonth, "2024-02-01/2024-02-29"), ("2026-12-31", .thisMonth, "2026-12-01/2026-12-31"),
            ("2026-01-31", .lastMonth, "2025-12-01/2025-12-31"), ("2026-03-31", .lastMonth, "2026-02-01/2026-02-28"),
        ])
    func periodsAreWhatTheirNamesSay(today: String, period: NamedPeriod, days: String) throws {
        #expect(period.days(today: try day(today)).text == days)
    }

    @Test func aMonthIsDividedIntoISOWeeksThatAreCutAtItsEnds() throws {
        let periods = ReportDivision.week.periods(of: try range("2025-12-28", "2026-01-12"))
        #expect(periods.map(\.name) == ["2025-W52", "2026-W01", "2026-W02", "2026-W03"])
        #expect(
            periods.map(\.days.text) == [
                "2025-12-28/2025-12-28", "2025-12-29/2026-01-04", "2026-01-05/2026-01-11", "2026-01-12/2026-01-12",
            ])
    }

    /// From the examples of the standard and of the calendar's 53 weeks.
    @Test(
        arguments: [
            ("2020-12-31", "2020-W53"), ("2021-01-03", "2020-W53"), ("2021-01-04", "2021-W01"),
            ("2024-12-30", "2025-W01"),
            ("2023-01-01", "2022-W52"), ("1970-01-01", "1970-W01"), ("0000-01-01", "-0001-W52"),
            ("9999-12-31", "9999-W52"),
        ])
    func aWeekBelongsToTheYearOfItsThursday(date: String, name: String) throws {
        #expect(ReportDivision.week.periods(of: try range(date, date)).map(\.name) == [name])
    }

    @Test func monthsAndRangesHaveTheirNames() throws {
        let days = try range("2026-01-15", "2026-03-02")
        #expect(ReportDivision.month.periods(of: days).map(\.name) == ["2026-01", "2026-02", "2026-03"])
        #expect(ReportDivision.range.periods(of: days).map(\.name) == ["2026-01-15/2026-03-02"])
    }

    @Test(arguments: ReportDivision.allCases, 0..<50)
    func periodsFollowEachOtherWithoutGaps(division: ReportDivision, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let from = CivilDate(daysSince1970: Int64.random(in: -10_000...30_000, using: &random))
        let days = DayRange(from: from, to: from.adding(days: Int.random(in: 0..<400, using: &random)))
        let periods = division.periods(of: days)
        #expect(periods.first?.days.from == days.from)
        #expect(periods.last?.days.to == days.to)
        for (one, next) in zip(periods, periods.dropFirst()) {
            #expect(next.days.from == one.days.to.adding(days: 1))
            #expect(one.name != next.name)
        }
        #expect(periods.reduce(0) { $0 + $1.days.count } == days.count)
    }
}
