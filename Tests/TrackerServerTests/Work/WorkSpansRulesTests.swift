import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

/// Work that is told of later: what is stored of it, and which session takes it.
@Suite struct WorkSpansRulesTests {
    private let rules = WorkRules(calendar: WorkCalendar(timeZone: .gmt), timeout: 300_000)
    private let user = User(
        email: "mira", name: "", role: .employee, createdAt: Timestamp(iso8601: "2026-02-01T00:00:00Z"))
    private static let desk = UUID()
    private static let laptop = UUID()

    /// Times of 2 March, or whole ones.
    private func time(_ text: String) throws -> Timestamp {
        try #require(Timestamp(iso8601: text.contains("T") ? text : "2026-03-02T\(text)Z"), "\(text)")
    }

    private func session(
        _ start: String, _ end: String?, beat: String? = nil, idle: Double = 0
    ) throws -> WorkSession {
        let start = try time(start)
        let end = try end.map(time)
        return WorkSession(
            id: "mira-\(start.milliseconds)", employeeID: "mira", startedAt: start, endedAt: end, isActive: end == nil,
            idleSeconds: idle, lastHeartbeatAt: try beat.map(time) ?? end ?? start,
            date: rules.calendar.day(of: start).iso8601)
    }

    private func span(_ start: String, _ end: String, idle: Int = 0) throws -> WorkSpan {
        WorkSpan(key: UUID(), startedAt: try time(start), endedAt: try time(end), idleSeconds: idle)
    }

    /// What is there afterwards: `08:00:00-09:00:00/60` is a session with 60 s of idle time, `+` one that is live.
    private struct Result: Equatable {
        var sessions: [String]
        var refused: [Int]
        var rows: [[String]]
        var changes: Int
    }

    private func take(
        _ spans: [WorkSpan], of client: UUID? = nil, tracking: UUID? = nil, onto sessions: [WorkSession] = [],
        at now: String = "18:00:00", by user: User? = nil, rules: WorkRules? = nil
    ) throws -> Result {
        let rules = rules ?? self.rules
        let user = user ?? self.user
        var state = TrackerState()
        for session in sessions {
            state.apply(session.endedAt == nil ? .sessionStarted(session) : .sessionRecorded(session))
        }
        if let tracking { state.apply(.clientTracks(user.id, SessionClient(id: tracking))) }
        var transaction = Transaction(state: state)
        let response = try transaction.take(
            WorkSpansRequest(client: client, spans: spans), of: user, rules, at: try time(now))
        let changes = transaction.apply().count
        return Result(
            sessions: transaction.state.sessions.all.map { text($0.value) },
            refused: response.spans.map(\.refusedSeconds),
            rows: response.spans.map { $0.sessions.map(text) }, changes: changes)
    }

    private func text(_ session: WorkSession) -> String {
        let times = [session.startedAt, session.endedAt ?? session.lastHeartbeatAt].map { time in
            let text = time.iso8601.dropLast(time.milliseconds % 1000 == 0 ? 5 : 1)
            return String(text.hasPrefix("2026-03-02T") ? text.dropFirst(11) : text)
        }
        let idle = session.idleSeconds == 0 ? "" : "/\(session.idleSeconds.ecmaScriptText)"
        return "\(times[0])-\(times[1])\(session.endedAt == nil ? "+" : "")\(idle)"
    }

    // MARK: What is stored

    @Test func whatNoSessionCoversBecomesASession() throws {
        let result = try take([try span("09:00:00", "10:00:00", idle: 300)])
        #expect(result.sessions == ["09:00:00-10:00:00/300"])
        #expect(result.rows == [result.sessions])
        #expect(result.refused == [0])
    }

    @Test func aSpanThatIsSentAgainStoresNothingAndIsAnsweredTheSame() throws {
        let span = try span("09:00:00", "10:00:00", idle: 300)
        let result = try take([span], onto: [try session("09:00:00", "10:00:00", idle: 300)])
        #expect(result.changes == 0)
        #expect(result.rows == [["09:00:00-10:00:00/300"]])
        #expect(result.refused == [0])
    }

    @Test func onlyTheGapsBetweenSessionsAreFilledAndIdleIsSharedInProportion() throws {
        let sessions = [
            try session("09:10:00", "09:20:00", beat: "09:19:00"),
            try session("09:30:00", "09:40:00", beat: "09:39:00"),
        ]
        let result = try take([try span("09:00:00", "10:00:00", idle: 360)], onto: sessions)
        #expect(
            result.sessions == [
                "09:00:00-09:10:00/60", "09:10:00-09:20:00", "09:20:00-09:30:00/60", "09:30:00-09:40:00",
                "09:40:00-10:00:00/120",
            ])
        #expect(result.rows == [result.sessions])
    }

    /// However short the parts are, none is idle for longer than it is.
    @Test func idleFindsRoom() throws {
        let sessions = [
            try session("09:00:00.500", "09:00:02.500", beat: "09:00:01"),
            try session("09:00:03", "09:00:08", beat: "09:00:04"),
        ]
        let result = try take([try span("09:00:00", "09:00:10", idle: 10)], onto: sessions)
        #expect(
            result.sessions == [
                "09:00:00-09:00:00.500", "09:00:00.500-09:00:02.500", "09:00:02.500-09:00:03",
                "09:00:03-09:00:08", "09:00:08-09:00:10/2",
            ])
    }

    @Test func spansOfARequestThatOverlapCountOnceInWhateverOrderTheyCome() throws {
        let spans = [
            try span("09:30:00", "10:30:00"), try span("09:00:00", "10:00:00"), try span("09:15:00", "09:45:00"),
        ]
        let result = try take(spans)
        #expect(result.sessions == ["09:00:00-10:30:00"])
        #expect(result.rows == [result.sessions, result.sessions, result.sessions])
    }

    @Test func midnightsDivide() throws {
        let result = try take([try span("2026-03-01T23:50:00Z", "00:10:00", idle: 600)])
        #expect(result.sessions == ["2026-03-01T23:50:00-00:00:00/300", "00:00:00-00:10:00/300"])
        #expect(result.rows == [result.sessions])
        // A span that begins with the day goes on with no session of the day before.
        let next = try take(
            [try span("00:00:00", "00:10:00")], onto: [try session("2026-03-01T23:50:00Z", "00:00:00")])
        #expect(next.sessions == ["2026-03-01T23:50:00-00:00:00", "00:00:00-00:10:00"])
    }

    @Test func midnightsAreThoseOfTheZone() throws {
        let zone = try #require(TimeZone(identifier: "Europe/Berlin"))
        let berlin = WorkRules(calendar: WorkCalendar(timeZone: zone), timeout: 300_000)
        // The clock is set forward on 29 March: that day has 23 hours.
        let result = try take(
            [try span("2026-03-28T22:30:00Z", "2026-03-29T22:15:00Z", idle: 0)], at: "2026-03-30T08:00:00Z",
            rules: berlin)
        #expect(
            result.sessions == [
                "2026-03-28T22:30:00-2026-03-28T23:00:00", "2026-03-28T23:00:00-2026-03-29T22:00:00",
                "2026-03-29T22:00:00-2026-03-29T22:15:00",
            ])
    }

    // MARK: What is refused

    @Test func whatIsTooOldOrStillToComeIsRefusedWithAReason() throws {
        let old = try take([try span("2026-02-23T17:00:00Z", "2026-02-23T19:00:00Z", idle: 600)])
        #expect(old.sessions == ["2026-02-23T18:00:00-2026-02-23T19:00:00/300"])
        #expect(old.refused == [3600])
        let future = try take([try span("17:30:00", "18:30:00")])
        #expect(future.sessions == ["17:30:00-18:00:00"])
        #expect(future.refused == [1800])
        let whole = try take([
            try span("18:00:00", "18:30:00"), try span("2026-02-01T00:00:00Z", "2026-02-01T01:00:00Z"),
        ])
        #expect(whole.sessions == [])
        #expect(whole.refused == [1800, 3600])
        #expect(whole.changes == 0)
    }

    @Test func whatIsOlderThanTheAccountIsNotItsOwn() throws {
        let account = User(email: "mira", name: "", role: .employee, createdAt: try time("09:00:00"))
        // Somebody had the id before.
        let earlier = [try session("08:00:00", "08:30:00"), try session("08:50:00", "09:10:00")]
        let result = try take(
            [try span("08:00:00", "10:00:00"), try span("08:00:00", "08:20:00")], onto: earlier, by: account)
        #expect(result.sessions == ["08:00:00-08:30:00", "08:50:00-09:10:00", "09:10:00-10:00:00"])
        #expect(result.refused == [3600, 1200])
        #expect(result.rows == [["09:10:00-10:00:00"], []])
    }

    @Test func aReasonNamesEachBound() throws {
        var transaction = Transaction(state: TrackerState())
        let account = User(email: "mira", name: "", role: .employee, createdAt: try time("2026-02-20T00:00:00Z"))
        let spans = [
            try span("2026-02-19T23:00:00Z", "2026-02-20T01:00:00Z"), try span("17:59:59", "18:00:02"),
            try span("17:00:00", "18:00:00.900"),
        ]
        let rows = try transaction.take(
            WorkSpansRequest(spans: spans), of: account, rules, at: try time("18:00:00")
        ).spans
        #expect(rows.map(\.refusedSeconds) == [7200, 2, 0])
        #expect(
            rows.map(\.reason) == [
                "What lies before the account was made, at 2026-02-20T00:00:00.000Z, is not its own. "
                    + "What lies more than 7 days back, before 2026-02-23T18:00:00.000Z, is not taken up any more.",
                "What lies after the server's time, 2026-03-02T18:00:00.000Z, has not been worked yet.", nil,
            ])
    }

    /// What was stored while it was young enough is still answered when it no longer is.
    @Test func whatIsStoredIsNeverRefused() throws {
        let stored = try session("2026-02-20T09:00:00Z", "2026-02-20T10:00:00Z")
        let result = try take([try span("2026-02-20T09:00:00Z", "2026-02-20T10:00:00Z")], onto: [stored])
        #expect(result.refused == [0])
        #expect(result.rows == [["2026-02-20T09:00:00-2026-02-20T10:00:00"]])
    }

    // MARK: What goes on

    @Test func aSpanThatBeginsWhereSilenceEndedASessionContinuesIt() throws {
        let silent = try session("08:00:00", "09:00:00", idle: 10)
        for client in [nil, Self.desk] {
            let result = try take([try span("08:50:00", "09:30:00", idle: 40)], of: client, onto: [silent])
            #expect(result.sessions == ["08:00:00-09:30:00/40"])
            #expect(result.changes == 1)
        }
    }

    @Test func aSilentSessionThatNobodyHasEndedYetEndsAndIsContinued() throws {
        let silent = try session("08:00:00", nil, beat: "09:00:00")
        let result = try take([try span("09:00:00", "09:30:00")], onto: [silent])
        #expect(result.sessions == ["08:00:00-09:30:00"])
    }

    /// It never beat: what it covers is nothing, and its start is free again.
    @Test func aSilentSessionWithoutLengthGivesWayToASpanThatBeginsWithIt() throws {
        let result = try take([try span("17:00:00", "17:30:00")], onto: [try session("17:00:00", nil)])
        #expect(result.sessions == ["17:00:00-17:30:00"])
    }

    @Test func aSpanThatTouchesAStopContinuesTheSameClientsSessionAlone() throws {
        let stopped = try session("08:00:00", "09:00:00", beat: "08:59:30")
        let touching = try span("09:00:00", "09:30:00")
        #expect(
            try take([touching], of: Self.desk, tracking: Self.desk, onto: [stopped]).sessions == ["08:00:00-09:30:00"])
        for (client, tracking) in [(Self.laptop, Self.desk), (nil, Self.desk), (Self.desk, nil)] as [(UUID?, UUID?)] {
            #expect(
                try take([touching], of: client, tracking: tracking, onto: [stopped]).sessions
                    == ["08:00:00-09:00:00", "09:00:00-09:30:00"])
        }
    }

    @Test func aMillisecondLaterIsAnotherSession() throws {
        let result = try take([try span("09:00:00.001", "09:30:00")], onto: [try session("08:00:00", "09:00:00")])
        #expect(result.sessions == ["08:00:00-09:00:00", "09:00:00.001-09:30:00"])
    }

    // MARK: Beside a live session

    @Test func aLiveSessionGoesOnToTheEndOfItsOwnClientsSpan() throws {
        let live = try session("17:00:00", nil, beat: "17:57:00", idle: 30)
        for (client, tracking) in [
            (Self.desk, Self.desk), (Self.desk, nil), (nil, Self.desk), (nil, nil),
        ] as [(UUID?, UUID?)] {
            let result = try take(
                [try span("17:55:00", "17:59:00", idle: 120)], of: client, tracking: tracking, onto: [live])
            #expect(result.sessions == ["17:00:00-17:59:00+/90"])
            #expect(result.rows == [result.sessions])
        }
    }

    @Test func ofAnotherClientsSpanALiveSessionTakesTheTimeAndNotTheIdleTime() throws {
        let live = try session("17:00:00", nil, beat: "17:57:00", idle: 30)
        let result = try take(
            [try span("16:30:00", "17:59:00", idle: 1200)], of: Self.laptop, tracking: Self.desk, onto: [live])
        #expect(result.sessions == ["16:30:00-17:00:00/404", "17:00:00-17:59:00+/30"])
    }

    /// The sweep ends the session where it was heard of last: no later than where what was answered ends.
    @Test func whatWasAnsweredAsCoveredStaysSoAfterASweep() throws {
        var state = TrackerState()
        state.apply(.sessionStarted(try session("17:00:00", nil, beat: "17:57:00")))
        var transaction = Transaction(state: state)
        let request = WorkSpansRequest(spans: [try span("17:30:00", "17:59:30")])
        let now = try time("18:00:00")
        _ = try transaction.take(request, of: user, rules, at: now)
        _ = transaction.apply()
        for change in rules.sweep(transaction.state.openSessions, at: now.adding(seconds: 270)) {
            transaction.record(change)
        }
        _ = transaction.apply()
        let kept = transaction.state.sessions.all.map { text($0.value) }
        #expect(kept == ["17:00:00-17:59:30"])
        let again = try transaction.take(request, of: user, rules, at: now.adding(seconds: 400))
        #expect(again.spans.map(\.refusedSeconds) == [0])
        let changes = transaction.apply()
        #expect(changes == [])
    }

    /// Its client says that nobody worked in between.
    @Test func afterAGapThatItsOwnClientLeavesAnotherSessionIsLive() throws {
        let live = try session("17:00:00", nil, beat: "17:56:00", idle: 5)
        let later = try span("17:58:00", "17:59:00", idle: 20)
        let result = try take([later], of: Self.desk, tracking: Self.desk, onto: [live])
        #expect(result.sessions == ["17:00:00-17:56:00/5", "17:58:00-17:59:00+/20"])
        // Work of that time, told of later, goes on with the one before.
        let both = try take(
            [later, try span("17:56:00", "17:57:00")], of: Self.desk, tracking: Self.desk, onto: [live])
        #expect(both.sessions == ["17:00:00-17:57:00/5", "17:58:00-17:59:00+/20"])
        // Clocks differ by a little: that is no gap.
        let near = try take([try span("17:56:05", "17:59:00")], of: Self.desk, tracking: Self.desk, onto: [live])
        #expect(near.sessions == ["17:00:00-17:59:00+/5"])
    }

    @Test func aLiveSessionIsDividedAtMidnightByASpan() throws {
        let live = try session("2026-03-01T23:00:00Z", nil, beat: "2026-03-01T23:59:00Z", idle: 60)
        let result = try take(
            [try span("2026-03-01T23:59:00Z", "00:02:00", idle: 90)], onto: [live], at: "00:02:30")
        #expect(result.sessions == ["2026-03-01T23:00:00-00:00:00/90", "00:00:00-00:02:00+/60"])
    }

    @Test func nothingReachesOverTheStartOfASessionThatHasJustBegun() throws {
        let live = try session("17:59:00", nil)
        let result = try take([try span("17:30:00", "17:59:30", idle: 59)], onto: [live])
        #expect(result.sessions == ["17:30:00-17:59:00/58", "17:59:00-17:59:30+/1"])
    }

    /// What was recorded while the clock was ahead stays, and is not reached over.
    @Test func aSessionFromTheFutureIsNotReachedOver() throws {
        let live = try session("17:00:00", nil, beat: "17:57:00")
        let ahead = try session("17:58:00", "17:59:00")
        for (client, tracking) in [(Self.desk, Self.desk), (Self.laptop, Self.desk)] {
            let result = try take(
                [try span("17:30:00", "18:00:00")], of: client, tracking: tracking, onto: [live, ahead])
            #expect(
                result.sessions == ["17:00:00-17:58:00", "17:58:00-17:59:00", "17:59:00-18:00:00+"])
        }
    }

    // MARK: A client that died

    /// The time in which no client ran is no work: the beat that follows says so, and is believed exactly.
    @Test(arguments: ["17:00:40", "17:03:10", "17:04:59.900"])
    func theTimeWithoutAClientIsReportedAsIdle(now: String) throws {
        let live = try session("16:00:00", nil, beat: "17:00:00", idle: 12)
        let now = try time(now)
        let gap = Int((now - live.lastHeartbeatAt) / 1000)
        let outcome = rules.heartbeat(live, idleDelta: gap, at: now)
        #expect(outcome.session?.idleSeconds == Double(12 + gap))
        // What it did before it died may be told of first.
        let told = try take([try span("17:00:00", "17:00:10", idle: 3)], onto: [live], at: "17:00:40")
        #expect(told.sessions == ["16:00:00-17:00:10+/15"])
    }
}
