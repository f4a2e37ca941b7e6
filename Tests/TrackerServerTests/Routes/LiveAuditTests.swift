import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

/// What the audit has of live view, and what the employee's sockets hear of looks.
@Suite(.timeLimit(.minutes(2)))
struct LiveAuditTests {
    private func run(
        deadlines: Deadlines = Deadlines(),
        _ body: @Sendable (TestServer, _ employee: Person, _ manager: Person) async throws -> Void
    ) async throws {
        try await TestServer.run(deadlines: deadlines) { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, as: eva).expect(201)
            try await body(server, eva, try await server.manager("max"))
        }
    }

    private func lines(_ server: TestServer) throws -> [AuditEntry] {
        try AuditLines(at: server.folders.data + "/" + AuditLog.fileName).entries.map(\.entry).filter {
            [.liveBegun, .liveEnded].contains($0.what)
        }
    }

    @Test func theRequestsOfOneWatchAreOneLineAtItsBeginningAndOneAtItsEnd() async throws {
        try await run(deadlines: Deadlines(frame: .milliseconds(50), frameWatch: .seconds(3))) {
            server, eva, max in
            let socket = try await PollingSocket.join(server, as: eva)
            for _ in 0..<3 { try await server.get("/api/live/eva/frame", as: max).expectError(504, "no_frame") }
            #expect(try lines(server).map(\.what) == [.liveBegun])
            let begun = try #require(try lines(server).first)
            #expect(begun.who == "max" && begun.about == "eva" && begun.address == "127.0.0.1")
            let since = begun.at
            server.clock.advance(seconds: 90)
            _ = try await socket.event("live_view:initiate")
            _ = try await socket.event("live_view:terminate")
            while try lines(server).count < 2 { try await Task.sleep(for: .milliseconds(5)) }
            let ended = try #require(try lines(server).last)
            #expect(ended.what == .liveEnded && ended.who == "max")
            #expect(ended.at == server.clock.now)
            #expect(ended.detail?["since"]?.text == since.iso8601)
        }
    }

    @Test func aSocketsWatchIsToldAndTheServersStopEndsIt() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await TestServer.run(folders: folders) { server in
            let (eva, max) = (try await server.employee("eva"), try await server.manager("max"))
            try await server.post(APIPath.workStart, as: eva).expect(201)
            let (own, watcher) = (
                try await PollingSocket.join(server, as: eva), try await PollingSocket.join(server, as: max)
            )
            try await watcher.emit("live_view:start", .object(["employeeId": .string("EVA")]))
            #expect(try await own.event("live_view:initiate") == .object(["by": .string("max")]))
            while try lines(server).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            #expect(try lines(server).map(\.what) == [.liveBegun])
        }
        let audit = try AuditLines(at: folders.data + "/" + AuditLog.fileName)
        #expect(try audit.stories.filter { $0.hasPrefix("live_") } == ["live_begun eva", "live_ended eva"])
        #expect(try audit.whole() == audit.lines.count)
    }

    @Test func aWatchThatCantBeToldOfIsRefusedForThat() async throws {
        let time = StoreTime()
        try await TestServer.run(storeClock: time.clock) { server in
            let (eva, max) = (try await server.employee("eva"), try await server.manager("max"))
            try await server.post(APIPath.workStart, as: eva).expect(201)
            let socket = try await PollingSocket.join(server, as: eva)
            let hidden = server.folders.root + "/hidden"
            try FileManager.default.moveItem(atPath: server.folders.data, toPath: hidden)
            time.pass(JSONFileStore.diskCheckLifetime)
            try await server.get("/api/live/eva/frame", as: max).expectError(503, "storage_unavailable")
            _ = try await socket.event("live_view:initiate")
            _ = try await socket.event("live_view:terminate")
            try FileManager.default.moveItem(atPath: hidden, toPath: server.folders.data)
            try await server.post(APIPath.workHeartbeat, "{}", as: eva).expect(200)
            async let frame = server.get("/api/live/eva/frame", as: max)
            _ = try await socket.event("live_view:initiate")
            try await server.post(APIPath.workStop, as: eva).expect(200)
            try await frame.expectError(404, "not_found")
        }
    }

    @Test func theEmployeeHearsOfALookAtACapture() async throws {
        try await run { server, eva, max in
            let file = try #require(try await server.upload(.image(), as: eva)[member: "file"]?.text)
            let socket = try await PollingSocket.join(server, as: eva)
            try await server.get("/" + file, as: max).expect(200)
            let row = try AuditRow(json: try await socket.event("audit:looked"))
            #expect(row.who == "max" && row.what == "image_viewed" && row.about == "eva")
            #expect(row.detail?["file"]?.text == file)
            #expect(!row.json.compactText.contains("127.0.0.1"))
        }
    }
}
