import Files
import Foundation
import JSON
import Shared
import Synchronization
import TestSupport
import Testing

@testable import TrackerServer

/// Disks that are full, read-only or gone: an answer that says so, nothing half stored, and no restart needed afterwards.
struct StorageFailureTests {
    private let time = StoreTime()

    /// The server does not believe any more what it last saw of the disk.
    private func diskCheckIsOver() { time.pass(JSONFileStore.diskCheckLifetime) }

    // Mounting a small file system needs root, which the build machine is.
    @Test(.enabled(if: getuid() == 0)) func aFullDiskKeepsWhatWasAcknowledgedAndGoesOnWhenThereIsRoom() async throws {
        let disk = try SmallDisk(megabytes: 2)
        defer { disk.unmount() }
        let settings = ["DATA_DIR": disk.path + "/data", "UPLOAD_DIR": disk.path + "/images"]
        try await TestServer.run(settings, storeClock: time.clock) { server in
            let admin = try await server.admin()
            let eva = try await server.employee("eva")
            try await server.post(APIPath.organization, #"{"name": "old"}"#, as: admin).expect(200)
            try await server.post(APIPath.workStart, as: eva).expect(201)
            try disk.fill()
            diskCheckIsOver()
            try await server.post(APIPath.organization, #"{"name": "new"}"#, as: admin)
                .expectError(507, "storage_full")
            try await server.post(APIPath.employees, #"{"email": "bob"}"#, as: admin).expectError(507, "storage_full")
            try await server.post(APIPath.workHeartbeat, "{}", as: eva).expectError(507, "storage_full")
            try await server.upload(.image(), as: eva).expectError(507, "storage_full")
            #expect(try await server.get(APIPath.organization, as: admin).text.contains(#""name":"old""#))
            #expect(try Folder.files(in: disk.path + "/images").map(\.name) == [".lock", "index.json", FileNote.name])
            try disk.makeRoom()
            try await server.post(APIPath.organization, #"{"name": "new"}"#, as: admin).expect(200)
            try await server.post(APIPath.employees, #"{"email": "bob"}"#, as: admin).expect(201)
            try await server.post(APIPath.workHeartbeat, "{}", as: eva).expect(200)
            try await server.upload(.image(), as: eva).expect(201)
        }
    }

    @Test(.enabled(if: getuid() == 0)) func aDiskThatFillsUpUnderLoadLosesNothing() async throws {
        let disk = try SmallDisk(megabytes: 3)
        defer { disk.unmount() }
        let folders = StoreLayout(dataFolder: disk.path + "/data", uploadFolder: disk.path + "/images")
        let settings = ["DATA_DIR": folders.dataFolder, "UPLOAD_DIR": folders.uploadFolder]
        let acknowledged = Mutex<Set<String>>([])
        try await TestServer.run(settings) { server in
            let admin = try await server.admin()
            try disk.fill(upTo: 1 << 20)
            let name = String(repeating: "x", count: 200)
            let results = try await withThrowingTaskGroup(of: [(String, Int)].self) { group in
                for client in 0..<4 {
                    group.addTask {
                        var results: [(String, Int)] = []
                        for number in 0..<2000 {
                            let email = "e\(client)-\(number)"
                            let body = #"{"email":"\#(email)","name":"\#(name)","password":"ten chars!"}"#
                            results.append((email, try await server.post(APIPath.employees, body, as: admin).status))
                            if results.last?.1 == 507 { break }
                        }
                        return results
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(results.allSatisfy { $0.1 == 201 || $0.1 == 507 })
            #expect(results.contains { $0.1 == 507 })
            let listed = try await server.get(APIPath.employees, as: admin)
            let stored = Set(results.filter { $0.1 == 201 }.map(\.0))
            #expect(try listed.emails() == stored)
            // A stop on a full disk would leave to the journal what the files lack, and say so.
            try disk.makeRoom()
            acknowledged.withLock { $0 = stored }
        }
        let loaded = try await folders.load()
        #expect(
            Set(loaded.transaction.state.accounts.filter { $0.role == .employee }.map(\.email))
                == acknowledged.withLock { $0 })
    }

    @Test func aFolderThatIsGoneIsToldAndMayComeBack() async throws {
        try await TestServer.run(storeClock: time.clock) { server in
            let admin = try await server.admin()
            let eva = try await server.employee("eva")
            for folder in [server.folders.uploads, server.folders.data] {
                let hidden = server.folders.root + "/hidden"
                try FileManager.default.moveItem(atPath: folder, toPath: hidden)
                diskCheckIsOver()
                let replies = [
                    try await server.upload(.image(), as: eva),
                    try await server.post(APIPath.organization, #"{"name": "x"}"#, as: admin),
                ]
                for reply in replies {
                    try reply.expectError(503, "storage_unavailable")
                    #expect(!reply.text.contains(server.folders.root))
                }
                try FileManager.default.moveItem(atPath: hidden, toPath: folder)
                try await server.upload(.image(), as: eva).expect(201)
                try await server.post(APIPath.organization, #"{"name": "x"}"#, as: admin).expect(200)
            }
        }
    }

    @Test(.enabled(if: getuid() == 0), arguments: ["data", "images"])
    func aReadOnlyFolderIsToldAndMayBecomeWritable(name: String) async throws {
        try await TestServer.run(storeClock: time.clock) { server in
            let admin = try await server.admin()
            let eva = try await server.employee("eva")
            let folder = server.folders.root + "/" + name
            #expect(mount(folder, folder, nil, UInt(MS_BIND), nil) == 0)
            defer { umount2(folder, Int32(MNT_DETACH)) }
            let flags = UInt(MS_BIND | MS_REMOUNT | MS_RDONLY)
            #expect(mount(nil, folder, nil, flags, nil) == 0)
            diskCheckIsOver()
            try await server.post(APIPath.organization, #"{"name": "x"}"#, as: admin)
                .expectError(503, "storage_unavailable")
            try await server.upload(.image(), as: eva).expectError(503, "storage_unavailable")
            #expect(umount2(folder, Int32(MNT_DETACH)) == 0)
            try await server.post(APIPath.organization, #"{"name": "x"}"#, as: admin).expect(200)
            try await server.upload(.image(), as: eva).expect(201)
        }
    }
}

extension Reply {
    fileprivate func emails() throws -> Set<String> {
        Set(try self[member: "users"]?.array?.compactMap { $0.object?["email"]?.text } ?? [])
    }
}
