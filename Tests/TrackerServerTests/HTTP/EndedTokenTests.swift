import JSON
import Shared
import Testing

@testable import TrackerServer

/// Bodies that are still arriving when their sender's token ends.
@Suite(.timeLimit(.minutes(2)))
struct EndedTokenTests {
    enum End: CaseIterable, Sendable {
        case logout, removal, reset, expiry

        var code: String { self == .removal ? "account_removed" : "invalid_token" }

        func happen(to employee: Person, _ server: TestServer) async throws {
            switch self {
            case .logout: try await server.post(APIPath.logout, as: employee).expect(204)
            case .removal:
                let admin = try await server.admin()
                try await server.delete(server.path(ofEmployee: employee.email), as: admin).expect(204)
            case .reset:
                let path = server.path(ofEmployee: employee.email, "/password")
                try await server.post(path, "{}", as: try await server.admin()).expect(200)
            case .expiry: server.clock.advance(seconds: Tokens.lifetimeSeconds)
            }
        }
    }

    private func begin(
        _ path: String, _ type: String, _ part: [UInt8], of length: Int, as person: Person, _ server: TestServer
    ) async throws -> Wire {
        let wire = try Wire(port: server.port)
        let head = """
            POST \(path) HTTP/1.1\r
            Host: localhost\r
            Authorization: Bearer \(person.token)\r
            Content-Type: \(type)\r
            Content-Length: \(length)\r
            \r\n
            """
        try await wire.send(Array(head.utf8) + part)
        // It has been taken up: whatever comes now comes in the middle of it.
        while server.environment.tokens.count == 0 { try await Task.sleep(for: .milliseconds(5)) }
        return wire
    }

    @Test(arguments: End.allCases)
    func anUploadUnderWayIsCutAndNothingIsStored(end: End) async throws {
        try await TestServer.run { server in
            let employee = try await server.employee()
            let body = TestForm.image(TestImage.png(ofSize: 100_000)).body
            let wire = try await begin(
                APIPath.uploadScreenshot, TestForm.contentType, Array(body.prefix(50_000)), of: body.count,
                as: employee, server)
            try await end.happen(to: employee, server)
            try await wire.reply().expectError(401, end.code)
            #expect(try await wire.isEnded())
            #expect(try server.storedImages() == [])
            #expect(server.environment.tokens.count == 0)
        }
    }

    @Test func aJSONBodyUnderWayIsCutToo() async throws {
        try await TestServer.run { server in
            let manager = try await server.manager()
            let wire = try await begin(
                APIPath.organization, "application/json", Array("{".utf8), of: 100, as: manager, server)
            try await server.post(APIPath.logout, as: manager).expect(204)
            try await wire.reply().expectError(401, "invalid_token")
            #expect(try await wire.isEnded())
        }
    }

    /// As a proxy does, whose connections serve many people.
    @Test func theConnectionOfABodyThatHadArrivedServesTheNext() async throws {
        try await TestServer.run { server in
            let wire = try Wire(port: server.port)
            let other = try await server.employee("other@example.org")
            for _ in 0..<20 {
                let employee = try await server.login("other@example.org")
                let form = TestForm.image().body
                let head =
                    "POST \(APIPath.uploadScreenshot) HTTP/1.1\r\nHost: localhost\r\n"
                    + "Content-Type: \(TestForm.contentType)\r\nContent-Length: \(form.count)\r\n"
                try await wire.send(Array((head + "Authorization: Bearer \(employee.token)\r\n\r\n").utf8) + form)
                async let logout = server.post(APIPath.logout, as: employee)
                let reply = try await wire.reply()
                #expect(reply.status == 201 || reply.status == 401)
                try await logout.expect(204)
                if reply["connection"] == "close" { return }
                try await wire.send(Array((head + "Authorization: Bearer \(other.token)\r\n\r\n").utf8) + form)
                #expect(try await wire.reply().status == 201)
            }
        }
    }
}
