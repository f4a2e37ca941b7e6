import JSON
import Shared
import Testing

@testable import TrackerServer

/// Start, heartbeat and stop through the interface; the rules themselves have tests of their own.
struct WorkTests {
    private func beat(_ server: TestServer, _ idle: Int, as person: Person) async throws -> Reply {
        try await server.post(APIPath.workHeartbeat, #"{"idleDeltaSeconds": \#(idle)}"#, as: person)
    }

    private static let started =
        #"{"id":"eva-1772438400000","employeeId":"eva","startedAt":"2026-03-02T08:00:00.000Z","endedAt":null,"#
        + #""isActive":true,"idleSeconds":0,"lastHeartbeatAt":"2026-03-02T08:00:00.000Z","date":"2026-03-02"}"#

    @Test func aDayFromStartToStop() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let manager = try await server.manager()
            try await server.get(APIPath.workMe, as: eva).expect(
                200,
                #"{"today":"2026-03-02","session":null,"totalActiveSeconds":0,"totalIdleSeconds":0,"#
                    + #""netActiveSeconds":0,"intervalSeconds":null,"sessionTimeoutSeconds":300,"corrections":[],"correctionSeconds":0}"#
            )
            try await server.post(APIPath.workStart, as: eva)
                .expect(201, #"{"ok":true,"session":\#(Self.started)}"#)
            server.clock.advance(seconds: 60)
            try await beat(server, 20, as: eva).expect(200, #"{"ok":true,"idleSeconds":20}"#)
            server.clock.advance(seconds: 30)
            let live =
                #"{"id":"eva-1772438400000","employeeId":"eva","startedAt":"2026-03-02T08:00:00.000Z","endedAt":null,"#
                + #""isActive":true,"idleSeconds":20,"lastHeartbeatAt":"2026-03-02T08:01:00.000Z","date":"2026-03-02"}"#
            try await server.get(APIPath.workMe, as: eva).expect(
                200,
                #"{"today":"2026-03-02","session":\#(live),"totalActiveSeconds":90,"totalIdleSeconds":20,"#
                    + #""netActiveSeconds":70,"intervalSeconds":null,"sessionTimeoutSeconds":300,"corrections":[],"correctionSeconds":0}"#
            )
            try await server.get(APIPath.workSessionsToday, as: manager).expect(
                200,
                #"{"today":"2026-03-02","employees":[{"employeeId":"eva","sessions":[{"id":"eva-1772438400000","#
                    + #""startedAt":"2026-03-02T08:00:00.000Z","endedAt":null,"isActive":true,"activeSeconds":90,"#
                    + #""idleSeconds":20,"netActiveSeconds":70}],"registered":true}]}"#)
            try await server.post(APIPath.workStop, #"{"idleDeltaSeconds": 5}"#, as: eva).expect(
                200,
                #"{"ok":true,"session":{"id":"eva-1772438400000","employeeId":"eva","#
                    + #""startedAt":"2026-03-02T08:00:00.000Z","endedAt":"2026-03-02T08:01:30.000Z","isActive":false,"#
                    + #""idleSeconds":25,"lastHeartbeatAt":"2026-03-02T08:01:00.000Z","date":"2026-03-02"}}"#)
            try await server.get(APIPath.workSummaryToday, as: manager).expect(
                200,
                #"{"today":"2026-03-02","employees":[{"employeeId":"eva","loginTimes":["2026-03-02T08:00:00.000Z"],"#
                    + #""logoutTimes":["2026-03-02T08:01:30.000Z"],"totalActiveSeconds":90,"totalIdleSeconds":25,"#
                    + #""netActiveSeconds":65,"registered":true}]}"#)
        }
    }

    @Test func secondStartReturnsTheLiveSession() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, as: eva).expect(201)
            server.clock.advance(seconds: 30)
            try await server.post(APIPath.workStart, as: eva)
                .expect(200, #"{"ok":true,"session":\#(Self.started)}"#)
        }
    }

    /// The clock was ahead when the file was written, and is right again.
    @Test(arguments: [("13:00", "14:00"), ("07:00", "08:30"), ("08:01", "08:02")])
    func workCountsFromNowOnBesideASessionFromTheFuture(start: String, end: String) async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let started = try #require(Timestamp(iso8601: "2026-03-02T\(start):00Z"))
        let record = WorkSession(
            id: "eva-\(started.milliseconds)", employeeID: "eva", startedAt: started,
            endedAt: Timestamp(iso8601: "2026-03-02T\(end):00Z"), isActive: false, idleSeconds: 0,
            lastHeartbeatAt: started, date: "2026-03-02")
        try folders.write("[" + RandomRecords.canonical(record) + "\n]", to: "data/work_sessions.json")
        try await TestServer.run(folders: folders) { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, as: eva)
                .expect(201, #"{"ok":true,"session":\#(Self.started)}"#)
            server.clock.advance(seconds: 60)
            try await beat(server, 20, as: eva).expect(200, #"{"ok":true,"idleSeconds":20}"#)
            server.clock.advance(seconds: 30)
            let stopped = try await server.post(APIPath.workStop, as: eva)
            let session = try WorkSessionResponse(json: try stopped.json).session
            #expect(session.endedAt?.iso8601 == "2026-03-02T08:01:30.000Z")
            let kept = server.environment.store.peek { $0.allSessions }
            #expect(kept == [record, session].sorted { $0.startedAt < $1.startedAt })
        }
        let file = try folders.text("data/work_sessions.json")
        #expect(file.contains(#""endedAt": "2026-03-02T08:01:30.000Z""#))
    }

    @Test func aClockThatIsSetBackEndsNobodysWork() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, as: eva).expect(201)
            server.clock.advance(seconds: 100)
            try await beat(server, 0, as: eva).expect(200)
            server.clock.leap(seconds: -3600)
            try await server.environment.sweep()
            server.clock.advance(seconds: 60)
            try await beat(server, 30, as: eva).expect(200, #"{"ok":true,"idleSeconds":30}"#)
            server.clock.leap(seconds: 3600)
            try await server.environment.sweep(after: 3_600_000)
            server.clock.advance(seconds: 40)
            try await server.post(APIPath.workStop, as: eva).expect(200)
            let spans = server.environment.store.peek { state in
                state.allSessions.map { session in
                    [session.startedAt, session.endedAt ?? .earliest].map { String($0.iso8601.prefix(19).suffix(8)) }
                }
            }
            #expect(spans == [["07:01:40", "07:02:40"], ["08:00:00", "08:01:40"], ["08:02:40", "08:03:20"]])
        }
    }

    @Test func parallelStartsMakeOneSession() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 { group.addTask { try await server.post(APIPath.workStart, as: eva).status } }
                return try await group.reduce(into: []) { $0.append($1) }.sorted()
            }
            #expect(statuses == Array(repeating: 200, count: 9) + [201])
        }
    }

    @Test func withoutASessionThereIsNothingToBeatOrStop() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            for path in [APIPath.workHeartbeat, APIPath.workStop] {
                try await server.post(path, as: eva)
                    .expect(404, #"{"error":"No active session","code":"no_active_session"}"#)
            }
            #expect(try server.folders.text("data/work_sessions.json") == "[]")
        }
    }

    @Test func idleIsBoundedByTheTimeSinceTheLastBeat() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, as: eva).expect(201)
            server.clock.advance(seconds: 100)
            try await beat(server, 0, as: eva).expect(200, #"{"ok":true,"idleSeconds":0}"#)
            server.clock.advance(seconds: 60)
            try await beat(server, 1000, as: eva).expect(200, #"{"ok":true,"idleSeconds":65}"#)
            try await beat(server, 9_223_372_036_854_775_807, as: eva).expect(200, #"{"ok":true,"idleSeconds":70}"#)
            try await server.post(APIPath.workHeartbeat, as: eva).expect(200, #"{"ok":true,"idleSeconds":70}"#)
        }
    }

    @Test func idleNeverExceedsElapsedTime() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, as: eva).expect(201)
            server.clock.advance(seconds: 10)
            try await beat(server, 15, as: eva).expect(200, #"{"ok":true,"idleSeconds":10}"#)
        }
    }

    @Test func aBeatAfterTheTimeOutClosesTheSession() async throws {
        try await TestServer.run(["SESSION_TIMEOUT_SECONDS": "120"]) { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, as: eva).expect(201)
            server.clock.advance(seconds: 60)
            try await beat(server, 10, as: eva).expect(200)
            server.clock.advance(seconds: 119)
            try await beat(server, 0, as: eva).expect(200)
            server.clock.advance(seconds: 120)
            try await beat(server, 0, as: eva).expectError(404, "no_active_session")
            let file = try server.folders.text("data/work_sessions.json")
            #expect(file.contains(#""endedAt": "2026-03-02T08:02:59.000Z""#))
            let next = try await server.post(APIPath.workStart, as: eva)
            #expect(next.status == 201)
            #expect(
                try WorkSessionResponse(json: try next.json).session.startedAt.iso8601 == "2026-03-02T08:04:59.000Z")
        }
    }

    @Test func aStartAfterSilenceOpensANewSession() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, as: eva).expect(201)
            server.clock.advance(seconds: 60)
            try await beat(server, 0, as: eva).expect(200)
            server.clock.advance(seconds: 300)
            let me = try WorkDayResponse(json: try await server.get(APIPath.workMe, as: eva).json)
            #expect(me.session == nil)
            #expect(me.totals.activeSeconds == 60)
            try await server.post(APIPath.workStart, as: eva).expect(201)
            let manager = try await server.manager()
            let summary = try await server.get(APIPath.workSummaryToday, as: manager)
            #expect(summary.text.contains(#""logoutTimes":["2026-03-02T08:01:00.000Z"]"#))
            #expect(
                summary.text.contains(
                    #""loginTimes":["2026-03-02T08:00:00.000Z","2026-03-02T08:06:00.000Z"]"#))
        }
    }

    @Test func theFirstBeatAfterMidnightOpensTheNewDay() async throws {
        try await TestServer.run(["TRACKER_TIME_ZONE": "Europe/Berlin"], at: "2026-03-02T22:58:00.000Z") { server in
            let eva = try await server.employee("eva")
            let manager = try await server.manager()
            try await server.post(APIPath.workStart, as: eva).expect(201)
            server.clock.advance(seconds: 60)
            try await beat(server, 30, as: eva).expect(200)
            server.clock.advance(seconds: 120)
            let me = try WorkDayResponse(json: try await server.get(APIPath.workMe, as: eva).json)
            #expect(me.today == "2026-03-03")
            #expect(me.totals.activeSeconds == 60)
            try await beat(server, 100, as: eva).expect(200, #"{"ok":true,"idleSeconds":60}"#)
            try await server.get(APIPath.workSummaryToday, as: manager).expect(
                200,
                #"{"today":"2026-03-03","employees":[{"employeeId":"eva","loginTimes":["2026-03-02T23:00:00.000Z"],"#
                    + #""logoutTimes":[],"totalActiveSeconds":60,"totalIdleSeconds":60,"netActiveSeconds":0,"#
                    + #""registered":true}]}"#)
            let stop = try WorkSessionResponse(json: try await server.post(APIPath.workStop, as: eva).json)
            #expect(stop.session.date == "2026-03-03")
            #expect(stop.session.startedAt.iso8601 == "2026-03-02T23:00:00.000Z")
            let file = try JSONReader.value(of: Array(server.folders.text("data/work_sessions.json").utf8))
            let sessions = try #require(file.array).map { try WorkSession(json: $0) }
            #expect(sessions.map(\.date) == ["2026-03-02", "2026-03-03"])
            #expect(sessions.map(\.endedAt?.iso8601) == ["2026-03-02T23:00:00.000Z", "2026-03-02T23:01:00.000Z"])
            #expect(sessions.map(\.idleSeconds) == [70, 60])
        }
    }

    @Test func aSessionWithoutLengthIsNotKept() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, as: eva).expect(201)
            let reply = try await server.post(APIPath.workStop, as: eva)
            #expect(reply.status == 200)
            #expect(try server.folders.text("data/work_sessions.json") == "[]")
        }
    }

    @Test func silenceIsNoticedAtTheStart() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await TestServer.run(folders: folders) { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, as: eva).expect(201)
            server.clock.advance(seconds: 100)
            try await server.post(APIPath.workHeartbeat, as: eva).expect(200)
        }
        try await TestServer.run(at: "2026-03-02T08:06:40.000Z", folders: folders) { server in
            let file = try server.folders.text("data/work_sessions.json")
            #expect(file.contains(#""endedAt": "2026-03-02T08:01:40.000Z""#))
        }
    }

    @Test func aLiveSessionOutlivesARestart() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await TestServer.run(folders: folders) { server in
            try await server.post(APIPath.workStart, as: try await server.employee("eva")).expect(201)
        }
        try await TestServer.run(at: "2026-03-02T08:04:59.000Z", folders: folders) { server in
            let eva = try await server.login("eva")
            try await server.post(APIPath.workStart, as: eva).expect(200)
            try await beat(server, 0, as: eva).expect(200, #"{"ok":true,"idleSeconds":0}"#)
        }
    }

    @Test func managersDoNotWorkAndEmployeesDoNotLook() async throws {
        try await TestServer.run { server in
            let manager = try await server.manager()
            let eva = try await server.employee("eva")
            for path in [APIPath.workStart, APIPath.workHeartbeat, APIPath.workStop] {
                try await server.post(path, as: manager).expectError(403, "forbidden")
            }
            try await server.get(APIPath.workMe, as: manager).expectError(403, "forbidden")
            for path in [APIPath.workSummaryToday, APIPath.workSessionsToday, APIPath.activityRecent] {
                try await server.get(path, as: eva).expectError(403, "forbidden")
            }
        }
    }
}
