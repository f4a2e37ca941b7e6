import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

/// One person with several clients: the newest start tracks.
struct SeveralClientsTests {
    private static let desk = "0b7e7a0e-1111-4222-8333-0123456789ab"
    private static let laptop = "1c7e7a0e-1111-4222-8333-0123456789ab"

    private func start(_ client: String, _ host: String? = nil) -> String {
        var object = JSONObject([("client", .string(client))])
        object["host"] = host.map { .string($0) }
        return String(decoding: JSONWriter.bytes(of: .object(object), .compact), as: UTF8.self)
    }

    private func idle(_ seconds: Int, _ client: String) -> String {
        #"{"idleDeltaSeconds": \#(seconds), "client": "\#(client)"}"#
    }

    private func expectElsewhere(
        _ reply: Reply, _ client: String, _ host: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        reply.expect(
            409,
            #"{"error":"Your time is tracked on \#(host) now; start here to take over.","code":"tracked_elsewhere","#
                + #""client":"\#(client)","host":"\#(host)"}"#, sourceLocation: sourceLocation)
    }

    @Test func theNewestStartTracksAndTheOtherClientChangesNothing() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let socket = try await PollingSocket.join(server, as: eva)
            try await server.post(APIPath.workStart, start(Self.desk, "desk"), as: eva).expect(201)
            server.clock.advance(seconds: 60)
            try await server.post(APIPath.workHeartbeat, idle(10, Self.desk), as: eva)
                .expect(200, #"{"ok":true,"idleSeconds":10}"#)
            server.clock.advance(seconds: 20)
            try await server.post(APIPath.workStart, start(Self.laptop, "laptop"), as: eva).expect(201)
            let told = try await socket.event(LiveEventName.workElsewhere)
            #expect(told == .object(["client": .string(Self.laptop), "host": .string("laptop")]))
            server.clock.advance(seconds: 20)
            let file = try server.folders.text("data/work_sessions.json")
            for path in [APIPath.workHeartbeat, APIPath.workStop] {
                expectElsewhere(
                    try await server.post(path, idle(30, Self.desk), as: eva), Self.laptop, "laptop")
            }
            #expect(try server.folders.text("data/work_sessions.json") == file)
            // Idle at the desk is none at the laptop, and a key takes over again.
            try await server.post(APIPath.workHeartbeat, idle(0, Self.laptop), as: eva)
                .expect(200, #"{"ok":true,"idleSeconds":0}"#)
            try await server.post(APIPath.workStart, start(Self.desk), as: eva).expect(200)
            #expect(
                try await socket.event(LiveEventName.workElsewhere)
                    == .object(["client": .string(Self.desk), "host": .null]))
            let refused = try await server.post(APIPath.workStop, idle(0, Self.laptop), as: eva)
            refused.expect(
                409,
                #"{"error":"Your time is tracked by another client now; start here to take over.","#
                    + #""code":"tracked_elsewhere","client":"\#(Self.desk)","host":null}"#)
            try await server.post(APIPath.workStop, idle(0, Self.desk), as: eva).expect(200)
        }
    }

    /// What the first client worked between its last heartbeat and the take-over is told of later, with its own idle time; of
    /// it nothing becomes the second one's.
    @Test func nothingBeforeATakeOverIsTheNewcomersWork() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, start(Self.desk, "desk"), as: eva).expect(201)
            server.clock.advance(seconds: 60)
            try await server.post(APIPath.workHeartbeat, idle(0, Self.desk), as: eva).expect(200)
            // Nobody is at the desk; after a while somebody begins at the laptop.
            server.clock.advance(seconds: 200)
            try await server.post(APIPath.workStart, start(Self.laptop, "laptop"), as: eva).expect(201)
            server.clock.advance(seconds: 100)
            try await server.post(APIPath.workStop, idle(0, Self.laptop), as: eva).expect(200)
            var day = try WorkDayResponse(json: try await server.get(APIPath.workMe, as: eva).json)
            #expect(day.totals == WorkTotals(activeSeconds: 160, idleSeconds: 0))
            let spans = """
                {"client": "\(Self.desk)", "spans": [{"key": "\(Self.desk)", "startedAt": "2026-03-02T08:01:00Z",
                "endedAt": "2026-03-02T08:04:20Z", "idleSeconds": 200}]}
                """
            try await server.post(APIPath.workSpans, spans, as: eva).expect(200)
            day = try WorkDayResponse(json: try await server.get(APIPath.workMe, as: eva).json)
            #expect(day.totals == WorkTotals(activeSeconds: 360, idleSeconds: 200))
            #expect(server.environment.store.peek { $0.sessions.all.map(\.value).map(\.idleSeconds) } == [200, 0])
        }
    }

    /// Killed and started again 150 s later: in that time nobody worked.
    @Test func theTimeInWhichNoClientRanIsInNoSession() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, start(Self.desk, "desk"), as: eva).expect(201)
            server.clock.advance(seconds: 60)
            try await server.post(APIPath.workHeartbeat, idle(0, Self.desk), as: eva).expect(200)
            server.clock.advance(seconds: 150)
            try await server.post(APIPath.workStart, start(Self.desk, "desk"), as: eva).expect(201)
            try await server.post(APIPath.workStart, start(Self.desk, "desk"), as: eva).expect(200)
            server.clock.advance(seconds: 40)
            try await server.post(APIPath.workStop, idle(0, Self.desk), as: eva).expect(200)
            let day = try WorkDayResponse(json: try await server.get(APIPath.workMe, as: eva).json)
            #expect(day.totals == WorkTotals(activeSeconds: 100, idleSeconds: 0))
        }
    }

    @Test func requestsWithoutAClientAreAsEver() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, start(Self.desk), as: eva).expect(201)
            server.clock.advance(seconds: 60)
            try await server.post(APIPath.workStart, as: eva).expect(200)
            try await server.post(APIPath.workHeartbeat, #"{"idleDeltaSeconds": 7}"#, as: eva)
                .expect(200, #"{"ok":true,"idleSeconds":7}"#)
            try await server.post(APIPath.workHeartbeat, idle(0, Self.desk), as: eva).expect(200)
            try await server.post(APIPath.workStop, as: eva).expect(200)
            // A session that begins with one is nobody's, until a client asks for it.
            server.clock.advance(seconds: 60)
            try await server.post(APIPath.workStart, as: eva).expect(201)
            try await server.post(APIPath.workHeartbeat, idle(0, Self.laptop), as: eva).expect(200)
            let refused = try await server.post(APIPath.workHeartbeat, idle(0, Self.desk), as: eva)
            #expect(refused.status == 409)
            #expect(try WorkElsewhere(json: try refused.json).client.uuidString.lowercased() == Self.laptop)
        }
    }

    @Test(arguments: [#"{"client": 7}"#, #"{"client": "desk"}"#, #"{"host": 7}"#, #"{"host": "a\nb"}"#, "[]"])
    func aStartThatIsNotUnderstoodStartsNothing(text: String) async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let long = #"{"host": "\#(String(repeating: "h", count: 101))"}"#
            for text in [text, long] {
                let reply = try await server.post(APIPath.workStart, text, as: eva)
                #expect(reply.status == 400, "\(reply.text)")
            }
            #expect(server.environment.store.peek { $0.openSessions } == [])
            try await server.post(APIPath.workStart, #"{"client": null, "host": ""}"#, as: eva).expect(201)
        }
    }

    /// Also when a beat divides the session at midnight, and when the clock is set.
    @Test func theSessionStaysItsClientsWhateverDividesIt() async throws {
        try await TestServer.run(at: "2026-03-02T23:59:00.000Z") { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, start(Self.desk, "desk"), as: eva).expect(201)
            server.clock.advance(seconds: 120)
            try await server.post(APIPath.workHeartbeat, idle(0, Self.desk), as: eva).expect(200)
            expectElsewhere(
                try await server.post(APIPath.workHeartbeat, idle(0, Self.laptop), as: eva), Self.desk, "desk")
            server.clock.leap(seconds: 3600)
            try await server.environment.sweep(after: 3_600_000)
            expectElsewhere(
                try await server.post(APIPath.workHeartbeat, idle(0, Self.laptop), as: eva), Self.desk, "desk")
            try await server.post(APIPath.workHeartbeat, idle(0, Self.desk), as: eva).expect(200)
        }
    }

    @Test func theClientIsKnownAfterARestart() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await TestServer.run(folders: folders) { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, start(Self.desk, "désk"), as: eva).expect(201)
            #expect(try folders.text("data/credentials.json").contains(#""client": "\#(Self.desk)""#))
        }
        try await TestServer.run(at: "2026-03-02T08:01:00.000Z", folders: folders) { server in
            let eva = try await server.login("eva")
            expectElsewhere(
                try await server.post(APIPath.workHeartbeat, idle(0, Self.laptop), as: eva), Self.desk, "désk")
            try await server.post(APIPath.workHeartbeat, idle(0, Self.desk), as: eva).expect(200)
            // It is forgotten with the account.
            try await server.delete(server.path(ofEmployee: "eva"), as: try await server.admin()).expect(204)
            #expect(try !folders.text("data/credentials.json").contains(Self.desk))
        }
    }

    /// A session that silence has ended is over for everybody: there is nothing to be refused.
    @Test func aSilentSessionIsNobodys() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, start(Self.desk, "desk"), as: eva).expect(201)
            server.clock.advance(seconds: 300)
            try await server.post(APIPath.workHeartbeat, idle(0, Self.laptop), as: eva)
                .expectError(404, "no_active_session")
        }
    }

    /// Spans of a client that does not track any more are taken up, and take nothing away from the one that does.
    @Test func spansOfTheEarlierClientDoNotTakeTheSession() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            server.clock.advance(seconds: 3600)
            try await server.post(APIPath.workStart, start(Self.laptop, "laptop"), as: eva).expect(201)
            server.clock.advance(seconds: 100)
            let spans = """
                {"client": "\(Self.desk)", "spans": [{"key": "\(Self.desk)", "startedAt": "2026-03-02T08:30:00Z",
                "endedAt": "2026-03-02T09:01:00Z", "idleSeconds": 0}]}
                """
            try await server.post(APIPath.workSpans, spans, as: eva).expect(200)
            try await server.post(APIPath.workHeartbeat, idle(45, Self.laptop), as: eva)
                .expect(200, #"{"ok":true,"idleSeconds":45}"#)
            let day = try WorkDayResponse(json: try await server.get(APIPath.workMe, as: eva).json)
            #expect(day.totals == WorkTotals(activeSeconds: 1900, idleSeconds: 45))
        }
    }
}
