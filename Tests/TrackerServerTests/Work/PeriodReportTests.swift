import Foundation
import OrderedCollections
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// Reports of any days against the plainest way to reckon them: each day by itself, and then the sums.
@Suite struct PeriodReportTests {
    private static let zones = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"]

    private struct History {
        var users: OrderedDictionary<AccountID, Stored<User>> = [:]
        var sessions = SessionTable()
        var all: [WorkSession] = []
        var corrections: [Correction] = []
        let days: DayRange
        let report: WorkReport

        init(zone: String, seed: UInt64) throws {
            var random = SeededGenerator(seed: seed)
            // The day that Apia skipped, and both changes of the clock elsewhere.
            let base = try #require(CivilDate(iso8601: zone == "Pacific/Apia" ? "2011-12-20" : "2025-03-10"))
            days = DayRange(from: base, to: base.adding(days: Int.random(in: 0...40, using: &random)))
            let calendar = WorkCalendar(timeZone: try #require(TimeZone(identifier: zone)))
            let now = calendar.start(of: base.adding(days: 30)).adding(
                milliseconds: Int64.random(in: 0...86_400_000, using: &random))
            report = WorkReport(rules: WorkRules(calendar: calendar, timeout: 300_000), now: now)
            for name in ["bob", "eva", "zoe"] {
                users[AccountID(stored: name)] = Stored(
                    User(email: name, name: name.uppercased(), role: .employee, createdAt: nil))
            }
            for _ in 0..<120 { add(base, now, using: &random) }
            all.sort { $0.startedAt < $1.startedAt }
            for session in all { sessions.insert(session) }
            for _ in 0..<20 {
                corrections.append(
                    Correction(
                        id: "\(random.next())",
                        employeeID: ["eva", "EVA", "gone", "zoe"].randomElement(using: &random) ?? "",
                        date: base.adding(days: Int.random(in: 0..<days.count, using: &random)),
                        minutes: Int.random(in: -90...90, using: &random), reason: "r", by: "max", createdAt: now))
            }
        }

        private mutating func add(_ base: CivilDate, _ now: Timestamp, using random: inout SeededGenerator) {
            let start = report.rules.calendar.start(of: base.adding(days: Int.random(in: -2...42, using: &random)))
                .adding(milliseconds: Int64.random(in: 0..<86_400_000, using: &random))
            let name = ["eva", "Eva", "bob", "gone", "Gone"].randomElement(using: &random) ?? ""
            let length = Int64.random(in: 0...200_000_000, using: &random)
            let isOpen =
                start < now && start.adding(milliseconds: length) > now && Int.random(in: 0..<3, using: &random) == 0
            all.append(
                WorkSession(
                    id: "\(name)-\(start.milliseconds)", employeeID: name, startedAt: start,
                    endedAt: isOpen ? nil : start.adding(milliseconds: length), isActive: isOpen,
                    idleSeconds: Double.random(in: 0...Double(length / 1000 + 1), using: &random),
                    lastHeartbeatAt: isOpen
                        ? max(start, now.adding(seconds: Int.random(in: -400...0, using: &random))) : start,
                    date: base.iso8601))
        }

        func summary(_ division: ReportDivision, _ change: (inout ReportRequest) -> Void = { _ in })
            -> WorkReportResponse
        {
            var request = ReportRequest(days: days, division: division)
            change(&request)
            let span = days.span(in: report.rules.calendar)
            let asked = request.employee
            let source = ReportSource(
                users: users, sessions: sessions.slice(of: asked, in: span),
                corrections: corrections.filter { asked == nil || asked == AccountID(stored: $0.employeeID) })
            return report.summary(request, of: source)
        }

        /// The parts of one employee on one day.
        func parts(_ employee: AccountID, on day: CivilDate) -> [SessionPart] {
            report.parts(of: all.filter { AccountID(stored: $0.employeeID) == employee }, on: day)
        }
    }

    @Test(arguments: zones, 0..<25) func everyRowIsTheSumOfItsDays(zone: String, seed: UInt64) throws {
        let history = try History(zone: zone, seed: seed)
        for division in ReportDivision.allCases {
            let summary = history.summary(division)
            for employee in summary.employees {
                let id = AccountID(stored: employee.employeeID)
                for (period, row) in zip(division.periods(of: history.days), rows(of: employee, division, history.days))
                {
                    let days = (0..<period.days.count).map { period.days.from.adding(days: $0) }
                    let parts = days.flatMap { history.parts(id, on: $0) }
                    let corrections = history.corrections.filter {
                        AccountID(stored: $0.employeeID) == id && period.days.contains($0.date)
                    }
                    #expect((row?.totals ?? .zero) == parts.totals)
                    #expect(row?.sessions ?? 0 == Set(parts.map(\.id)).count)
                    #expect(row?.firstLogin == parts.map(\.startedAt).min())
                    let isActive = parts.contains { $0.endedAt == nil }
                    #expect(row?.lastLogout == (isActive ? nil : parts.compactMap(\.endedAt).max()))
                    #expect(row?.correctionSeconds ?? 0 == corrections.reduce(0) { $0 + $1.seconds })
                    #expect((row == nil) == (parts.isEmpty && corrections.isEmpty))
                }
            }
        }
    }

    /// A row for each period, nil where it was left out.
    private func rows(
        of employee: WorkReportResponse.Employee, _ division: ReportDivision, _ days: DayRange
    ) -> [WorkReportResponse.Row?] {
        division.periods(of: days).map { period in employee.rows.first { $0.period == period.name } }
    }

    @Test(arguments: zones, 0..<25) func totalsAreTheSumsOfRowsAndEachSessionIsCountedOnce(zone: String, seed: UInt64)
        throws
    {
        let history = try History(zone: zone, seed: seed)
        let summary = history.summary(.day) { $0.explains = true }
        for employee in summary.employees {
            let (rows, total) = (employee.rows, employee.total)
            #expect(total.totals == rows.reduce(.zero) { $0 + $1.totals })
            #expect(total.correctionSeconds == rows.reduce(0) { $0 + $1.correctionSeconds })
            #expect(total.payableSeconds == total.totals.netActiveSeconds + total.correctionSeconds)
            let parts = rows.flatMap { $0.explanation?.parts ?? [] }
            #expect(total.sessions == Set(parts.map(\.id)).count)
            for row in rows {
                let explanation = try #require(row.explanation)
                #expect(row.totals == explanation.parts.reduce(.zero) { $0 + $1.totals })
                #expect(row.correctionSeconds == explanation.corrections.reduce(0) { $0 + $1.seconds })
            }
            #expect(history.summary(.range).employees.first { $0.employeeID == employee.employeeID }?.total == total)
            let alone = history.summary(.day) { request in
                request.explains = true
                request.employee = AccountID(stored: employee.employeeID)
            }
            #expect(alone.employees == [employee])
        }
    }

    @Test func accountsComeInTheirOrderThenUnknownIdsByName() throws {
        let history = try History(zone: "UTC", seed: 1)
        #expect(history.summary(.day).employees.map(\.employeeID).first == "bob")
        let all = history.summary(.day) { $0.includesAll = true }.employees
        #expect(all.map { $0.employeeID.lowercased() } == ["bob", "eva", "zoe", "gone"])
        #expect(all.map(\.name) == ["BOB", "EVA", "ZOE", ""])
        #expect(all.map(\.isRegistered) == [true, true, true, false])
        let nobody = history.summary(.day) { request in
            request.employee = AccountID(stored: "nobody")
            request.includesAll = true
        }
        #expect(nobody.employees.isEmpty)
    }
}
