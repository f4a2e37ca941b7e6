import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerServer

@Suite struct WorkReportTests {
    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(iso8601: text)) }

    private func report(_ now: String, zone: String = "UTC") throws -> WorkReport {
        let zone = try #require(TimeZone(identifier: zone))
        return WorkReport(
            rules: WorkRules(calendar: WorkCalendar(timeZone: zone), timeout: 300_000), now: try time(now))
    }

    private func session(_ start: String, _ end: String?, beat: String? = nil, idle: Double = 0) throws -> WorkSession {
        WorkSession(
            id: "m-\(start)", employeeID: "m", startedAt: try time(start), endedAt: try end.map(time),
            isActive: end == nil, idleSeconds: idle, lastHeartbeatAt: try time(beat ?? end ?? start), date: "")
    }

    @Test func anActiveSessionLastsUntilNow() throws {
        let session = try session("2026-03-02T08:00:00Z", nil, beat: "2026-03-02T08:09:00Z", idle: 47.5)
        let parts = try report("2026-03-02T08:10:00.999Z").parts(
            of: [session], on: try #require(CivilDate(iso8601: "2026-03-02")))
        #expect(parts.map(\.endedAt) == [nil])
        #expect(parts.totals == WorkTotals(activeSeconds: 600, idleSeconds: 47))
    }

    @Test func aSilentSessionLastsUntilItsLastHeartbeatEvenBeforeTheSweep() throws {
        let session = try session("2026-03-02T08:00:00Z", nil, beat: "2026-03-02T08:09:00Z")
        let parts = try report("2026-03-02T10:00:00Z").parts(
            of: [session], on: try #require(CivilDate(iso8601: "2026-03-02")))
        #expect(parts.map(\.endedAt) == [try time("2026-03-02T08:09:00Z")])
        #expect(parts.totals.activeSeconds == 540)
    }

    @Test func anOldSessionAcrossMidnightIsSharedBetweenItsDays() throws {
        let gone = try session("2026-03-02T16:00:00Z", "2026-03-03T01:30:00Z", idle: 1140)
        let report = try report("2026-03-04T00:00:00Z")
        let first = report.parts(of: [gone], on: try #require(CivilDate(iso8601: "2026-03-02")))
        let second = report.parts(of: [gone], on: try #require(CivilDate(iso8601: "2026-03-03")))
        #expect(first.map(\.endedAt) == [try time("2026-03-03T00:00:00Z")])
        #expect(second.map(\.startedAt) == [try time("2026-03-03T00:00:00Z")])
        #expect(first.totals == WorkTotals(activeSeconds: 28_800, idleSeconds: 960))
        #expect(second.totals == WorkTotals(activeSeconds: 5400, idleSeconds: 180))
    }

    @Test func aSessionThatEndedAtMidnightIsNotOnTheNewDay() throws {
        let session = try session("2026-03-02T23:00:00Z", "2026-03-03T00:00:00Z")
        let report = try report("2026-03-03T08:00:00Z")
        #expect(report.parts(of: [session], on: report.today).isEmpty)
    }

    @Test func moreIdleThanElapsedInAnOldFileIsNotReported() throws {
        let session = try session("2026-03-02T08:00:00Z", "2026-03-02T08:01:00Z", idle: 500)
        let report = try report("2026-03-02T09:00:00Z")
        #expect(report.parts(of: [session], on: report.today).totals == WorkTotals(activeSeconds: 60, idleSeconds: 60))
    }

    @Test func enormousTimesDoNotOverflow() throws {
        let session = try session("0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", idle: 1e300)
        let report = try report("2026-03-02T09:00:00Z")
        #expect(
            report.parts(of: [session], on: report.today).totals
                == WorkTotals(activeSeconds: 86_400, idleSeconds: 86_400))
    }

    /// Any history of starts, beats, stops, silence, restarts and clocks set back keeps the three promises; what was recorded
    /// before the clock was set back may overlap what is worked after it.
    @Test(arguments: ["UTC", "Europe/Berlin", "America/St_Johns"], 0..<40)
    func randomHistoriesKeepThePromises(zone: String, seed: Int) throws {
        let zone = try #require(TimeZone(identifier: zone))
        let rules = WorkRules(calendar: WorkCalendar(timeZone: zone), timeout: 300_000)
        var generator = SeededGenerator(seed: UInt64(seed))
        let employees = ["a", "b"].map { AccountID(stored: $0) }
        var state = TrackerState()
        // How often the clock was set back before each session began.
        var eras: [String: Int] = [:]
        var era = 0
        var now = try time(seed % 2 == 0 ? "2026-03-28T20:00:00Z" : "2026-10-24T20:00:00Z")
        for _ in 0..<400 {
            let step = Int64.random(in: 0...100, using: &generator)
            let jump =
                step < 3
                ? Int64.random(in: -7_200_000...0, using: &generator) : step < 8 ? step * 4_000_000 : step * 1500
            now = now.adding(milliseconds: jump)
            if jump < 0 { era += 1 }
            let id = try #require(employees.randomElement(using: &generator))
            let open = state.openSession(of: id)
            let idle = Int.random(in: 0...400, using: &generator)
            let sessions = state.sessions
            let isTaken: WorkRules.IsTaken = { sessions.hasSession(of: $0, startedAt: $1) }
            let changes: [Change] =
                switch Int.random(in: 0..<10, using: &generator) {
                case 0...1:
                    rules.start(id, open: open, lastEnd: sessions.lastEnd(of: id), at: now, isTaken: isTaken)
                        .outcome.changes
                case 2: open.map { rules.stop($0, idleDelta: idle, at: now, isTaken: isTaken).changes } ?? []
                case 3: rules.sweep(state.openSessions, at: now, isTaken: isTaken)
                default: open.map { rules.heartbeat($0, idleDelta: idle, at: now, isTaken: isTaken).changes } ?? []
                }
            for change in changes {
                state.apply(change)
                if case .sessionStarted(let session) = change { eras[session.id] = era }
            }
        }
        try check(state.allSessions, eras, employees, WorkReport(rules: rules, now: now))
    }

    private func check(
        _ sessions: [WorkSession], _ eras: [String: Int], _ employees: [AccountID], _ report: WorkReport
    ) throws {
        let starts = sessions.map(\.startedAt)
        #expect(starts == starts.sorted())
        #expect(Set(sessions.map(\.id)).count == sessions.count)
        for id in employees {
            let own = sessions.filter { AccountID(stored: $0.employeeID) == id }
            #expect(own.count { $0.endedAt == nil } <= 1)
            for era in Set(eras.values) {
                let same = own.filter { eras[$0.id] == era }
                for (session, next) in zip(same, same.dropFirst()) {
                    #expect(try #require(session.endedAt) <= next.startedAt)
                }
            }
            for session in own {
                let end = session.endedAt ?? session.lastHeartbeatAt
                #expect(session.endedAt.map { $0 > session.startedAt } ?? true)
                #expect(session.idleSeconds * 1000 <= Double(end - session.startedAt))
                #expect(session.date == report.rules.calendar.day(of: session.startedAt).iso8601)
            }
        }
        guard let first = starts.first, let last = starts.last else { return }
        let days =
            report.rules.calendar.day(of: first)
            .daysSince1970...report.rules.calendar.day(of: last.adding(seconds: 172_800)).daysSince1970
        let spans = days.map { report.rules.calendar.span(of: CivilDate(daysSince1970: $0)) }
        let whole = try #require(spans.first).lowerBound..<(try #require(spans.last).upperBound)
        for session in sessions {
            let parts = spans.compactMap { report.part(of: session, in: $0) }
            #expect(parts.totals == (report.part(of: session, in: whole)?.totals ?? .zero))
            for part in parts { #expect((0...part.totals.activeSeconds).contains(part.totals.idleSeconds)) }
        }
    }
}
