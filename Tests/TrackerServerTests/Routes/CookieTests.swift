import JSON
import Shared
import Testing

@testable import TrackerServer

/// The web admin's cookie in place of the header.
struct CookieTests {
    private func cookie(_ server: TestServer, _ email: String = TestServer.admin) async throws -> String {
        let reply = try await server.post(
            APIPath.login, #"{"email": "\#(email)", "password": "\#(TestServer.password)", "cookie": true}"#)
        let header = try #require(reply["set-cookie"])
        let token = try LoginResponse(json: try reply.json).token
        #expect(header == "tracker_session=\(token); HttpOnly; SameSite=Strict; Path=/; Max-Age=28800")
        return "tracker_session=\(token)"
    }

    @Test func theCookieReadsWithoutMore() async throws {
        try await TestServer.run { server in
            let cookie = try await cookie(server)
            for method in ["GET", "HEAD"] {
                try await server.send(method, APIPath.organization, headers: ["Cookie": cookie]).expect(200)
            }
        }
    }

    @Test func aChangeByCookieNeedsTheHeader() async throws {
        try await TestServer.run { server in
            let cookie = try await cookie(server)
            _ = try await server.employee()
            let before = try server.folders.snapshot()
            for header in [["Cookie": cookie], ["Cookie": cookie, "X-Requested-With": "XMLHttpRequest"]] {
                try await server.post(APIPath.organization, #"{"name": "x"}"#, headers: header)
                    .expectError(403, "forbidden")
                try await server.send("DELETE", server.path(ofEmployee: "eva@example.org"), headers: header)
                    .expectError(403, "forbidden")
                try await server.post(APIPath.logout, headers: header).expectError(403, "forbidden")
            }
            #expect(try server.folders.snapshot() == before)
            let header = ["Cookie": cookie, "X-Requested-With": "tracker"]
            try await server.post(APIPath.organization, #"{"name": "x"}"#, headers: header).expect(200)
        }
    }

    @Test func theHeaderWinsOverTheCookie() async throws {
        try await TestServer.run { server in
            let cookie = try await cookie(server)
            let eva = try await server.employee()
            try await server.get(APIPath.organization, as: eva, headers: ["Cookie": cookie])
                .expectError(403, "forbidden")
        }
    }

    @Test func refreshAndLogoutCareForTheCookie() async throws {
        try await TestServer.run { server in
            let header = ["Cookie": try await cookie(server), "X-Requested-With": "tracker"]
            server.clock.advance(seconds: 60)
            let refreshed = try await server.post(APIPath.refresh, headers: header)
            refreshed.expect(
                200,
                #"{"role":"super_admin","expiresAt":"2026-03-02T16:01:00.000Z","mustChangePassword":false}"#)
            let renewed = try #require(refreshed["set-cookie"]?.split(separator: ";").first)
            #expect(renewed.hasPrefix("tracker_session=ey"))
            #expect(renewed != header["Cookie"] ?? "")
            try await server.get(APIPath.organization, headers: ["Cookie": String(renewed)]).expect(200)
            let ended = try await server.post(APIPath.logout, headers: header)
            #expect(ended["set-cookie"] == SessionCookie.clearing(isSecure: false))
            try await server.get(APIPath.organization, headers: header).expectError(401, "invalid_token")
        }
    }

    /// What the browser says of where a request comes from.
    @Test func otherSitesGetNothingByTheCookie() async throws {
        try await TestServer.run { server in
            let cookie = try await cookie(server)
            let eva = try await server.employee()
            let image = try await server.upload(.image(), as: eva)
            let path = "/" + (try #require(try image[member: "file"]?.text))
            for (site, status) in [
                ("same-site", 403), ("cross-site", 403), ("Cross-Site", 403), ("same-origin", 200), ("none", 200),
                ("something-new", 200),
            ] {
                for path in [APIPath.organization, path] {
                    for method in ["GET", "HEAD"] {
                        try await server.send(method, path, headers: ["Cookie": cookie, "Sec-Fetch-Site": site])
                            .expect(status)
                    }
                }
                let change = ["Cookie": cookie, "Sec-Fetch-Site": site, "X-Requested-With": "tracker"]
                try await server.post(APIPath.organization, #"{"name": "x"}"#, headers: change).expect(status)
                // Who sends a token in the header has it, wherever the request comes from.
                try await server.get(
                    APIPath.organization, as: try await server.admin(),
                    headers: ["Cookie": cookie, "Sec-Fetch-Site": site]
                ).expect(200)
                try await server.get("/", headers: ["Cookie": cookie, "Sec-Fetch-Site": site]).expect(200)
            }
        }
    }

    /// Over HTTP browsers say it so.
    @Test func changesOfAnotherOriginAreRefused() async throws {
        try await TestServer.run { server in
            let cookie = try await cookie(server)
            for (origin, site, status) in [
                ("http://localhost", nil, 200), ("https://LOCALHOST", nil, 200), ("http://evil.example", nil, 403),
                ("http://localhost:81", nil, 403), ("http://localhost.evil.example", nil, 403), ("null", nil, 403),
                ("", nil, 403), ("http://localhost, http://evil.example", nil, 403),
                ("http://public.example", "same-origin", 200),
            ] {
                var headers = ["Cookie": cookie, "Origin": origin, "X-Requested-With": "tracker"]
                headers["Sec-Fetch-Site"] = site
                let reply = try await server.post(APIPath.organization, #"{"name": "x"}"#, headers: headers)
                #expect(reply.status == status, "\(origin)")
            }
        }
    }

    @Test func ofSeveralCookiesThoseThatWorkMustBeOneAccounts() async throws {
        try await TestServer.run { server in
            let own = try await cookie(server)
            let again = "tracker_session=\(try await server.admin().token)"
            let others = "tracker_session=\(try await server.manager().token)"
            let junk = (1...9).map { "tracker_session=\($0)" }.joined(separator: "; ")
            for cookies in [
                "tracker_session=x; \(own)", "\(own); tracker_session=x", "\(own); \(again)", "\(junk); \(own)",
            ] {
                try await server.get(APIPath.managers, headers: ["Cookie": cookies]).expect(200)
            }
            for cookies in ["\(own); \(others)", "\(others); \(own)", "tracker_session=x; tracker_session=y"] {
                try await server.get(APIPath.organization, headers: ["Cookie": cookies])
                    .expectError(401, "invalid_token")
            }
        }
    }

    @Test func aBrokenCookieIsABadToken() async throws {
        try await TestServer.run { server in
            try await server.get(APIPath.organization, headers: ["Cookie": "tracker_session=x"])
                .expectError(401, "invalid_token")
            try await server.get(APIPath.organization, headers: ["Cookie": "other=x"])
                .expectError(401, "unauthorized")
        }
    }
}
