import Foundation
import Shared
import Testing

@testable import TrackerServer

@Suite struct SessionCheckTests {
    /// 2026-03-02T08:00:00Z, as hours and minutes of that day.
    private func time(_ clock: String) -> Timestamp {
        Timestamp(iso8601: "2026-03-02T\(clock):00Z") ?? .earliest
    }

    private func session(
        _ start: String, _ end: String?, of employee: String = "eva", id: String? = nil, idle: Double = 0,
        beat: String? = nil, date: String = "2026-03-02", isActive: Bool? = nil
    ) -> WorkSession {
        let startedAt = time(start)
        return WorkSession(
            id: id ?? "\(employee)-\(startedAt.milliseconds)", employeeID: employee, startedAt: startedAt,
            endedAt: end.map { time($0) }, isActive: isActive ?? (end == nil), idleSeconds: idle,
            lastHeartbeatAt: time(beat ?? end ?? start), date: date)
    }

    private func findings(
        _ sessions: WorkSession..., zone: String = "UTC", now: String = "20:00"
    ) throws -> [Finding] {
        var rows = SegmentedRows<SessionRow>()
        for session in sessions { rows.append(SessionRow(Stored(session))) }
        let calendar = WorkCalendar(timeZone: try #require(TimeZone(identifier: zone)))
        return SessionCheck(rows, calendar: calendar, now: time(now)).findings
    }

    private func kinds(_ findings: [Finding]) -> [Finding.Kind] { findings.map(\.kind) }

    @Test func soundSessionsAreNoFindings() throws {
        #expect(
            try findings(
                session("08:00", "12:00", idle: 14_400, beat: "11:59"), session("08:30", "09:00", of: "max"),
                session("12:00", "13:00"), session("13:00", nil), session("13:00", nil, of: "max", beat: "20:04")
            ).isEmpty)
    }

    @Test func anIDThatStandsTwiceIsFoundOnce() throws {
        let found = try findings(
            session("08:00", "09:00"), session("08:00", "09:00"), session("08:00", "09:00"))
        #expect(kinds(found) == [.sessionListedTwice])
        #expect(found.first?.subject == "eva-\(time("08:00").milliseconds)")
        #expect(
            kinds(try findings(session("08:00", "09:00", id: "x"), session("10:00", "11:00", of: "max", id: "x")))
                == [.sessionListedTwice])
    }

    @Test func activityAndEndMustAgree() throws {
        #expect(kinds(try findings(session("08:00", "09:00", isActive: true))) == [.sessionContradictory])
        #expect(kinds(try findings(session("08:00", nil, isActive: false))) == [.sessionContradictory])
    }

    @Test func aSessionThatEndsBeforeItStartsIsOneFinding() throws {
        #expect(kinds(try findings(session("08:00", "07:00", idle: 5, beat: "07:00"))) == [.sessionReversed])
    }

    @Test func idleTimeMustFit() throws {
        #expect(kinds(try findings(session("08:00", "09:00", idle: 3601))) == [.sessionTooIdle])
        #expect(kinds(try findings(session("08:00", nil, idle: 61, beat: "08:01"))) == [.sessionTooIdle])
    }

    @Test func overlapsOfOneEmployeeAreFoundInAnyOrderAndSpelling() throws {
        let found = try findings(
            session("09:59", "11:00", of: "EVA"), session("08:00", "10:00"), session("08:00", "12:00", of: "max"))
        #expect(kinds(found) == [.sessionOverlap])
        #expect(found.first?.message.contains("eva-\(time("08:00").milliseconds)") == true)
        // A short one inside a long one does not hide the next.
        #expect(
            kinds(try findings(session("08:00", "12:00"), session("09:00", "09:30"), session("11:00", "13:00")))
                == [.sessionOverlap, .sessionOverlap])
    }

    @Test func severalOpenSessionsOfOneEmployeeAreFound() throws {
        let found = try findings(
            session("08:00", nil), session("09:00", nil, of: "Eva"), session("09:00", nil, of: "m"))
        #expect(kinds(found) == [.sessionsOpen])
        #expect(found.first?.subject == "eva")
    }

    @Test(arguments: ["07:59", "09:01"]) func heartbeatsLieInTheSession(beat: String) throws {
        #expect(kinds(try findings(session("08:00", "09:00", beat: beat))) == [.sessionHeartbeatOutside])
    }

    @Test func theFutureBeginsAfterSomeMinutes() throws {
        #expect(try findings(session("08:00", "09:00"), now: "08:55").isEmpty)
        #expect(kinds(try findings(session("08:00", "09:00"), now: "08:54")) == [.sessionFromFuture])
        #expect(kinds(try findings(session("08:00", nil), now: "07:54")) == [.sessionFromFuture])
    }

    @Test func theDateIsTheDayOfTheZone() throws {
        #expect(try findings(session("12:00", "13:00", date: "2026-03-03"), zone: "Pacific/Auckland").isEmpty)
        let other = try findings(session("12:00", "13:00", date: "2026-03-03"))
        #expect(kinds(other) == [.sessionDateOfOtherZone])
        #expect(other.first?.severity == .note)
        #expect(other.first?.message.contains("2026-03-02") == true)
        #expect(kinds(try findings(session("12:00", "13:00", date: "2026-02-29"))) == [.sessionDateInvalid])
    }

    @Test func aSessionWithoutLengthIsANote() throws {
        let found = try findings(session("08:00", "08:00"))
        #expect(kinds(found) == [.sessionWithoutLength])
        #expect(found.first?.severity == .note)
    }
}
