import Shared
import Testing

@testable import TrackerServer

struct CrossOriginTests {
    private let origin = ["Origin": "https://admin.example"]
    private let preflight = ["Origin": "https://admin.example", "Access-Control-Request-Method": "POST"]

    @Test func aPreflightIsAnsweredWithoutToken() async throws {
        try await TestServer.run { server in
            let reply = try await server.send("OPTIONS", APIPath.organization, headers: preflight)
            #expect(reply.status == 204)
            #expect(reply.body.isEmpty)
            #expect(reply["access-control-allow-origin"] == "*")
            #expect(reply["access-control-allow-methods"] == "GET, HEAD, POST")
            #expect(reply["access-control-allow-headers"] == "authorization, content-type, idempotency-key")
            #expect(reply["access-control-allow-credentials"] == nil)
        }
    }

    @Test func aPreflightAllowsEveryMethodOfThePath() async throws {
        try await TestServer.run { server in
            let reply = try await server.send("OPTIONS", "/api/employees/eva", headers: preflight)
            #expect(reply["access-control-allow-methods"] == "DELETE, PATCH")
            #expect(reply["allow"] == "DELETE, PATCH")
        }
    }

    @Test func optionsWithoutPreflightNamesTheMethods() async throws {
        try await TestServer.run { server in
            let reply = try await server.send("OPTIONS", APIPath.login)
            #expect(reply.status == 204)
            #expect(reply["allow"] == "POST")
        }
    }

    @Test func everyAnswerIsOpenToEveryOriginByDefault() async throws {
        try await TestServer.run { server in
            for path in [APIPath.health, APIPath.organization, "/api/nothing"] {
                let reply = try await server.get(path, headers: origin)
                #expect(reply["access-control-allow-origin"] == "*")
                #expect(
                    reply["access-control-expose-headers"]
                        == "Link, ETag, Retry-After, X-Frame-Timestamp, X-Frame-Host")
                #expect(reply["access-control-allow-credentials"] == nil)
            }
        }
    }

    @Test(arguments: ["*", " * ", "https://admin.example,*"])
    func aStarAmongTheOriginsMeansEveryOrigin(setting: String) async throws {
        try await TestServer.run(["ALLOWED_ORIGINS": setting]) { server in
            let reply = try await server.get(APIPath.health, headers: origin)
            #expect(reply["access-control-allow-origin"] == "*")
        }
    }

    /// As people write origins, and as browsers send them; the same for requests and for Socket.IO.
    @Test(arguments: ["HTTPS://Admin.Example", "https://admin.example:443", "https://admin.example/"])
    func anOriginIsAllowedHoweverItIsWritten(setting: String) async throws {
        try await TestServer.run(["ALLOWED_ORIGINS": "http://other.example:80,\(setting)"]) { server in
            for path in [APIPath.health, "/socket.io/?EIO=4&transport=polling"] {
                for (name, isAllowed) in [
                    ("https://admin.example", true), ("http://other.example", true), ("http://admin.example", false),
                    ("https://admin.example:444", false),
                ] {
                    let reply = try await server.get(path, headers: ["Origin": name])
                    #expect(reply["access-control-allow-origin"] == (isAllowed ? name : nil), "\(path) \(name)")
                }
            }
        }
    }

    @Test func onlyNamedOriginsAreAllowed() async throws {
        try await TestServer.run(["ALLOWED_ORIGINS": "https://other.example, https://admin.example"]) { server in
            let allowed = try await server.get(APIPath.health, headers: origin)
            #expect(allowed["access-control-allow-origin"] == "https://admin.example")
            #expect(allowed["vary"] == "Origin")
            for name in ["https://evil.example", "https://admin.example.evil", "http://admin.example", "null"] {
                let refused = try await server.get(APIPath.health, headers: ["Origin": name])
                #expect(refused.status == 200)
                #expect(refused["access-control-allow-origin"] == nil)
                #expect(refused["vary"] == "Origin")
            }
            let same = try await server.get(APIPath.health)
            #expect(same["vary"] == "Origin")
        }
    }

    /// A browser asks nobody before it opens a WebSocket.
    @Test(
        arguments: [
            ("https://admin.example", true), (nil, true), ("http://localhost", true), ("https://localhost", true),
            ("https://evil.example", false), ("null", false), ("https://localhost.evil.example", false),
            ("https://admin.example.evil.example", false), ("https://localhost:444", false),
        ] as [(String?, Bool)])
    func onlyPagesOfAllowedSitesOpenWebSockets(page: String?, isAllowed: Bool) async throws {
        try await TestServer.run(["ALLOWED_ORIGINS": "https://admin.example"]) { server in
            var headers = [
                "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            ]
            headers["Origin"] = page
            let reply = try await server.get("/socket.io/?EIO=4&transport=websocket", headers: headers)
            #expect(reply.status == (isAllowed ? 101 : 403), "\(reply.text)")
            if !isAllowed { #expect(reply.text == #"{"code":4,"message":"Forbidden"}"#) }
        }
    }
}
