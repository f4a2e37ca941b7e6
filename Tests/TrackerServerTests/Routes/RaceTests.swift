import Foundation
import Shared
import Testing

@testable import TrackerServer

/// What happens when something else happens in between.
struct RaceTests {
    @Test func aPasswordThatWasCheckedBeforeAResetGivesNoToken() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let accounts = server.environment.accounts
            let id = AccountID(stored: "eva")
            let origin = SignInOrigin(address: "127.0.0.1", client: "")
            let sender = PasswordSender(network: "127.0.0.1", device: nil, connection: nil)
            let version = try #require(
                try await server.environment.store.read { state in
                    state.credential(of: id)?.version
                })
            #expect(try await accounts.login(id, version: version, code: nil, from: origin, sender) != nil)
            try await server.post("/api/employees/eva/password", as: try await server.admin()).expect(200)
            #expect(try await accounts.login(id, version: version, code: nil, from: origin, sender) == nil)
            try await server.post(APIPath.refresh, as: eva).expectError(401, "invalid_token")
        }
    }

    @Test func anUploadThatEndsAfterItsSenderWasRemovedIsNotStored() async throws {
        try await expectRefusedUpload("account_removed") { server in
            try await server.send("DELETE", "/api/employees/eva", as: try await server.admin()).expect(204)
        }
    }

    @Test func anUploadThatEndsAfterItsTokenIsNotStored() async throws {
        try await expectRefusedUpload("invalid_token") { server in server.clock.advance(seconds: Tokens.lifetimeSeconds)
        }
    }

    @Test func aChangeWhoseBodyEndsAfterItsTokenChangesNothing() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let before = try server.folders.snapshot()
            let wire = try Wire(port: server.port)
            let body = #"{"name": "late"}"#
            try await wire.send(
                """
                POST \(APIPath.organization) HTTP/1.1\r
                Host: localhost\r
                Authorization: Bearer \(admin.token)\r
                Content-Type: application/json\r
                Content-Length: \(body.utf8.count)\r
                Expect: 100-continue\r
                \r\n
                """)
            #expect(try await wire.reply(hasBody: false).status == 100)
            server.clock.advance(seconds: Tokens.lifetimeSeconds)
            try await wire.send(body)
            try await wire.reply().expectError(401, "invalid_token")
            #expect(try server.folders.snapshot() == before)
        }
    }

    /// An upload of eva's that `happening` happens in the middle of.
    private func expectRefusedUpload(
        _ code: String, _ happening: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let body = TestForm.image().body
            let wire = try Wire(port: server.port)
            try await wire.send(
                """
                POST \(APIPath.uploadScreenshot) HTTP/1.1\r
                Host: localhost\r
                Authorization: Bearer \(eva.token)\r
                Content-Type: \(TestForm.contentType)\r
                Content-Length: \(body.count)\r
                Expect: 100-continue\r
                \r\n
                """)
            #expect(try await wire.reply(hasBody: false).status == 100)
            try await wire.send(Array(body.prefix(100)))
            try await happening(server)
            try await wire.send(Array(body.dropFirst(100)))
            try await wire.reply().expectError(401, code)
            #expect(try server.storedImages() == [])
        }
    }

    /// A server that dies between naming an image and writing the index leaves the image behind; its sender asks again.
    @Test func anImageOfACrashIsTakenUpByTheRepeatedUpload() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let key = "0b7e7a0e-1111-4222-8333-0123456789ab"
        let name = "2026-03-01T10-00-00-000Z-\(key).png"
        try folders.write("[]", to: "images/index.json")
        try Data(TestImage.png).write(to: URL(fileURLWithPath: folders.uploads + "/" + name))
        try await TestServer.run(folders: folders) { server in
            let eva = try await server.employee("eva")
            for status in [201, 200] {
                let reply = try await server.upload(.image(), as: eva, headers: ["Idempotency-Key": key])
                reply.expect(status, #"{"file":"uploads/\#(name)","ts":"2026-03-02T08:00:00.000Z"}"#)
            }
            #expect(try server.storedImages() == [name])
        }
    }

    @Test func anUploadFolderHasOneServer() async throws {
        try await TestFolders.with { folders in
            let result = try await folders.withServer { server, _ in
                let second = try await ServerProcess.run(
                    ["--data-dir", folders.root + "/other", "--upload-dir", folders.uploads],
                    environment: ["PORT": "0"], folder: folders.root)
                second.expectOneLine(1, folders.uploads, "in use by process \(server.identifier)")
            }
            #expect(result.code == 0)
        }
    }
}
