import Foundation
import Shared
import Testing

@testable import TrackerServer

/// Disks that are full or gone: an answer that says so, nothing half stored, and no restart needed afterwards.
struct StorageFailureTests {
    /// The file is replaced by way of a neighbour of this name; as a link to /dev/full its disk is full, once.
    private func fillDisk(of file: String, _ server: TestServer) throws {
        try FileManager.default.createSymbolicLink(
            atPath: server.folders.root + "/\(file).new", withDestinationPath: "/dev/full")
    }

    @Test func aFullDiskLosesNothing() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            try await server.post(APIPath.organization, #"{"name": "old"}"#, as: admin).expect(200)
            let before = try server.folders.snapshot()
            try fillDisk(of: "data/organization.json", server)
            try await server.post(APIPath.organization, #"{"name": "new"}"#, as: admin)
                .expectError(507, "storage_full")
            #expect(try server.folders.snapshot() == before)
            let shown = try await server.get(APIPath.organization, as: admin)
            #expect(shown.text.contains(#""name":"old""#))
            try await server.post(APIPath.organization, #"{"name": "new"}"#, as: admin).expect(200)
        }
    }

    /// The second of two files that change together fails: the first must not change either.
    @Test func anAccountIsMadeWholeOrNotAtAll() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let before = try server.folders.snapshot()
            try fillDisk(of: "data/users.json", server)
            try await server.post(APIPath.employees, #"{"email": "eva"}"#, as: admin)
                .expectError(507, "storage_full")
            #expect(try server.folders.snapshot() == before)
            try await server.post(APIPath.employees, #"{"email": "eva"}"#, as: admin).expect(201)
        }
    }

    @Test func anImageThatCannotBeIndexedIsNotKept() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let header = ["Idempotency-Key": "0b1f8f5e-9d7a-4c7e-8f7a-1d2c3b4a5968"]
            try fillDisk(of: "images/index.json", server)
            try await server.upload(.image(), as: eva, headers: header).expectError(507, "storage_full")
            #expect(try server.folders.names(in: "images") == ["index.json"])
            try await server.upload(.image(), as: eva, headers: header).expect(201)
        }
    }

    @Test func aFolderThatIsGoneIsToldAndMayComeBack() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let hidden = server.folders.root + "/hidden"
            try FileManager.default.moveItem(atPath: server.folders.uploads, toPath: hidden)
            let reply = try await server.upload(.image(), as: eva)
            try reply.expectError(503, "storage_unavailable")
            #expect(!reply.text.contains(server.folders.root))
            try FileManager.default.moveItem(atPath: hidden, toPath: server.folders.uploads)
            try await server.upload(.image(), as: eva).expect(201)
        }
    }
}
