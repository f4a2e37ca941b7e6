import Foundation
import Shared
import TestSupport
import Testing

/// HTTPS and WSS with a certificate that an office's own authority has signed, by programs of other makers.
@Suite(.timeLimit(.minutes(3)))
struct TrustedAuthorityTests {
    private let folder: TemporaryFolder
    private let authority: TestAuthority

    init() async throws {
        folder = try TemporaryFolder()
        authority = try await TestAuthority(in: folder)
    }

    private func server(_ settings: [String: String] = [:]) async throws -> LiveServer {
        let files = try await authority.sign("server", names: "DNS:localhost")
        return try await LiveServer.start(
            settings.merging(["TLS_CERT_FILE": files.certificate, "TLS_KEY_FILE": files.key]) { $1 })
    }

    @Test func curlTrustsItWhenItIsTold() async throws {
        let server = try await server()
        let url = "https://localhost:\(server.port)\(APIPath.health)"
        #expect(try await run("curl", "-sS", "--cacert", authority.certificate, url).status == 0)
        #expect(try await run("curl", "-sS", url).status == 60)
    }

    @Test func requestsAndItsWebSocketsDo() async throws {
        let python = try await Peers.python()
        let server = try await server()
        let outcome = try await run(
            python, Peers.programs + "/tls.py", "https://localhost:\(server.port)", authority.certificate,
            LiveServer.administrator, LiveServer.password)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            String(decoding: outcome.output, as: UTF8.self)
                == "__Host-tracker_session True\n__Host-tracker_device True\n\(LiveServer.administrator)\n0{\"sid\n")
    }

    @Test(.enabled(if: Browser.firefox.isThere, "Firefox or certutil is missing: scripts/bootstrap --test"))
    func firefoxDoes() async throws { try await expectSocket(in: .firefox) }

    @Test(.enabled(if: Browser.chromium.isThere, "Chromium or certutil is missing: scripts/bootstrap --test"))
    func chromiumDoes() async throws { try await expectSocket(in: .chromium) }

    /// A page opens a WebSocket, and asks over HTTPS for a path that tells what came of it.
    private func expectSocket(in browser: Browser) async throws {
        let server = try await server(["LOG_LEVEL": "debug"])
        let place = "localhost:\(server.port)"
        try folder.write(
            """
            <!doctype html><meta charset="utf-8"><script>
            const say = (word) => fetch("https://\(place)/api/said-" + word, {mode: "no-cors"});
            const socket = new WebSocket("wss://\(place)/socket.io/?EIO=4&transport=websocket");
            socket.onmessage = (event) => say("packet" + event.data[0]);
            socket.onerror = () => say("error");
            </script>
            """, to: "page.html")
        let shown = try await browser.show(
            "file://\(folder.path)/page.html", trusting: authority.certificate, in: folder)
        let heard = await server.hear("GET /api/said-")
        #expect(heard.contains("GET /api/said-packet0 404"), "\(heard.suffix(2000))")
        // With all the processes that it has begun.
        kill(-shown.id, SIGKILL)
        _ = await shown.end()
        _ = await server.stop()
    }
}
