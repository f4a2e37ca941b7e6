import Foundation
import Shared
import Testing

@testable import TrackerServer

/// What comes over the wire and is no HTTP.
struct MalformedRequestTests {
    @Test(arguments: [
        "hello\r\n\r\n", "GET\r\n\r\n", "GET /health\r\n\r\n", "GET /health HTTP/9.9\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: x\r\nX: a\u{0}b\r\n\r\n", "GET /hea\u{0}lth HTTP/1.1\r\nHost: x\r\n\r\n",
        "G\u{e9}T /health HTTP/1.1\r\nHost: x\r\n\r\n", "GET /health HTTP/1.1\u{e9}\r\nHost: x\r\n\r\n",
        "POST /api/org HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /api/org HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n",
        "POST /api/org HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST /api/org HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /api/org HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "GET /health HTTP/1.1\r\n\r\n", "POST /api/auth/login HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        "GET /health HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x\r\nhOST: y\r\n\r\n",
        "GET /health HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x, y\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: x y\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x/y\r\n\r\n",
        "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}",
    ])
    func anAnswerInJSONAndTheEndOfTheConnection(request: String) async throws {
        try await TestServer.run { server in
            let wire = try Wire(port: server.port)
            try await wire.send(request)
            let reply = try await wire.reply()
            try reply.expectError(400, "bad_request")
            #expect(reply["connection"] == "close")
            #expect(try await wire.isEnded())
            try await server.get(APIPath.health).expect(200)
        }
    }

    /// Each on a connection of its own, whose client then sends nothing more.
    @Test(.timeLimit(.minutes(3))) func aThousandHostileRequestsAreRefusedOrAnsweredOnce() async throws {
        try await TestFolders.with { folders in
            let server = try ServerProcess(
                [], environment: ["PORT": "0", "DATA_DIR": folders.data, "UPLOAD_DIR": folders.uploads],
                folder: folders.root)
            let port = try await server.port()
            var requests = HostileRequests(seed: 9112)
            for _ in 0..<1000 {
                let request = requests.next()
                let wire = try Wire(port: port)
                await wire.sendAsMuchAsIsTaken(request.bytes)
                await wire.endSending()
                let text: String
                do {
                    text = String(decoding: try await wire.rest(), as: UTF8.self)
                } catch {
                    Issue.record("\(error) after \(request.name)")
                    continue
                }
                let answers = text.matches(of: /HTTP\/1\.[01] (\d{3})\s/).compactMap { Int($0.1) }
                #expect(answers.count <= 1, "\(answers) to \(request.name)")
                if request.mayBeTaken {
                    #expect(answers.allSatisfy { (200..<500).contains($0) }, "\(answers) to \(request.name)")
                } else {
                    #expect(answers.allSatisfy { (400..<500).contains($0) }, "\(answers) to \(request.name)")
                    #expect(answers.count == 1, "no answer to \(request.name)")
                }
            }
            let wire = try Wire(port: port)
            try await wire.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            try await wire.reply().expect(200)
            server.signal(SIGTERM)
            #expect(try await server.result().code == 0)
        }
    }

    @Test func headersThatAreTooLargeAreRefused() async throws {
        try await TestServer.run { server in
            let wire = try Wire(port: server.port)
            let header = "X: " + String(repeating: "x", count: Limits.requestHeaders)
            await wire.sendAsMuchAsIsTaken(Array("GET /health HTTP/1.1\r\nHost: x\r\n\(header)\r\n\r\n".utf8))
            try await wire.reply().expectError(400, "bad_request")
        }
    }

    @Test(arguments: ["", "Connection: keep-alive\r\n", "Connection: close\r\n", "Host: x\r\n"])
    func olderClientsAreAnsweredOnceInTheirWords(header: String) async throws {
        try await TestServer.run { server in
            let wire = try Wire(port: server.port)
            let request = "GET /health HTTP/1.0\r\n\(header)\r\n"
            try await wire.send(request + request)
            let reply = try await wire.reply()
            #expect(reply.status == 200)
            #expect(reply.version == "HTTP/1.0")
            #expect(reply["connection"] == "close")
            #expect(reply["transfer-encoding"] == nil)
            #expect(try await wire.isEnded())
        }
    }

    @Test(arguments: ["close", "Close", "TE, close"])
    func aConnectionEndsWhenItsClientSaysSo(value: String) async throws {
        try await TestServer.run { server in
            let wire = try Wire(port: server.port)
            try await wire.send("GET /health HTTP/1.1\r\nHost: x\r\nConnection: \(value)\r\n\r\n")
            let reply = try await wire.reply()
            #expect(reply.status == 200)
            #expect(reply["connection"] == "close")
            #expect(try await wire.isEnded())
        }
    }

    @Test func manyHeadersAreTakenUpToALimit() async throws {
        try await TestServer.run { server in
            for (count, status) in [(Limits.requestHeaderCount - 1, 200), (Limits.requestHeaderCount, 400)] {
                let wire = try Wire(port: server.port)
                let headers = String(repeating: "X: y\r\n", count: count)
                await wire.sendAsMuchAsIsTaken(Array("GET /health HTTP/1.1\r\nHost: x\r\n\(headers)\r\n".utf8))
                #expect(try await wire.reply().status == status)
            }
        }
    }

    @Test func headersWithinTheLimitAreTaken() async throws {
        try await TestServer.run { server in
            let reply = try await server.get("/health", headers: ["X": String(repeating: "x", count: 30_000)])
            #expect(reply.status == 200)
        }
    }

    @Test func aBodyThatBreaksOffChangesNothing() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let before = try server.folders.snapshot()
            do {
                let wire = try Wire(port: server.port)
                try await wire.send(
                    """
                    POST /api/org HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(admin.token)\r
                    Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"name": "x"}
                    """)
            }
            try await server.get(APIPath.health).expect(200)
            #expect(try server.folders.snapshot() == before)
        }
    }

    /// Not every route waits for the body.
    @Test(arguments: [
        ("Transfer-Encoding: chunked", "2\r\n{}\r\nzz\r\n"), ("Transfer-Encoding: chunked", "2\r\n{}x\r\n"),
        ("Transfer-Encoding: chunked", "0\r\nno colon\r\n\r\n"), ("Content-Length: 100", "{}"),
    ])
    func whatFollowsAnAnswerBringsNoSecondOne(header: String, body: String) async throws {
        try await TestServer.run { server in
            for path in [APIPath.health, APIPath.organization, "/api/nothing"] {
                let wire = try Wire(port: server.port)
                try await wire.send("POST \(path) HTTP/1.1\r\nHost: x\r\n\(header)\r\n\r\n")
                let reply = try await wire.reply()
                #expect([401, 404, 405].contains(reply.status), "\(path): \(reply.status)")
                await wire.sendAsMuchAsIsTaken(Array((body + "GET /health HTTP/1.1\r\nHost: x\r\n\r\n").utf8))
                await wire.endSending()
                #expect(try await wire.isEnded(), "\(path)")
            }
        }
    }

    @Test func aBrokenChunkInABodyIsAnswered() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let wire = try Wire(port: server.port)
            try await wire.send(
                """
                POST /api/org HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(admin.token)\r
                Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n
                """)
            let reply = try await wire.reply()
            try reply.expectError(400, "bad_request")
            #expect(try await wire.isEnded())
        }
    }
}
