import Foundation
import Shared
import TestSupport
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

    /// Of the time since the last heartbeat whoever ran tells whether it was work, and how much of it idle.
    @Test func aClientThatTellsSpansBeginsASessionOfItsOwn() throws {
        let live = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T08:10:00Z", idle: 30)
        let now = try time("2026-03-02T08:10:05.001Z")
        let (outcome, isNew) = rules.start(mira, open: live, tellsSpans: true, lastEnd: nil, at: now)
        #expect(isNew)
        #expect(outcome.changes.first == .sessionEnded(session: live.id, at: live.lastHeartbeatAt, idleSeconds: 30))
        #expect(outcome.session?.startedAt == now)
        let (near, isNearNew) = rules.start(
            mira, open: live, tellsSpans: true, lastEnd: nil, at: try time("2026-03-02T08:10:05Z"))
        #expect(!isNearNew)
        #expect(near == .init(session: live))
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
        let (outcome, _) = rules.start(mira, open: nil, lastEnd: lastEnd, at: try time("2026-03-02T11:59:55Z"))
        #expect(outcome.session?.startedAt == lastEnd)
        #expect(outcome.ahead == nil)
    }

    @Test(arguments: ["2026-03-02T11:59:54.999Z", "2026-03-02T11:30:00Z", "2026-03-01T12:00:00Z"])
    func aStartBeforeWhatWasRecordedAheadOfTheClockBeginsNow(now: String) throws {
        let (lastEnd, now) = (try time("2026-03-02T12:00:00Z"), try time(now))
        let (outcome, isNew) = rules.start(mira, open: nil, lastEnd: lastEnd, at: now)
        #expect(isNew)
        #expect(outcome.session?.startedAt == now)
        #expect(outcome.ahead == lastEnd - now)
    }

    @Test func aStartBesideAnOpenSessionFromTheFutureEndsThatAndBeginsNow() throws {
        let ahead = try session(from: "2026-03-02T13:00:00Z", beat: "2026-03-02T13:10:00Z", idle: 60)
        let now = try time("2026-03-02T08:10:00Z")
        let (outcome, isNew) = rules.start(mira, open: ahead, lastEnd: nil, at: now)
        let started = try session(from: "2026-03-02T08:10:00Z")
        #expect(isNew)
        #expect(
            outcome.changes == [
                .sessionEnded(session: ahead.id, at: ahead.lastHeartbeatAt, idleSeconds: 60), .sessionStarted(started),
            ])
    }

    @Test func whereAnInstantComesTwiceTheSecondSessionHasAnIdOfItsOwn() throws {
        let now = try time("2026-03-02T08:05:00.512Z")
        let (outcome, _) = rules.start(mira, open: nil, lastEnd: nil, at: now) { employee, start in
            employee == mira && start - now < 2
        }
        #expect(outcome.session?.id == "mira@harbour.example-1772438700514")
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
        let outcome = rules.heartbeat(live, idleDelta: 5, at: try time("2026-03-02T08:09:55Z"))
        #expect(outcome.session?.lastHeartbeatAt == live.lastHeartbeatAt)
        #expect(outcome.session?.idleSeconds == 5)
    }

    @Test(arguments: ["2026-03-02T08:09:54.999Z", "2026-03-02T07:00:00Z", "2026-03-01T23:59:59Z"])
    func aHeartbeatAfterTheClockWasSetBackBeginsASessionNow(now: String) throws {
        let ahead = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T08:10:00Z", idle: 7)
        let started = try session(from: now)
        let outcome = rules.heartbeat(ahead, idleDelta: 50, at: started.startedAt)
        #expect(
            outcome.changes == [
                .sessionEnded(session: ahead.id, at: ahead.lastHeartbeatAt, idleSeconds: 57), .sessionStarted(started),
            ])
        #expect(outcome.session == started)
        #expect(outcome.ahead == ahead.lastHeartbeatAt - started.startedAt)
        let next = rules.heartbeat(started, idleDelta: 20, at: started.startedAt.adding(seconds: 60))
        #expect(next.session?.idleSeconds == 20)
        #expect(next.ahead == nil)
    }

    /// What was idle before the clock was set back belongs to the session that ends, as far as it has room.
    @Test(arguments: [(50, 57.5), (592, 599.5), (593, 599.5), (Int.max, 599.5)])
    func idleOfBeforeTheClockWasSetBackGoesToTheSessionThatEnds(delta: Int, counted: Double) throws {
        let ahead = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T08:10:00.900Z", idle: 7.5)
        let now = try time("2026-03-02T07:00:00Z")
        let ended = Change.sessionEnded(session: ahead.id, at: ahead.lastHeartbeatAt, idleSeconds: counted)
        #expect(rules.heartbeat(ahead, idleDelta: delta, at: now).changes.first == ended)
        let stopped = rules.stop(ahead, idleDelta: delta, at: now)
        #expect(stopped.changes == [ended])
        #expect(stopped.session?.idleSeconds == counted)
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

    @Test func aStopAfterTheClockWasSetBackTellsOfWhatIsKept() throws {
        let ahead = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T08:10:00Z")
        let outcome = rules.stop(ahead, idleDelta: 0, at: try time("2026-03-02T07:00:00Z"))
        #expect(outcome.changes == [.sessionEnded(session: ahead.id, at: ahead.lastHeartbeatAt, idleSeconds: 0)])
        #expect(outcome.session?.endedAt == ahead.lastHeartbeatAt)
        for earlier in ["2026-03-02T07:00:00Z", "2026-03-02T07:59:59Z"] {
            let empty = rules.stop(try session(from: "2026-03-02T08:00:00Z"), idleDelta: 0, at: try time(earlier))
            #expect(empty.changes == [.sessionDiscarded(session: ahead.id)])
            #expect(empty.session == nil)
        }
    }

    @Test func aSessionLastHeardOfBeforeItsStartIsSilent() throws {
        let odd = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T07:59:59Z")
        let now = try time("2026-03-02T08:00:01Z")
        #expect(rules.isSilent(odd, at: now))
        #expect(rules.sweep([odd], at: now) == [.sessionDiscarded(session: odd.id)])
        #expect(rules.heartbeat(odd, idleDelta: 0, at: now).session == nil)
    }

    @Test func theSweepLetsSessionsFromTheFutureGoOnFromNow() throws {
        let ahead = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T13:10:00Z")
        let started = try session(from: "2026-03-02T08:10:00Z")
        #expect(
            rules.sweep([ahead], at: started.startedAt) == [
                .sessionEnded(session: ahead.id, at: ahead.lastHeartbeatAt, idleSeconds: 0), .sessionStarted(started),
            ])
    }

    /// Ten minutes that nobody worked: they count for nobody, and end nobody's work.
    @Test func aClockThatIsSetForwardMakesNobodySilent() throws {
        let live = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T08:10:00Z")
        var silent = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T08:02:00Z")
        silent.employeeID = "tom"
        var heard = try session(from: "2026-03-02T08:00:00Z", beat: "2026-03-02T08:20:15Z")
        heard.employeeID = "eva"
        let started = try session(from: "2026-03-02T08:20:30Z")
        let now = started.startedAt
        #expect(
            rules.sweep([live, silent, heard], at: now, after: 600_000) == [
                .sessionEnded(session: live.id, at: live.lastHeartbeatAt, idleSeconds: 0), .sessionStarted(started),
                .sessionEnded(session: silent.id, at: silent.lastHeartbeatAt, idleSeconds: 0),
            ])
        #expect(rules.sweep([heard], at: now, after: -600_000).isEmpty)
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
        let outcome = rules.stop(live, idleDelta: 0, at: midnight)
        outcome.changes.forEach { state.apply($0) }
        #expect(state.allSessions.map(\.endedAt) == [midnight])
        #expect(outcome.session == state.allSessions.first)
    }

    /// The clock was set back over midnight, and the new day begins once more.
    @Test func aMidnightThatComesTwiceDividesTwice() throws {
        var state = TrackerState()
        state.apply(.sessionStarted(try session(from: "2026-03-03T00:00:00Z")))
        for now in ["2026-03-03T00:01:00Z", "2026-03-02T23:59:00Z", "2026-03-03T00:00:30Z", "2026-03-03T00:01:30Z"] {
            let open = state.openSession(of: mira)
            let sessions = state.sessions
            let outcome = rules.heartbeat(try #require(open), idleDelta: 0, at: try time(now)) {
                sessions.hasSession(of: $0, startedAt: $1)
            }
            outcome.changes.forEach { state.apply($0) }
            #expect(state.openSession(of: mira) == outcome.session)
        }
        #expect(
            state.allSessions.map { [$0.startedAt, $0.endedAt ?? $0.lastHeartbeatAt].map(\.iso8601) } == [
                ["2026-03-02T23:59:00.000Z", "2026-03-03T00:00:00.001Z"],
                ["2026-03-03T00:00:00.000Z", "2026-03-03T00:01:00.000Z"],
                ["2026-03-03T00:00:00.001Z", "2026-03-03T00:01:30.000Z"],
            ])
    }

    /// However the clock is set: what was answered is kept, ids are one each, and from the next answer on all work counts.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func workCountsHoweverTheClockIsSet(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var state = TrackerState()
        var now = try time("2026-03-02T08:00:00Z")
        var last: (time: Timestamp, total: Int64)?
        for _ in 0..<200 {
            let open = state.openSession(of: mira)
            let sessions = state.sessions
            let isTaken: WorkRules.IsTaken = { sessions.hasSession(of: $0, startedAt: $1) }
            let outcome: WorkRules.Outcome
            switch (open, Int.random(in: 0..<8, using: &random)) {
            case (let open?, 0): outcome = rules.stop(open, idleDelta: 0, at: now, isTaken: isTaken)
            case (let open?, _): outcome = rules.heartbeat(open, idleDelta: 0, at: now, isTaken: isTaken)
            case (nil, _):
                outcome =
                    rules.start(mira, open: nil, lastEnd: sessions.lastEnd(of: mira), at: now, isTaken: isTaken)
                    .outcome
            }
            outcome.changes.forEach { state.apply($0) }
            let all = state.allSessions
            if let session = outcome.session { #expect(session.endedAt == now || all.contains(session)) }
            #expect(Set(all.map(\.id)).count == all.count)
            #expect(zip(all, all.dropFirst()).allSatisfy { $0.startedAt <= $1.startedAt })
            let total = all.reduce(Int64(0)) { $0 + (($1.endedAt ?? $1.lastHeartbeatAt) - $1.startedAt) }
            if let last, let open, open.lastHeartbeatAt == last.time {
                #expect(total - last.total == now - last.time)
            }
            let isSet = Int.random(in: 0..<10, using: &random) == 0
            last = isSet ? nil : (now, total)
            let step = isSet ? -10_000_000...10_000_000 : 1...120_000 as ClosedRange<Int64>
            now = now.adding(milliseconds: Int64.random(in: step, using: &random))
        }
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
