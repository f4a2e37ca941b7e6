import JSON
import Shared
import Testing

@testable import TrackerServer

struct IdempotentUploadTests {
    private static let key = "0b1f8f5e-9d7a-4c7e-8f7a-1d2c3b4a5968"
    private let header = ["Idempotency-Key": key]

    private func name(_ key: String = key) -> String { "2026-03-02T08-00-00-000Z-\(key).png" }

    @Test func theKeyIsTheName() async throws {
        try await TestServer.run { server in
            let reply = try await server.upload(
                .image(), as: try await server.employee("eva"), headers: ["Idempotency-Key": Self.key.uppercased()])
            #expect(reply.status == 201)
            #expect(try server.storedImages() == [name()])
        }
    }

    @Test func aRepeatGetsTheFirstAnswer() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await TestServer.run(folders: folders) { server in
            let eva = try await server.employee("eva")
            let form = TestForm.image().field("capturedAt", "2026-03-01T08:00:00Z")
            let answer = #"{"file":"uploads/\#(name())","ts":"2026-03-01T08:00:00.000Z"}"#
            try await server.upload(form, as: eva, headers: header).expect(201, answer)
            server.clock.advance(seconds: 60)
            try await server.upload(form, as: eva, headers: header).expect(200, answer)
            #expect(try server.storedImages().count == 1)
        }
        // Years later, by a server that only has the index.
        try await TestServer.run(at: "2030-01-01T00:00:00.000Z", folders: folders) { server in
            let form = TestForm.image(named: "other.png").field("capturedAt", "2026-03-01T08:00:00Z")
            try await server.upload(form, as: try await server.login("eva"), headers: header)
                .expect(200, #"{"file":"uploads/\#(name())","ts":"2026-03-01T08:00:00.000Z"}"#)
            #expect(try server.storedImages().count == 1)
        }
    }

    @Test func otherBytesUnderTheSameKeyAreAConflict() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.upload(.image(), as: eva, headers: header).expect(201)
            let before = try server.folders.snapshot()
            try await server.upload(.image(TestImage.png(ofSize: 100)), as: eva, headers: header)
                .expectError(409, "conflict")
            #expect(try server.folders.snapshot() == before)
        }
    }

    @Test func theSameKeyOfAnotherPersonIsAnotherKey() async throws {
        try await TestServer.run { server in
            for id in ["eva", "zoe"] {
                let reply = try await server.upload(.image(), as: try await server.employee(id), headers: header)
                #expect(reply.status == 201)
            }
            #expect(try server.storedImages().count == 2)
        }
    }

    @Test func theSameKeyAtTheSameTimeStoresOnce() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
                for _ in 0..<8 { group.addTask { try await server.upload(.image(), as: eva, headers: header) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.map(\.status).sorted() == Array(repeating: 200, count: 7) + [201])
            #expect(Set(replies.map(\.text)).count == 1)
            let file = try #require(try replies[0][member: "file"]?.text)
            #expect(try server.storedImages().map { "uploads/" + $0 } == [file])
            let list = try await server.get(APIPath.uploadsList, as: eva)
            #expect(try list.json.array?.count == 1)
        }
    }

    @Test(arguments: [
        "", "x", "0b1f8f5e9d7a4c7e8f7a1d2c3b4a5968", "0b1f8f5e-9d7a-4c7e-8f7a-1d2c3b4a596",
        "0b1f8f5e-9d7a-4c7e-8f7a-1d2c3b4a59688", "gb1f8f5e-9d7a-4c7e-8f7a-1d2c3b4a5968", "../../../../etc/passwd",
        "{0b1f8f5e-9d7a-4c7e-8f7a-1d2c3b4a5968}",
    ])
    func aKeyThatIsNoUUIDIsRefused(key: String) async throws {
        try await TestServer.run { server in
            let eva = try await server.employee()
            try await server.upload(.image(), as: eva, headers: ["Idempotency-Key": key])
                .expectError(400, "invalid_field")
            #expect(try server.folders.names(in: "images") == ["index.json"])
        }
    }

    @Test func aFailedUploadDoesNotUseUpItsKey() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee()
            try await server.upload(.image([1, 2, 3]), as: eva, headers: header)
                .expectError(415, "unsupported_media_type")
            try await server.upload(.image(), as: eva, headers: header).expect(201)
        }
    }

    @Test func aRepeatWhoseImageIsGoneStillGetsTheFirstAnswer() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try folders.write(
            #"[{"file": "uploads/\#(name())", "employeeId": "eva", "ts": "2026-03-02T07:00:00.000Z"}]"#,
            to: "images/index.json")
        try await TestServer.run(folders: folders) { server in
            try await server.upload(.image(), as: try await server.employee("eva"), headers: header)
                .expect(200, #"{"file":"uploads/\#(name())","ts":"2026-03-02T07:00:00.000Z"}"#)
            #expect(try server.storedImages().isEmpty)
        }
    }
}
