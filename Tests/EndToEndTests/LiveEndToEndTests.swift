import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// What the server says unasked, from a manager's request to an employee's terminal, and the screen's way back.
@Suite struct LiveEndToEndTests {
    private let mira = "mira@harbour.example"
    private let password = "mira's own password"
    private let lena = LiveServer.administrator

    /// An employee who tracks on a small screen, and a manager who watches.
    private struct View {
        let server: LiveServer
        let display: VirtualDisplay
        let terminal: TmuxTerminal
        let token: String
        let stream: ChildProcess
    }

    private func view() async throws -> View {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let token = try await server.login()
        let display = try await VirtualDisplay.start(width: 64, height: 48)
        let terminal = try await TmuxTerminal.start(
            [Program.client], environment: server.clientEnvironment(display: display))
        try await terminal.signIn(mira, password)
        try await terminal.wait(for: "TRACKING")
        try await server.waitForPresence([mira], token)
        let stream = try server.watch(mira, token)
        try await terminal.wait(for: "who watches") { Self.isLive($0) && $0.contains(lena) }
        return View(server: server, display: display, terminal: terminal, token: token, stream: stream)
    }

    @Test func aPushedIntervalTakesEffectAndPresenceFollowsTheClient() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password, intervalMinutes: nil)
        let token = try await server.login()
        #expect(try await server.presence(token) == [])
        // No heartbeat asks for the interval meanwhile.
        let terminal = try await TmuxTerminal.start(
            [Program.client],
            environment: server.clientEnvironment(display: nil, ["HEARTBEAT_INTERVAL_SECONDS": "3600"]))
        try await terminal.signIn(mira, password)
        try await terminal.wait(for: "WAITING FOR AN INTERVAL")
        try await server.waitForPresence([mira], token)
        for minutes in [2, 7] {
            try await server.assign(mira, minutes: minutes, token)
            try await terminal.wait(for: "the new interval", seconds: 1) {
                TmuxTerminal.stateLine($0).contains("TRACKING") && $0.contains("every \(minutes) minutes")
            }
        }
        try await terminal.press("q")
        try await terminal.waitForEnd()
        try await server.waitForPresence([], token)
    }

    @Test(.timeLimit(.minutes(2)))
    func whoWatchesSeesTheScreenAndTheEmployeeSeesWhoWatches() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let token = try await server.login()
        let display = try await VirtualDisplay.start(width: 1920, height: 200)
        let painter = try Painter(display.name)
        try painter.paint { x, y in UInt(x & 255) << 16 | UInt(y & 255) << 8 | UInt((x ^ y) & 255) }
        let terminal = try await TmuxTerminal.start(
            [Program.client],
            environment: server.clientEnvironment(display: display, ["LIVE_VIEW_INTERVAL_SECONDS": "1"]))
        try await terminal.signIn(mira, password)
        try await terminal.wait(for: "TRACKING")
        try await server.waitForPresence([mira], token)

        // A stream lasts as long as its connection.
        let stream = try server.watch(mira, token)
        let part = await bytes(from: stream.output) {
            String(decoding: $0.prefix(200), as: UTF8.self).contains("Content-Type: image/png")
        }
        #expect(part.starts(with: Array("--frame\r\n".utf8)))
        try await terminal.wait(for: "who watches") { Self.isLive($0) && $0.contains(lena) }
        stream.send(SIGTERM)
        try await terminal.wait(for: "the end of live view") { !Self.isLive($0) && $0.contains("stopped watching") }

        // A single frame is the screen, each four pixels made one.
        let (frame, time, _) = try await server.frame(of: mira, token)
        let half = DecodedPNG(width: 960, height: 100) { x, y in
            let pixels = [(0, 0), (1, 0), (0, 1), (1, 1)].map { (2 * x + $0, 2 * y + $1) }
            let sums = pixels.reduce([2, 2, 2]) { sums, pixel in
                let (x, y) = pixel
                return [sums[0] + x & 255, sums[1] + y & 255, sums[2] + (x ^ y) & 255]
            }
            return sums.map { UInt8($0 / 4) }
        }
        #expect(frame == half)
        try await terminal.wait(for: "the same manager again") { Self.isLive($0) && $0.contains(lena) }
        try painter.paint { _, _ in 0x33_66_99 }
        let (next, later, _) = try await server.frame(of: mira, token, after: time)
        #expect(next == DecodedPNG(width: 960, height: 100) { _, _ in [0x33, 0x66, 0x99] })
        #expect(later > time)

        // The employee has the last word, also on a watcher who begins just then.
        for pause in [0, 100, 200, 300] {
            let other = try server.watch(mira, token)
            try await Task.sleep(for: .milliseconds(pause))
            try await terminal.press("v")
            // A picture, or the end.
            _ = await bytes(from: other.output) { !$0.isEmpty }
            // A key acts on what there is when it comes, which is more than the screen shows, or less.
            while other.isRunning {
                if Self.isLive(try await terminal.screen()) { try await terminal.press("v") }
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(await other.end() == 0)
            try await terminal.wait(for: "no banner") { !Self.isLive($0) && $0.contains("as you wished") }
        }
        try await terminal.press("q")
        try await terminal.waitForEnd()
        let (status, _) = try await server.curl("/api/live/\(mira)/frame", ["-H", "Authorization: Bearer \(token)"])
        #expect(status == 404)
    }

    /// As mpv, ffplay and VLC open it, which share these libraries.
    @Test(.timeLimit(.minutes(2)))
    func aPlayerShowsTheStreamAsItIs() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let token = try await server.login()
        let display = try await VirtualDisplay.start(width: 320, height: 200)
        let painter = try Painter(display.name)
        try painter.paint { _, _ in 0x33_66_99 }
        let client = try ChildProcess(
            [Program.client, "--headless", "--email", mira],
            environment: server.clientEnvironment(
                display: display, ["TRACKER_PASSWORD": password, "LIVE_VIEW_INTERVAL_SECONDS": "1"]))
        try await server.waitForPresence([mira], token)
        _ = await bytes(from: client.output) { String(decoding: $0, as: UTF8.self).contains("Tracking has started") }
        let player = try ChildProcess([
            try await Peers.python(), Peers.programs + "/player.py",
            "\(server.url)/api/live/\(mira)/stream", token, "4",
        ])
        // The screen changes until it has seen enough.
        var shades: [UInt] = [0x33_66_99]
        while player.isRunning {
            let shade = shades[shades.count - 1]
            try painter.paint { _, _ in shade }
            shades.append(shade + 0x01_01_01)
            try await Task.sleep(for: .milliseconds(200))
        }
        let lines = String(decoding: await bytes(from: player.output), as: UTF8.self).split(separator: "\n")
        let errors = String(decoding: await bytes(from: player.errors), as: UTF8.self)
        #expect(lines.count == 4, "\(lines) \(errors)")
        let head = #"{"format": "matroska,webm", "width": 320, "height": 200, "first": ""#
        let possible = Set(shades.map { head + String($0, radix: 16) + #""}"# })
        for line in lines { #expect(possible.contains(String(line)), "the screen never was that") }
        #expect(Set(lines).count > 1)
    }

    /// While nothing changes, the next frame comes after half a minute: a name goes before.
    @Test(.timeLimit(.minutes(2)))
    func theBannerNamesThoseWhoWatch() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let token = try await server.login()
        try await server.call(
            "POST", APIPath.managers, token: token,
            .object(["email": .string("jonas@harbour.example"), "password": .string(password)]))
        let display = try await VirtualDisplay.start(width: 64, height: 48)
        let terminal = try await TmuxTerminal.start(
            [Program.client],
            environment: server.clientEnvironment(display: display, ["LIVE_VIEW_INTERVAL_SECONDS": "1"]), width: 120)
        try await terminal.signIn(mira, password)
        try await terminal.wait(for: "TRACKING")
        try await server.waitForPresence([mira], token)
        let stream = try server.watch(mira, token)
        let other = try server.watch(mira, try await server.login("jonas@harbour.example", password))
        try await terminal.wait(for: "both") { Self.banner($0).contains("jonas") && Self.banner($0).contains(lena) }
        // Both have seen the screen, and it stays as it is.
        try await terminal.wait(for: "a frame") { !Self.banner($0).contains("no frame") }
        stream.send(SIGTERM)
        try await terminal.wait(for: "the one", seconds: 15) {
            Self.isLive($0) && Self.banner($0).contains("jonas") && !Self.banner($0).contains(lena)
        }
        other.send(SIGTERM)
        try await terminal.wait(for: "the end") { !Self.isLive($0) }
    }

    @Test(.timeLimit(.minutes(2)))
    func aManagerWhoLogsOutSeesNothingMore() async throws {
        let view = try await view()
        let (server, terminal) = (view.server, view.terminal)
        try await server.call("POST", APIPath.logout, token: view.token)
        #expect(await view.stream.end() == 0)
        try await terminal.wait(for: "the end of live view") { !Self.isLive($0) && $0.contains("stopped watching") }
        // So does one frame that was asked for, which would be watched for half a minute.
        let next = try await server.login()
        let (frame, _, host) = try await server.frame(of: mira, next)
        #expect((frame.width, frame.height) == (64, 48))
        #expect(host == String(decoding: try await run("uname", "-n").output.dropLast(), as: UTF8.self))
        try await terminal.wait(for: "who watches now", Self.isLive)
        try await server.call("POST", APIPath.logout, token: next)
        try await terminal.wait(for: "the end of that", seconds: 15) { !Self.isLive($0) }
    }

    @Test func theLinkComesBackWithTheServer() async throws {
        let view = try await view()
        let (server, terminal, token) = (view.server, view.terminal, view.token)
        await server.crash()
        #expect(await view.stream.end() != 0)
        try await terminal.wait(for: "an end of both") {
            TmuxTerminal.stateLine($0).contains("OFFLINE") && !Self.isLive($0)
        }
        try await server.restart()
        let screen = try await terminal.wait(for: "the link") { TmuxTerminal.stateLine($0).hasSuffix(" online") }
        #expect(TmuxTerminal.stateLine(screen).contains("TRACKING"))
        try await server.waitForPresence([mira], token)
        let (frame, _, _) = try await server.frame(of: mira, token)
        #expect((frame.width, frame.height) == (64, 48))
        try await terminal.wait(for: "who watches now", Self.isLive)
        try await terminal.press("q")
        try await terminal.waitForEnd()
    }

    /// What stands above all.
    private static func banner(_ screen: String) -> Substring { screen.split(separator: "\n").first ?? "" }
    private static func isLive(_ screen: String) -> Bool { banner(screen).contains("LIVE") }
}

extension LiveServer {
    fileprivate func assign(_ employee: String, minutes: Int, _ token: String) async throws {
        try await call(
            "POST", APIPath.captureInterval, token: token,
            .object(["employeeId": .string(employee), "intervalMinutes": .number(minutes)]))
    }

    /// A manager who watches until the program ends.
    fileprivate func watch(_ employee: String, _ token: String) throws -> ChildProcess {
        try ChildProcess([
            "curl", "-sSN", "--fail-with-body", "-H", "Authorization: Bearer \(token)",
            "\(url)/api/live/\(employee)/stream",
        ])
    }

    /// - Parameter time: wants another frame than that one.
    fileprivate func frame(
        of employee: String, _ token: String, after time: String? = nil
    ) async throws -> (image: DecodedPNG, time: String, host: String) {
        let query = time.map { "?after=\($0)" } ?? ""
        let headers = folder.path + "/headers"
        let (status, body) = try await curl(
            "/api/live/\(employee)/frame\(query)", ["-H", "Authorization: Bearer \(token)", "-D", headers])
        try #require(status == 200, "\(String(decoding: body, as: UTF8.self))")
        let text = try String(contentsOfFile: headers, encoding: .utf8)
        let stamp = try #require(text.firstMatch(of: /(?i)x-frame-timestamp: (\S+)/))
        let host = try #require(text.firstMatch(of: /(?i)x-frame-host: (\S+)/))
        return (try DecodedPNG(body), String(stamp.1), String(host.1))
    }
}
