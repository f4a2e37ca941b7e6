import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

/// Work that is told of later, through the interface.
struct WorkSpansTests {
    private static let key = "0b7e7a0e-1111-4222-8333-0123456789ab"

    private func span(_ start: String, _ end: String, idle: Int = 0, key: String = key) -> String {
        #"{"key": "\#(key)", "startedAt": "\#(start)", "endedAt": "\#(end)", "idleSeconds": \#(idle)}"#
    }

    private func request(_ spans: String...) -> String { #"{"spans": [\#(spans.joined(separator: ","))]}"# }

    private static let morning =
        #"{"id":"eva-1772420400000","employeeId":"eva","startedAt":"2026-03-02T03:00:00.000Z","#
        + #""endedAt":"2026-03-02T06:00:00.000Z","isActive":false,"idleSeconds":600,"#
        + #""lastHeartbeatAt":"2026-03-02T06:00:00.000Z","date":"2026-03-02"}"#

    /// An account that was there before the day began.
    private func run(
        _ settings: [String: String] = [:], _ body: @Sendable (TestServer, _ eva: Person) async throws -> Void
    ) async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await TestServer.run(at: "2026-02-01T08:00:00.000Z", folders: folders) { server in
            _ = try await server.employee("eva")
        }
        try await TestServer.run(settings, folders: folders) { server in
            try await body(server, try await server.login("eva"))
        }
    }

    @Test func aMorningOfWorkThatWasToldOfLater() async throws {
        try await run { server, eva in
            let manager = try await server.manager()
            let text = request(span("2026-03-02T04:00:00+01:00", "2026-03-02T06:00:00Z", idle: 600))
            let answer = #"{"spans":[{"key":"\#(Self.key)","sessions":[\#(Self.morning)],"refusedSeconds":0}]}"#
            try await server.post(APIPath.workSpans, text, as: eva).expect(200, answer)
            // The file is current when the answer comes, and the same again changes nothing.
            let file = try server.folders.text("data/work_sessions.json")
            #expect(
                file == """
                    [
                      {
                        "id": "eva-1772420400000",
                        "employeeId": "eva",
                        "startedAt": "2026-03-02T03:00:00.000Z",
                        "endedAt": "2026-03-02T06:00:00.000Z",
                        "isActive": false,
                        "idleSeconds": 600,
                        "lastHeartbeatAt": "2026-03-02T06:00:00.000Z",
                        "date": "2026-03-02"
                      }
                    ]
                    """)
            try await server.post(APIPath.workSpans, text, as: eva).expect(200, answer)
            #expect(try server.folders.text("data/work_sessions.json") == file)
            try await server.get(APIPath.workMe, as: eva).expect(
                200,
                #"{"today":"2026-03-02","session":null,"totalActiveSeconds":10800,"totalIdleSeconds":600,"#
                    + #""netActiveSeconds":10200,"intervalSeconds":null,"sessionTimeoutSeconds":300,"corrections":[],"correctionSeconds":0}"#
            )
            try await server.get(APIPath.workSummaryToday, as: manager).expect(
                200,
                #"{"today":"2026-03-02","employees":[{"employeeId":"eva","loginTimes":["2026-03-02T03:00:00.000Z"],"#
                    + #""logoutTimes":["2026-03-02T06:00:00.000Z"],"totalActiveSeconds":10800,"totalIdleSeconds":600,"#
                    + #""netActiveSeconds":10200,"registered":true}]}"#)
            try await server.get(APIPath.workSessionsToday, as: manager).expect(
                200,
                #"{"today":"2026-03-02","employees":[{"employeeId":"eva","sessions":[{"id":"eva-1772420400000","#
                    + #""startedAt":"2026-03-02T03:00:00.000Z","endedAt":"2026-03-02T06:00:00.000Z","isActive":false,"#
                    + #""activeSeconds":10800,"idleSeconds":600,"netActiveSeconds":10200}],"registered":true}]}"#)
        }
    }

    /// The server was away for 400 s, longer than the time-out: no second is lost and none counts twice.
    @Test func workWhileTheServerWasAwayGoesOnWithTheSession() async throws {
        try await run { server, eva in
            try await server.post(APIPath.workStart, as: eva).expect(201)
            server.clock.advance(seconds: 60)
            try await server.post(APIPath.workHeartbeat, as: eva).expect(200)
            server.clock.advance(seconds: 400)
            try await server.environment.sweep()
            try await server.post(APIPath.workHeartbeat, as: eva).expectError(404, "no_active_session")
            let text = request(span("2026-03-02T08:01:00Z", "2026-03-02T08:07:40Z", idle: 30))
            let reply = try await server.post(APIPath.workSpans, text, as: eva)
            let rows = try WorkSpansResponse(json: try reply.json).spans
            #expect(rows.map(\.refusedSeconds) == [0])
            #expect(rows.flatMap(\.sessions).map(\.endedAt?.iso8601) == ["2026-03-02T08:07:40.000Z"])
            try await server.post(APIPath.workStart, as: eva).expect(201)
            server.clock.advance(seconds: 20)
            let stopped = try await server.post(APIPath.workStop, as: eva)
            stopped.expect(200)
            let day = try WorkDayResponse(json: try await server.get(APIPath.workMe, as: eva).json)
            #expect(day.totals == WorkTotals(activeSeconds: 480, idleSeconds: 30))
            #expect(server.environment.store.peek { $0.allSessions }.count == 2)
        }
    }

    @Test func theFileStaysInStartOrder() async throws {
        try await run { server, eva in
            let tom = try await server.employee("tom")
            try await server.post(APIPath.workStart, as: tom).expect(201)
            server.clock.advance(seconds: 30)
            try await server.post(APIPath.workStop, as: tom).expect(200)
            for hour in [5, 3, 4] {
                let text = request(span("2026-03-02T0\(hour):00:00Z", "2026-03-02T0\(hour):30:00Z"))
                try await server.post(APIPath.workSpans, text, as: eva).expect(200)
            }
            let file = try JSONReader.value(of: Array(try server.folders.text("data/work_sessions.json").utf8))
            let starts = try #require(file.array).map {
                try WorkSession(json: $0).startedAt.iso8601.dropFirst(11).prefix(5)
            }
            #expect(starts == ["03:00", "04:00", "05:00", "08:00"])
        }
    }

    @Test func twoClientsAtOnceAndManyOverlappingSpansNeverOverlap() async throws {
        try await run { server, eva in
            try await server.post(APIPath.workStart, as: eva).expect(201)
            server.clock.advance(seconds: 200)
            let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let spans = (0..<60).map { index -> String in
                            let start = Timestamp(
                                milliseconds: 1_772_416_800_000 + Int64((index * 97 + number * 31) % 400) * 55_000)
                            return span(
                                start.iso8601, start.adding(seconds: 60 + (index * 13 + number) % 600).iso8601, idle: 20
                            )
                        }
                        let client = number % 2 == 0 ? Self.key : "00000000-1111-4222-8333-0123456789ab"
                        return try await server.post(
                            APIPath.workSpans,
                            #"{"client": "\#(client)", "spans": [\#(spans.joined(separator: ","))]}"#,
                            as: eva)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.map(\.status) == Array(repeating: 200, count: 8))
            let sessions = server.environment.store.peek { $0.allSessions }
            #expect(sessions.count > 3)
            for (one, next) in zip(sessions, sessions.dropFirst()) {
                #expect((one.endedAt ?? one.lastHeartbeatAt) <= next.startedAt)
            }
        }
    }

    @Test func aMalformedSpanIsNamedAndNothingIsStored() async throws {
        let good = span("2026-03-02T03:00:00Z", "2026-03-02T04:00:00Z")
        let (start, hour) = ("2026-03-02T03:00:00Z", "2026-03-02T04:00:00Z")
        let order = #""spans[1].endedAt" must be later than "startedAt", by 24 hours at most."#
        let idle = #""spans[1].idleSeconds" must be a whole number from 0 to the span's length, 3600."#
        let count = #""spans" must be a list of 1 to 100 spans."#
        let many = Array(repeating: good, count: 101).joined(separator: ",")
        try await run { server, eva in
            let bad: [(text: String, sentence: String)] = [
                (request(good, span("2026-03-01T03:00:00Z", "2026-03-02T03:00:00.001Z")), order),
                (request(good, span(start, start)), order),
                (request(good, span(hour, start)), order),
                (request(good, span(start, hour, idle: 3601)), idle),
                (request(good, span(start, hour, idle: -1)), idle),
                (request(good, span(start, hour, key: "x")), #""spans[1].key" must be a UUID."#),
                (request(good, span("3 o'clock", hour)), #""spans[1].startedAt" must be an ISO 8601 time."#),
                (request(good, "7"), #""spans[1]" must be an object."#),
                ("{}", count), (#"{"spans": []}"#, count), (#"{"spans": {}}"#, count), (request(many), count),
                (#"{"client": "desk", "spans": [\#(good)]}"#, #""client" must be a UUID."#),
            ]
            for (text, sentence) in bad {
                let reply = try await server.post(APIPath.workSpans, text, as: eva)
                try reply.expectError(400, "invalid_field")
                #expect(try reply[member: "error"]?.text == sentence)
            }
            #expect(try server.folders.text("data/work_sessions.json") == "[]")
            // A whole day, and a hundred at once, are not too much.
            let most = Array(repeating: span("2026-03-01T03:00:00Z", "2026-03-02T03:00:00Z", idle: 86_400), count: 100)
            let reply = try await server.post(
                APIPath.workSpans, #"{"spans": [\#(most.joined(separator: ","))]}"#, as: eva)
            reply.expect(200)
            #expect(try WorkSpansResponse(json: try reply.json).spans.count == 100)
        }
    }

    @Test func managersHaveNoSpans() async throws {
        try await TestServer.run { server in
            let text = request(span("2026-03-02T03:00:00Z", "2026-03-02T04:00:00Z"))
            try await server.post(APIPath.workSpans, text, as: try await server.manager()).expectError(403, "forbidden")
            try await server.post(APIPath.workSpans, text).expectError(401, "unauthorized")
        }
    }

    /// What the answer says is refused is the sum that people see.
    @Test func whatLiesBeforeTheAccountOrInTheFutureIsRefusedInWords() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            server.clock.advance(seconds: 3600)
            let text = request(span("2026-03-02T07:00:00Z", "2026-03-02T10:00:00Z"))
            let row = try #require(
                try WorkSpansResponse(json: try await server.post(APIPath.workSpans, text, as: eva).json).spans.first)
            #expect(row.refusedSeconds == 7200)
            #expect(row.sessions.map(\.startedAt.iso8601) == ["2026-03-02T08:00:00.000Z"])
            #expect(
                row.reason == "What lies before the account was made, at 2026-03-02T08:00:00.000Z, is not its own. "
                    + "What lies after the server's time, 2026-03-02T09:00:00.000Z, has not been worked yet.")
        }
    }
}
