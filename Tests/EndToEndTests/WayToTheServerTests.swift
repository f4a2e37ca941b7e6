import Foundation
import Shared
import TestSupport
import Testing

/// The real client on its way to the real server: proxies, certificates, and what does not go out in clear.
@Suite(.timeLimit(.minutes(10)))
struct WayToTheServerTests {
    private let mira = "mira@harbour.example"
    private let password = "mira's own password"

    private func client(_ server: LiveServer, _ environment: [String: String]) throws -> ChildProcess {
        var all = server.clientEnvironment(display: nil, environment)
        all["TRACKER_PASSWORD"] = password
        all["TRACKER_EMAIL"] = mira
        return try ChildProcess([Program.client, "--headless"], environment: all)
    }

    private func doctor(_ server: LiveServer, _ environment: [String: String]) async throws -> [String: String] {
        let outcome = try await run(
            Program.client, "doctor", environment: server.clientEnvironment(display: nil, environment))
        let lines = String(decoding: outcome.output, as: UTF8.self).split(separator: "\n")
        return Dictionary(
            uniqueKeysWithValues: lines.map { line in
                (line.dropFirst(9).prefix(15).trimmingCharacters(in: .whitespaces), String(line.dropFirst(24)))
            })
    }

    @Test(arguments: [false, true])
    func requestsAndTheLiveConnectionGoThroughTheProxy(isSecure: Bool) async throws {
        let folder = try TemporaryFolder()
        let tls = isSecure ? try await TestCertificate(in: folder) : nil
        let server = try await LiveServer.start(tls: tls)
        try await server.hire(mira, password: password)
        let token = try await server.login()
        let proxy = try await Script.start("proxy.py", "--credentials", "ann:s:t")
        var environment = [isSecure ? "https_proxy" : "http_proxy": "http://ann:s%3At@127.0.0.1:\(proxy.port)"]
        environment["TRACKER_CA_FILE"] = tls?.certificate
        let client = try client(server, environment)
        try await server.waitForPresence([mira], token)
        let found = try await doctor(server, environment)
        let name = isSecure ? "https_proxy" : "http_proxy"
        #expect(
            found["proxy"] == "http://127.0.0.1:\(proxy.port) (\(name)), for requests and the live connection",
            "\(found)")
        #expect(found["server"] == server.url)
        client.send(SIGTERM)
        #expect(await client.end() == 0)
        let tunnels = await proxy.stop()
        // One for requests at least, one for the live connection, one of doctor's.
        #expect(tunnels.count >= 3)
        let place = isSecure ? "localhost" : "127.0.0.1"
        #expect(Set(tunnels) == ["CONNECT \(place):\(server.port)"])
        _ = await server.stop()
    }

    @Test func aProxyThatWantsAPasswordOrIsGoneIsNamed() async throws {
        let server = try await LiveServer.start()
        let proxy = try await Script.start("proxy.py", "--credentials", "ann:s")
        let address = "http://127.0.0.1:\(proxy.port)"
        let wants = try await doctor(server, ["http_proxy": address])["server"]
        #expect(
            wants?.hasPrefix(
                "The proxy \(address) (http_proxy) wants a name and a password: http://name:password@host:port.")
                == true, "\(wants ?? "")")
        _ = await proxy.stop()
        let gone = try await doctor(server, ["http_proxy": address])["server"]
        #expect(gone?.hasPrefix("The proxy \(address) (http_proxy) cannot be reached: connection refused.") == true)
        #expect(try await doctor(server, ["http_proxy": address, "no_proxy": "127.0.0.0/8"])["server"] == server.url)
        _ = await server.stop()
    }

    @Test func theLiveConnectionTakesTheSameAuthorities() async throws {
        let folder = try TemporaryFolder()
        let tls = try await TestCertificate(in: folder)
        let server = try await LiveServer.start(tls: tls)
        try await server.hire(mira, password: password)
        let token = try await server.login()
        let found = try await doctor(server, [:])["server"]
        #expect(found?.contains("is signed by itself") == true, "\(found ?? "")")
        let client = try client(server, ["TRACKER_CA_FILE": tls.certificate])
        try await server.waitForPresence([mira], token)
        client.send(SIGTERM)
        #expect(await client.end() == 0)
        _ = await server.stop()
    }

    @Test func aLoginInClearIsRefusedUnlessItIsAllowed() async throws {
        let server = try await LiveServer.start(["HOST": "0.0.0.0", "INSECURE_HTTP": "1"])
        try await server.hire(mira, password: password)
        let token = try await server.login()
        let elsewhere = "http://0.0.0.0:\(server.port)"
        let environment = [
            "BACKEND_URL": elsewhere, "TRACKER_STATE_DIR": server.folder.path + "/state", "TRACKER_EMAIL": mira,
            "TRACKER_PASSWORD": password,
        ]
        let refused = try await run(Program.client, "--headless", environment: environment)
        #expect(refused.status == 1)
        let said = String(decoding: refused.output, as: UTF8.self)
        #expect(
            said.contains("The password would go to \(elsewhere) unencrypted: use an https address, or allow it with"))
        let allowed = try ChildProcess([Program.client, "--headless", "--insecure-http"], environment: environment)
        try await server.waitForPresence([mira], token)
        allowed.send(SIGTERM)
        #expect(await allowed.end() == 0)
        _ = await server.stop()
    }
}
