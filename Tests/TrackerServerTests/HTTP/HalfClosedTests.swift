import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// Clients that say that they have said everything. What waits here for the end of a connection waits for less than a
/// connection may be silent.
struct HalfClosedTests {
    private let get = "GET \(APIPath.health) HTTP/1.1\r\nHost: localhost\r\n\r\n"

    private func end(_ server: TestServer, after text: String) async throws -> Wire {
        let wire = try Wire(port: server.port)
        try await wire.send(text)
        await wire.endSending()
        return wire
    }

    @Test(arguments: ["", "\r\n"])
    func aConnectionThatEndsBeforeARequestIsClosedAtOnce(text: String) async throws {
        try await TestServer.run { server in
            let wire = try await end(server, after: text)
            #expect(try await wire.isEnded())
        }
    }

    @Test(arguments: ["", "\u{16}\u{3}\u{1}\u{2}"])
    func aHandshakeThatEndsEarlyIsClosedAtOnce(text: String) async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let tls = try await TestCertificate(in: folder)
        try await TestServer.run(["TLS_CERT_FILE": tls.certificate, "TLS_KEY_FILE": tls.key]) { server in
            let wire = try await end(server, after: text)
            while try await wire.skip(upTo: 1000) > 0 {}
        }
    }

    @Test(arguments: [
        "GET", "GET /health HTTP/1.1\r\nHost: localhost\r\n",
        "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
        "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}",
    ])
    func aRequestThatBreaksOffIsAnsweredAndClosed(text: String) async throws {
        try await TestServer.run { server in
            let wire = try await end(server, after: text)
            try await wire.reply().expectError(400, "bad_request")
            #expect(try await wire.isEnded())
        }
    }

    @Test func aConnectionThatEndsBetweenRequestsIsClosedAtOnce() async throws {
        try await TestServer.run { server in
            let wire = try Wire(port: server.port)
            try await wire.send(get)
            try await wire.reply().expect(200)
            await wire.endSending()
            #expect(try await wire.isEnded())
        }
    }

    @Test func whoeverAskedBeforeGetsTheAnswers() async throws {
        try await TestServer.run { server in
            let body = JSONText.object(["email": .string(TestServer.admin), "password": .string(TestServer.password)])
            let login =
                "POST \(APIPath.login) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            let wire = try await end(server, after: get + login + get)
            for _ in 0..<3 { try await wire.reply().expect(200) }
            #expect(try await wire.isEnded())
        }
    }
}
