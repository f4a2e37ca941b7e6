import JSON
import Shared
import Testing

@testable import TrackerServer

/// What a server makes of requests that proxies pass on, this machine being one, or none.
struct TrustedProxyTests {
    private static let trusting = ["TRUST_PROXY": "127.0.0.1"]
    private static let https = ["X-Forwarded-For": "192.0.2.9", "X-Forwarded-Proto": "https"]

    private func expectGuess(
        _ server: TestServer, from address: String, _ number: Int, _ status: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await server.post(
            APIPath.login,
            JSONText.object(["email": .string("nobody\(number)@example.org"), "password": .string("wrong")]),
            headers: ["X-Forwarded-For": address]
        ).expect(status, sourceLocation: sourceLocation)
    }

    /// - Returns: the value of the cookie's header.
    private func signIn(_ server: TestServer, _ headers: [String: String]) async throws -> String {
        let body = JSONText.object([
            "email": .string(TestServer.admin), "password": .string(TestServer.password), "cookie": .bool(true),
        ])
        return try #require(try await server.post(APIPath.login, body, headers: headers)["set-cookie"])
    }

    @Test func guessesCountForTheAddressBehindTheProxy() async throws {
        try await TestServer.run(Self.trusting) { server in
            for number in 0..<LoginThrottle.failuresPerAddress {
                try await expectGuess(server, from: "10.0.0.\(number), 192.0.2.9", number, 401)
            }
            try await expectGuess(server, from: "192.0.2.9", 1000, 429)
            try await expectGuess(server, from: "192.0.2.10", 1001, 401)
        }
    }

    @Test func whoIsNoProxyCannotGuessUnderOtherAddresses() async throws {
        for settings in [[:], ["TRUST_PROXY": "192.0.2.0/24"]] {
            try await TestServer.run(settings) { server in
                for number in 0..<LoginThrottle.failuresPerAddress {
                    try await expectGuess(server, from: "192.0.2.\(number)", number, 401)
                }
                try await expectGuess(server, from: "192.0.2.77", 1000, 429)
            }
        }
    }

    @Test func theCookieIsOfTheSchemeBeforeTheProxy() async throws {
        try await TestServer.run(Self.trusting) { server in
            let set = try await signIn(server, Self.https)
            #expect(set.hasPrefix("__Host-tracker_session=ey"))
            #expect(set.hasSuffix("; HttpOnly; SameSite=Strict; Path=/; Max-Age=28800; Secure"))
            let token = try #require(set.split(separator: ";").first?.split(separator: "=").last)
            for (name, headers, status) in [
                ("__Host-tracker_session", Self.https, 200), ("tracker_session", Self.https, 401),
                ("__Host-tracker_session", [:], 401), ("tracker_session", [:], 200),
            ] {
                let cookie = ["Cookie": "\(name)=\(token)"].merging(headers) { $1 }
                try await server.get(APIPath.me, headers: cookie).expect(status)
            }
            let both = ["Cookie": "__Host-tracker_session=\(token)", "X-Requested-With": "tracker"]
            let ended = try await server.post(APIPath.logout, headers: both.merging(Self.https) { $1 })
            #expect(
                ended["set-cookie"]
                    == "__Host-tracker_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0; Secure")
            #expect(try await signIn(server, ["X-Forwarded-Proto": "http"]).hasPrefix("tracker_session="))
        }
    }

    @Test func onlyWhatComesOverTLSSaysToStayThere() async throws {
        try await TestServer.run(Self.trusting) { server in
            for path in [APIPath.health, APIPath.start, "/api/nothing", "/socket.io/?EIO=4&transport=polling"] {
                let secure = try await server.get(path, headers: Self.https)
                #expect(secure["strict-transport-security"] == "max-age=31536000", "\(path)")
                #expect(try await server.get(path)["strict-transport-security"] == nil, "\(path)")
            }
        }
    }

    @Test func withoutAProxyNobodySaysThatItIsTLS() async throws {
        try await TestServer.run { server in
            let reply = try await server.get(APIPath.health, headers: Self.https)
            #expect(reply["strict-transport-security"] == nil)
            let cookie = try await signIn(server, Self.https)
            #expect(cookie.hasPrefix("tracker_session="))
        }
    }

    @Test func theProxysOwnMachineReadsMetricsAsBefore() async throws {
        try await TestServer.run(Self.trusting) { server in
            try await server.get(APIPath.metrics).expect(200)
            for header in ["X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"] {
                try await server.get(APIPath.metrics, headers: [header.key: header.value]).expect(401)
            }
        }
    }
}
