import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// What docs/operators.md has for proxies, run as it stands there: the server learns who asks and how, and nothing is lost on the way.
@Suite(.timeLimit(.minutes(3)))
struct ProxyRecipesTests {
    private let mira = "mira@harbour.example"
    private let password = "mira's own password"

    @Test(.enabled(if: ReverseProxy.Kind.nginx.isThere, "nginx is missing: scripts/bootstrap --test"))
    func nginx() async throws { try await expectTheRecipeWorks(.nginx) }

    @Test(.enabled(if: ReverseProxy.Kind.haproxy.isThere, "HAProxy is missing: scripts/bootstrap --test"))
    func haproxy() async throws { try await expectTheRecipeWorks(.haproxy) }

    @Test(.enabled(if: ReverseProxy.Kind.caddy.isThere, "Caddy is missing: scripts/bootstrap --test"))
    func caddy() async throws { try await expectTheRecipeWorks(.caddy) }

    private func recipe(_ kind: ReverseProxy.Kind) throws -> String {
        let page = try String(contentsOfFile: Program.repository + "/docs/operators.md", encoding: .utf8)
        let block = try Regex("(?s)```\(kind.rawValue)\n(.*?)```", as: (Substring, Substring).self)
        return String(try #require(page.firstMatch(of: block)?.1, "the page has nothing for \(kind)"))
    }

    private func expectTheRecipeWorks(_ kind: ReverseProxy.Kind) async throws {
        let server = try await LiveServer.start(["TRUST_PROXY": "127.0.0.1", "LOG_LEVEL": "debug"])
        try await server.hire(mira, password: password)
        let proxy = try await ReverseProxy.start(kind, try recipe(kind), before: server)
        let token = try await server.login()
        try await expectCookieOfHTTPS(through: proxy)
        try await expectGuessesCount(through: proxy)
        try await expectWebSocket(through: proxy)
        try await expectEvents(through: proxy, server, token)
        try await expectClient(through: proxy, server, token)
        #expect(try await status("/metrics", [], through: proxy) == 401)
        #expect(try await status("/api/spoofed", ["-H", "X-Forwarded-For: 10.9.9.9"], through: proxy) == 404)
        #expect(await server.stop() == 0)
        let line = await server.lastWords().split(separator: "\n").last { $0.contains("/api/spoofed") }
        #expect(line?.contains("from=127.0.0.2 ") == true, "\(line ?? "")")
    }

    /// From an address that is not the proxy's own.
    private func request(_ path: String, _ arguments: [String], through proxy: ReverseProxy) async throws -> String {
        let outcome = try await run(proxy.curl(path, ["-4", "--interface", "127.0.0.2"] + arguments))
        return String(decoding: outcome.output, as: UTF8.self) + outcome.errors
    }

    private func status(_ path: String, _ arguments: [String], through proxy: ReverseProxy) async throws -> Int? {
        Int(try await request(path, ["-o", "/dev/null", "-w", "%{http_code}"] + arguments, through: proxy))
    }

    private func expectCookieOfHTTPS(through proxy: ReverseProxy) async throws {
        let credentials =
            #"{"email": "\#(LiveServer.administrator)", "password": "\#(LiveServer.password)", "cookie": true}"#
        let answer = try await request(
            APIPath.login, ["-i", "--json", credentials, "-H", "X-Forwarded-Proto: http"], through: proxy)
        let set = answer.firstMatch(of: /(?i)set-cookie: (__Host-tracker_session=[^;]+)(;.*)/)
        let cookie = try #require(set, "\(answer)")
        #expect(cookie.2.contains("; Secure") && cookie.2.contains("; HttpOnly"))
        #expect(answer.matches(of: /(?i)strict-transport-security: max-age=31536000/).count == 1)
        #expect(try await status(APIPath.me, ["-H", "Cookie: \(cookie.1)"], through: proxy) == 200)
        // Large answers and bodies come through.
        #expect(try await status(APIPath.start, [], through: proxy) == 200)
    }

    /// Whatever address they claim to come from.
    private func expectGuessesCount(through proxy: ReverseProxy) async throws {
        var statuses: [Int?] = []
        for number in 0...10 {
            statuses.append(
                try await status(
                    APIPath.login,
                    [
                        "-H", "X-Forwarded-For: 10.0.0.\(number)", "--json",
                        #"{"email": "somebody@harbour.example", "password": "a wrong password"}"#,
                    ], through: proxy))
        }
        #expect(statuses == Array(repeating: 401, count: 10) + [429])
    }

    private func expectWebSocket(through proxy: ReverseProxy) async throws {
        let socket = try ChildProcess(
            proxy.curl(
                "/socket.io/?EIO=4&transport=websocket",
                [
                    "-i", "-N", "--http1.1", "-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H",
                    "Sec-WebSocket-Version: 13", "-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                ]))
        let heard = await bytes(from: socket.output) { $0.firstRange(of: Array(#""sid":"#.utf8)) != nil }
        let text = String(decoding: heard, as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 101 ") && text.contains(#""sid":"#), "\(text)")
    }

    private func expectEvents(through proxy: ReverseProxy, _ server: LiveServer, _ token: String) async throws {
        let stream = try ChildProcess(
            proxy.curl(APIPath.events, ["-N", "--http1.1", "-H", "Authorization: Bearer \(token)"]))
        _ = await bytes(from: stream.output) { !$0.isEmpty }
        try await server.call(
            "POST", APIPath.employees, token: token,
            .object(["email": .string("new@harbour.example"), "password": .string(password)]))
        let heard = await bytes(from: stream.output) { $0.firstRange(of: Array("new@harbour.example".utf8)) != nil }
        #expect(heard.firstRange(of: Array("new@harbour.example".utf8)) != nil)
    }

    private func expectClient(through proxy: ReverseProxy, _ server: LiveServer, _ token: String) async throws {
        let own = [
            "TRACKER_STATE_DIR": server.folder.path + "/state", "TRACKER_EMAIL": mira, "TRACKER_PASSWORD": password,
        ]
        let client = try ChildProcess(
            [Program.client, "--headless"], environment: own.merging(proxy.clientEnvironment) { $1 })
        try await server.waitForPresence([mira], token)
        client.send(SIGTERM)
        #expect(await client.end() == 0)
    }
}
