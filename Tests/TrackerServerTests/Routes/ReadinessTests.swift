import Files
import Foundation
import JSON
import Logging
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// `GET /readyz`, as a load balancer asks for it each second.
@Suite(.timeLimit(.minutes(2)))
struct ReadinessTests {
    private let time = StoreTime()

    @Test func aServerThatTakesWritesSaysSo() async throws {
        try await TestServer.run { server in
            try await server.get(APIPath.readiness).expect(200, #"{"ok":true}"#)
            try await server.get(APIPath.readiness + "?x=1").expect(200)
            let head = try await server.send("HEAD", APIPath.readiness)
            #expect((head.status, head.body.count) == (200, 0))
            #expect(head["cache-control"] == "no-store")
            try await server.post(APIPath.readiness, "{}").expectError(405, "method_not_allowed")
        }
    }

    // Mounting a file system needs root, which the build machine is.
    @Test(.enabled(if: getuid() == 0)) func aFullDiskIsToldUntilThereIsRoom() async throws {
        let disk = try SmallDisk(megabytes: 2)
        defer { disk.unmount() }
        let settings = ["DATA_DIR": disk.path + "/data", "UPLOAD_DIR": disk.path + "/images"]
        try await TestServer.run(settings, storeClock: time.clock) { server in
            for _ in 0..<2 {
                try await server.get(APIPath.readiness).expect(200)
                try disk.fill()
                // What was found last counts for a while.
                try await server.get(APIPath.readiness).expect(200)
                time.pass(Readiness.lifetime)
                let reply = try await server.get(APIPath.readiness)
                try reply.expectError(503, "storage_full")
                #expect(try reply[member: "error"]?.text?.contains("disk is full") == true)
                #expect(try await server.send("HEAD", APIPath.readiness).status == 503)
                try disk.makeRoom()
                try await server.get(APIPath.readiness).expectError(503, "storage_full")
                time.pass(Readiness.lifetime)
            }
        }
    }

    @Test(.enabled(if: getuid() == 0), arguments: ["data", "images"])
    func aReadOnlyFolderIsToldUntilItIsWritable(name: String) async throws {
        try await TestServer.run(storeClock: time.clock) { server in
            let folder = server.folders.root + "/" + name
            #expect(mount(folder, folder, nil, UInt(MS_BIND), nil) == 0)
            defer { umount2(folder, Int32(MNT_DETACH)) }
            #expect(mount(nil, folder, nil, UInt(MS_BIND | MS_REMOUNT | MS_RDONLY), nil) == 0)
            time.pass(Readiness.lifetime)
            let reply = try await server.get(APIPath.readiness)
            try reply.expectError(503, "storage_unavailable")
            #expect(!reply.text.contains(server.folders.root))
            #expect(umount2(folder, Int32(MNT_DETACH)) == 0)
            time.pass(Readiness.lifetime)
            try await server.get(APIPath.readiness).expect(200)
        }
    }

    @Test func aFolderThatIsGoneIsToldUntilItComesBack() async throws {
        try await TestServer.run(storeClock: time.clock) { server in
            let hidden = server.folders.root + "/hidden"
            for folder in [server.folders.uploads, server.folders.data] {
                try FileManager.default.moveItem(atPath: folder, toPath: hidden)
                time.pass(Readiness.lifetime)
                try await server.get(APIPath.readiness).expectError(503, "storage_unavailable")
                try FileManager.default.moveItem(atPath: hidden, toPath: folder)
                time.pass(Readiness.lifetime)
                try await server.get(APIPath.readiness).expect(200)
            }
        }
    }

    /// One request waits for the check of the disk, which is held up until the server takes no connections any more.
    @Test func aServerThatStopsIsNotReady() async throws {
        let (replies, arrived) = AsyncStream.makeStream(of: Reply?.self)
        try await TestServer.run(storeClock: time.clock) { server in
            time.pass(JSONFileStore.diskCheckLifetime)
            let gate = DispatchSemaphore(value: 0)
            let (holding, isHolding) = AsyncStream.makeStream(of: Never.self)
            Task {
                await server.environment.store.diskChecks.run {
                    isHolding.finish()
                    gate.wait()
                }
            }
            for await _ in holding {}
            for _ in 0..<2 {
                Task {
                    do {
                        arrived.yield(try await server.get(APIPath.readiness))
                    } catch {
                        Issue.record("\(error)")
                        arrived.yield(nil)
                    }
                }
            }
            // Of two one is checked for, and the other is told at once what was found last.
            for await reply in replies.prefix(1) { reply?.expect(200) }
            Task {
                while isListening(on: server.port) { try await Task.sleep(for: .milliseconds(5)) }
                gate.signal()
            }
        }
        for await reply in replies.prefix(1) {
            try #require(reply).expectError(503, "storage_unavailable")
            #expect(try reply?[member: "error"]?.text == "The server is stopping.")
        }
    }
}

/// How the store says whether it takes writes.
@Suite(.timeLimit(.minutes(2)))
struct StoreReadinessTests {
    private let files: DataFiles
    private let disk = TestDisk()
    private let log = CollectedLog()
    private let time = StoreTime()

    init() throws { files = try DataFiles() }

    @Test func aJournalThatFailedIsTriedAgain() async throws {
        let store = try await files.open(logger: log.logger, clock: time.clock, flushes: disk.flushes)
        let readiness = Readiness(store: store)
        #expect(await readiness.refusal() == nil)
        disk.fail(times: 3)
        await #expect(throws: StoreError.self) {
            try await store.transact { $0.record(.intervalAssigned(AccountID(stored: "a"), seconds: 60)) }
        }
        time.pass(Readiness.lifetime)
        guard case .unavailable? = await readiness.refusal() else {
            Issue.record("The journal counts as sound")
            return
        }
        let tries = disk.calls
        for _ in 0..<100 { #expect(await readiness.refusal() != nil) }
        #expect(disk.calls == tries)
        disk.heal()
        time.pass(Readiness.lifetime)
        #expect(await readiness.refusal() == nil)
        #expect(log.lines(.error).filter { $0.text == "Writes are not taken any more" }.count == 1)
        #expect(log.lines(.notice).filter { $0.text == "Writes are taken again" }.count == 1)
        try await store.close()
        time.pass(Readiness.lifetime)
        #expect(await readiness.refusal() == .unavailable("The store is closed."))
    }
}

/// False when a new connection is refused.
private func isListening(on port: Int) -> Bool {
    do {
        _ = try Wire(port: port)
        return true
    } catch {
        return false
    }
}
