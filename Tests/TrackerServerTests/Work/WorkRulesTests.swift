import Foundation
import Shared
import Testing

@testable import TrackerServer

@Suite struct WorkRulesTests {
    let rules = WorkRules(calendar: WorkCalendar(timeZone: .gmt), timeout: 300_000)
    let mira = AccountID(stored: "mira@harbour.example")

    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(iso8601: text)) }

    private func session(from start: String, beat: String? = nil, idle: Double = 0) throws -> WorkSession {
        let start = try time(start)
        return WorkSession(
            id: "mira@harbour.example-\(start.milliseconds)", employeeID: mira.spelling, startedAt: start, endedAt: nil,
            isActive: true, idleSeconds: idle, lastHeartbeatAt: try beat.map(time) ?? start,
            date: rules.calendar.day(of: start).iso8601)
    }

    // MARK: Start

    @Test func aStartMakesASessionWhoseIdHoldsItsTime() throws {
        let now = try time("2026-03-02T08:05:00.512Z")
        let (outcome, isNew) = rules.start(mira, open: nil, lastEnd: nil, at: now)
        let expected = try session(from: "2026-03-02T08:05:00.512Z")
        #expect(isNew)
        #expect(outcome == .init(changes: [.sessionStarted(expected)], session: expected))
        #expect(expected.id == "mira@harbour.example-1772438700512")
    }

    @Test func aSecondStartReturnsTheLiveSession() throws {
        let live = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T08:10:00Z")
        let (outcome, isNew) = rules.start(mira, open: live, lastEnd: nil, at: try time("2026-03-02T08:14:59.999Z"))
        #expect(!isNew)
        #expect(outcome == .init(session: live))
    }

    @Test func aStartAfterSilenceEndsTheOldSessionAtItsLastHeartbeat() throws {
        let silent = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T08:10:00Z", idle: 30)
        let now = try time("2026-03-02T08:15:00Z")
        let (outcome, isNew) = rules.start(mira, open: silent, lastEnd: nil, at: now)
        #expect(isNew)
        #expect(
            outcome.changes.first == .sessionEnded(session: silent.id, at: silent.lastHeartbeatAt, idleSeconds: 30))
        #expect(outcome.session?.startedAt == now)
    }

    @Test func aStartWithTheClockSetBackDoesNotOverlapTheLastSession() throws {
        let lastEnd = try time("2026-03-02T12:00:00Z")
        let (outcome, _) = rules.start(mira, open: nil, lastEnd: lastEnd, at: try time("2026-03-02T11:30:00Z"))
        #expect(outcome.session?.startedAt == lastEnd)
    }

    // MARK: Heartbeat

    @Test(arguments: [(0, 0.0), (59, 59.0), (60, 60.0), (65, 65.0), (66, 65.0), (100_000, 65.0), (Int.max, 65.0)])
    func idleIsBoundedByTheTimeSinceTheLastHeartbeatPlusFiveSeconds(delta: Int, counted: Double) throws {
        let live = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T08:10:00Z")
        let outcome = rules.heartbeat(live, idleDelta: delta, at: try time("2026-03-02T08:11:00.900Z"))
        #expect(outcome.session?.idleSeconds == counted)
    }

    @Test func idleNeverExceedsElapsedTime() throws {
        let live = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T08:00:10Z", idle: 9)
        let outcome = rules.heartbeat(live, idleDelta: 15, at: try time("2026-03-02T08:00:20Z"))
        #expect(outcome.session?.idleSeconds == 20)
    }

    @Test func aFractionOfAnOlderSystemIsKept() throws {
        let live = try session(from: "2026-03-02T12:30:00Z", beat: "2026-03-02T12:47:00Z", idle: 47.5)
        let outcome = rules.heartbeat(live, idleDelta: 10, at: try time("2026-03-02T12:48:00Z"))
        #expect(outcome.session?.idleSeconds == 57.5)
    }

    @Test func aHeartbeatAfterTheTimeOutClosesTheSession() throws {
        let silent = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T08:10:00Z")
        let outcome = rules.heartbeat(silent, idleDelta: 0, at: try time("2026-03-02T08:15:00Z"))
        #expect(
            outcome == .init(changes: [.sessionEnded(session: silent.id, at: silent.lastHeartbeatAt, idleSeconds: 0)]))
    }

    @Test func aHeartbeatWithTheClockSetBackKeepsTheLastOne() throws {
        let live = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T08:10:00Z")
        let outcome = rules.heartbeat(live, idleDelta: 5, at: try time("2026-03-02T07:00:00Z"))
        #expect(outcome.session?.lastHeartbeatAt == live.lastHeartbeatAt)
        #expect(outcome.session?.idleSeconds == 5)
    }

    // MARK: Stop and silence

    @Test func aStopEndsTheSessionNowAndKeepsTheLastHeartbeat() throws {
        let live = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T08:10:00Z")
        let now = try time("2026-03-02T08:10:30.250Z")
        let outcome = rules.stop(live, idleDelta: 12, at: now)
        #expect(outcome.changes == [.sessionEnded(session: live.id, at: now, idleSeconds: 12)])
        #expect(outcome.session?.endedAt == now)
        #expect(outcome.session?.isActive == false)
        #expect(outcome.session?.lastHeartbeatAt == live.lastHeartbeatAt)
    }

    @Test func aSessionWithoutLengthIsNotKept() throws {
        let live = try session(from: "2026-03-02T08:00:00Z")
        #expect(rules.stop(live, idleDelta: 0, at: live.startedAt).changes == [.sessionDiscarded(session: live.id)])
        #expect(rules.sweep([live], at: live.startedAt.adding(seconds: 300)) == [.sessionDiscarded(session: live.id)])
    }

    @Test func theSweepEndsSilentSessionsAlone() throws {
        let silent = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T08:10:00Z")
        var live = try session(from: "2026-03-02T08:01:00Z", beat: "2026-03-02T08:10:00.001Z")
        live.employeeID = "tom"
        let changes = rules.sweep([silent, live], at: try time("2026-03-02T08:15:00Z"))
        #expect(changes == [.sessionEnded(session: silent.id, at: silent.lastHeartbeatAt, idleSeconds: 0)])
    }

    // MARK: Midnight

    @Test func theFirstHeartbeatAfterMidnightDividesTheSession() throws {
        let live = try session(from: "2026-03-02T23:00:00Z", beat: "2026-03-02T23:59:30Z", idle: 100)
        let now = try time("2026-03-03T00:00:30Z")
        let midnight = try time("2026-03-03T00:00:00Z")
        let outcome = rules.heartbeat(live, idleDelta: 50, at: now)
        var opened = try session(from: "2026-03-03T00:00:00Z", idle: 30)
        #expect(
            outcome.changes == [
                .sessionEnded(session: live.id, at: midnight, idleSeconds: 120), .sessionStarted(opened),
                .heartbeatCounted(session: opened.id, at: now, idleSeconds: 30),
            ])
        opened.lastHeartbeatAt = now
        #expect(outcome.session == opened)
        #expect(opened.date == "2026-03-03")
    }

    @Test func everyMidnightThatPassedDividesTheSession() throws {
        let patient = WorkRules(calendar: rules.calendar, timeout: 7 * 86_400_000)
        let live = try session(from: "2026-03-02T23:00:00Z")
        let outcome = patient.stop(live, idleDelta: 200_000, at: try time("2026-03-05T01:00:00Z"))
        let ends = outcome.changes.compactMap { change -> Double? in
            if case .sessionEnded(_, _, let idle) = change { idle } else { nil }
        }
        #expect(ends == [3600, 86_400, 86_400, 3600])
        #expect(outcome.session?.startedAt == (try time("2026-03-05T00:00:00Z")))
    }

    /// A file of another system, or a changed zone: the session was open for days and its idle time lies somewhere in it.
    @Test func idleTimeOfAnOldSessionIsSharedOverItsDays() throws {
        let old = try session(from: "2026-03-02T23:00:00Z", beat: "2026-03-03T17:00:00Z", idle: 7200)
        let now = try time("2026-03-03T17:01:00Z")
        var state = TrackerState()
        state.apply(.sessionStarted(old))
        rules.heartbeat(old, idleDelta: 30, at: now).changes.forEach { state.apply($0) }
        let parts = state.allSessions
        #expect(parts.map(\.idleSeconds) == [400, 6830])
        #expect(parts.map(\.lastHeartbeatAt) == [try time("2026-03-03T00:00:00Z"), now])
    }

    @Test func ofSeveralOpenSessionsTheSweepEndsAllButTheNewest() throws {
        let first = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T09:30:00Z")
        let second = try session(from: "2026-03-02T09:00:00Z", beat: "2026-03-02T09:30:00Z")
        let changes = rules.sweep([first, second], at: try time("2026-03-02T09:31:00Z"))
        #expect(changes == [.sessionEnded(session: first.id, at: second.startedAt, idleSeconds: 0)])
    }

    @Test func aStopAtMidnightLeavesNoSessionOnTheNewDay() throws {
        let live = try session(from: "2026-03-02T23:00:00Z", beat: "2026-03-02T23:59:30Z")
        let midnight = try time("2026-03-03T00:00:00Z")
        var state = TrackerState()
        state.apply(.sessionStarted(live))
        rules.stop(live, idleDelta: 0, at: midnight).changes.forEach { state.apply($0) }
        #expect(state.allSessions.map(\.endedAt) == [midnight])
    }

    @Test(arguments: [("2026-03-29", 23), ("2026-10-25", 25)])
    func daysOf23And25HoursCountRight(day: String, hours: Int) throws {
        let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
        let rules = WorkRules(calendar: WorkCalendar(timeZone: zone), timeout: 300_000)
        let date = try #require(CivilDate(iso8601: day))
        let span = rules.calendar.span(of: date)
        var state = TrackerState()
        rules.start(mira, open: nil, lastEnd: nil, at: span.lowerBound.adding(seconds: -3600)).outcome
            .changes.forEach { state.apply($0) }
        var now = span.lowerBound.adding(seconds: -3540)
        while now < span.upperBound.adding(seconds: 3600) {
            let session = state.openSession(of: mira)
            let open = try #require(session)
            rules.heartbeat(open, idleDelta: 0, at: now).changes.forEach { state.apply($0) }
            now = now.adding(seconds: 60)
        }
        let report = WorkReport(rules: rules, now: now)
        let sessions = state.allSessions
        #expect(report.parts(of: sessions, on: date).totals.activeSeconds == hours * 3600)
        #expect(sessions.map(\.date) == [date.adding(days: -1), date, date.adding(days: 1)].map(\.iso8601))
    }
}
