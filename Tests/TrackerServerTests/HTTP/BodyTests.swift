import JSON
import Shared
import Testing

@testable import TrackerServer

/// Bodies: their limits, `Expect: 100-continue`, and connections that end after a refusal.
struct BodyTests {
    private func head(
        _ server: TestServer, _ path: String, _ person: Person?, type: String = "application/json", _ more: String
    ) -> String {
        let token = person.map { "Authorization: Bearer \($0.token)\r\n" } ?? ""
        return "POST \(path) HTTP/1.1\r\nHost: localhost\r\n\(token)Content-Type: \(type)\r\n\(more)\r\n\r\n"
    }

    private func json(ofSize count: Int) -> [UInt8] {
        let start = #"{"name": "x"}"#
        return Array((start + String(repeating: " ", count: count - start.utf8.count)).utf8)
    }

    @Test func jsonMayHaveAMillionBytesAndNoMore() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let fitting = try await server.post(APIPath.organization, bytes: json(ofSize: 1_000_000), as: admin)
            #expect(fitting.status == 200)
            try await server.post(APIPath.organization, bytes: json(ofSize: 1_000_001), as: admin)
                .expectError(413, "payload_too_large")
        }
    }

    @Test func theConnectionEndsAfterABodyThatIsAnnouncedTooLarge() async throws {
        try await TestServer.run { server in
            let wire = try Wire(port: server.port)
            try await wire.send(
                head(server, APIPath.organization, try await server.admin(), "Content-Length: 1000001"))
            try await wire.send(json(ofSize: 1_000_001))
            let reply = try await wire.reply()
            try reply.expectError(413, "payload_too_large")
            #expect(reply["connection"] == "close")
            #expect(try await wire.isEnded())
            try await server.get(APIPath.health).expect(200)
        }
    }

    @Test func theConnectionEndsAfterChunksThatAreTooMany() async throws {
        try await TestServer.run { server in
            let wire = try Wire(port: server.port)
            try await wire.send(
                head(server, APIPath.organization, try await server.admin(), "Transfer-Encoding: chunked"))
            let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0x20, count: 0x10000) + Array("\r\n".utf8)
            for _ in 0..<20 { await wire.sendAsMuchAsIsTaken(chunk) }
            await wire.sendAsMuchAsIsTaken(Array("0\r\n\r\n".utf8))
            let reply = try await wire.reply()
            try reply.expectError(413, "payload_too_large")
            #expect(reply["connection"] == "close")
            #expect(try await wire.isEnded())
        }
    }

    @Test func chunkedBodiesAreReadLikeOthers() async throws {
        try await TestServer.run { server in
            let wire = try Wire(port: server.port)
            try await wire.send(
                head(server, APIPath.organization, try await server.admin(), "Transfer-Encoding: chunked"))
            try await wire.send("5\r\n{\"nam\r\n8;x=y\r\ne\": \"abc\r\n2\r\n\"}\r\n0\r\nX: y\r\n\r\n")
            let reply = try await wire.reply()
            #expect(reply.status == 200)
            #expect(try reply[member: "organization"]?.object?["name"]?.text == "abc")
        }
    }

    @Test func oneConnectionCarriesManyRequests() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let wire = try Wire(port: server.port)
            let bodies = [#"{"name": "one"}"#, "{", #"{"name": "two"}"#]
            for (body, status) in zip(bodies, [200, 400, 200]) {
                try await wire.send(
                    head(server, APIPath.organization, admin, "Content-Length: \(body.utf8.count)") + body)
                try await wire.reply().expect(status)
            }
            let ignored = head(server, APIPath.refresh, admin, "Content-Length: 3") + "abc"
            try await wire.send(ignored + ignored)
            try await wire.reply().expect(200)
            try await wire.reply().expect(200)
        }
    }

    @Test func aClientMayAskForTheEndOfTheConnection() async throws {
        try await TestServer.run { server in
            let wire = try Wire(port: server.port)
            try await wire.send("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            try await wire.reply().expect(200)
            #expect(try await wire.isEnded())
        }
    }

    /// A length would be wrong there (RFC 9110, section 8.6).
    @Test func anAnswerWithoutContentHasNoLength() async throws {
        try await TestServer.run { server in
            let reply = try await server.post(APIPath.logout, as: try await server.admin())
            reply.expect(204)
            #expect(reply["content-length"] == nil)
            #expect(reply["transfer-encoding"] == nil)
        }
    }

    @Test func aClientThatAsksIsToldToContinue() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            for expectation in ["100-continue", "100-Continue"] {
                let wire = try Wire(port: server.port)
                try await wire.send(
                    head(
                        server, APIPath.organization, admin,
                        "Content-Length: 13\r\nExpect: \(expectation)"))
                try await wire.reply().expect(100)
                try await wire.send(json(ofSize: 13))
                try await wire.reply().expect(200)
            }
        }
    }

    /// Nobody is asked for a body that will be refused anyway.
    @Test func aBodyThatIsNotWantedIsNotAskedFor() async throws {
        try await TestServer.run { server in
            let employee = try await server.employee()
            let admin = try await server.admin()
            let expect = "Content-Length: 13\r\nExpect: 100-continue"
            let requests = [
                (head(server, "/api/nothing", admin, expect), 404),
                (head(server, APIPath.organization, nil, expect), 401),
                (head(server, APIPath.organization, employee, expect), 403),
                (head(server, APIPath.organization, admin, type: "text/plain", expect), 415),
                (head(server, APIPath.organization, admin, "Content-Length: 1000001\r\nExpect: 100-continue"), 413),
                (head(server, APIPath.uploadScreenshot, employee, type: "multipart/form-data", expect), 400),
                (
                    head(
                        server, APIPath.uploadScreenshot, employee, type: TestForm.contentType,
                        "Content-Length: 99999999\r\nExpect: 100-continue"), 413
                ),
            ]
            for (request, status) in requests {
                let wire = try Wire(port: server.port)
                try await wire.send(request)
                try await wire.reply().expect(status)
            }
        }
    }

    @Test func uploadsAreAskedFor() async throws {
        try await TestServer.run { server in
            let wire = try Wire(port: server.port)
            let body = TestForm.image().body
            try await wire.send(
                head(
                    server, APIPath.uploadScreenshot, try await server.employee(), type: TestForm.contentType,
                    "Content-Length: \(body.count)\r\nExpect: 100-continue"))
            try await wire.reply().expect(100)
            try await wire.send(body)
            try await wire.reply().expect(201)
        }
    }

    @Test(arguments: [
        "", " ", "{", #"{"name": "x""#, #"{"name": "x"} x"#, "[1,]", "{'name': 'x'}", #"{"name": "x",}"#,
        #"{"name": "\x"}"#, #"{"name": "\ud8"}"#, "{\"name\": \"a\nb\"}", "nul",
        #"{"name": 01}"#, #"{"name": NaN}"#, "// {}",
    ])
    func textThatIsNoJSONIsToldItsPlace(body: String) async throws {
        try await TestServer.run { server in
            let reply = try await server.post(APIPath.organization, body, as: try await server.admin())
            try reply.expectError(400, "invalid_json")
            #expect(try reply[member: "error"]?.text?.contains("line 1, column") == true)
        }
    }

    @Test(arguments: ["[]", "null", "1", "true", "\"text\"", "[{\"name\": \"x\"}]"])
    func jsonThatIsNoObjectIsRefused(body: String) async throws {
        try await TestServer.run { server in
            try await server.post(APIPath.organization, body, as: try await server.admin())
                .expectError(400, "invalid_field")
        }
    }

    @Test(arguments: ["[", "{\"a\":", "[{\"a\":"])
    func deepNestingIsRefused(opening: String) async throws {
        try await TestServer.run { server in
            let body = #"{"name": "# + String(repeating: opening, count: 100_000)
            try await server.post(APIPath.organization, body, as: try await server.admin())
                .expectError(400, "invalid_json")
            try await server.get(APIPath.health).expect(200)
        }
    }

    @Test func aByteOrderMarkIsNoPartOfTheText() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let saved = try await server.post(APIPath.organization, "\u{FEFF}{\"name\": \"\u{FEFF}x\"}", as: admin)
            #expect(saved.status == 200)
            try await server.post(APIPath.organization, "\u{FEFF}\u{FEFF}{}", as: admin).expectError(
                400, "invalid_json")
        }
    }

    @Test(arguments: ["gzip", "deflate, gzip", "br", "x"])
    func anEncodedBodyIsToldWhichCodingIsTaken(coding: String) async throws {
        try await TestServer.run { server in
            let (admin, eva) = (try await server.admin(), try await server.employee("eva"))
            let headers = ["Content-Encoding": coding]
            for reply in [
                try await server.post(APIPath.organization, #"{"name": "x"}"#, as: admin, headers: headers),
                try await server.post(APIPath.workHeartbeat, "{}", as: eva, headers: headers),
                try await server.upload(.image(), as: eva, headers: headers),
            ] {
                try reply.expectError(415, "unsupported_media_type")
                #expect(reply["accept-encoding"] == "identity")
            }
        }
    }

    @Test func identityIsNoEncoding() async throws {
        try await TestServer.run { server in
            try await server.post(
                APIPath.organization, #"{"name": "x"}"#, as: try await server.admin(),
                headers: ["Content-Encoding": "Identity"]
            ).expect(200)
        }
    }

    /// Some programs say chunks before they know that they have nothing to say.
    @Test func noChunksAtAllAreNoBody() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.post(APIPath.workStart, as: eva).expect(201)
            server.clock.advance(seconds: 5)
            for path in [APIPath.workHeartbeat, APIPath.workStop] {
                let wire = try Wire(port: server.port)
                try await wire.send(head(server, path, eva, "Transfer-Encoding: chunked") + "0\r\n\r\n")
                try await wire.reply().expect(200)
            }
        }
    }

    @Test func bytesThatAreNoUTF8AreRefused() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            for bytes: [UInt8] in [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] {
                let body = Array(#"{"name": ""#.utf8) + bytes + Array(#""}"#.utf8)
                try await server.post(APIPath.organization, bytes: body, as: admin).expectError(400, "invalid_json")
            }
        }
    }
}
