import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// The main job: a person at a terminal, a real X server, a real TrackerServer, and a manager with curl.
@Suite struct EmployeeDayTests {
    private let mira = "mira@harbour.example"
    private let password = "mira's own password"

    @Test func aDayFromLoginToLogout() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let display = try await VirtualDisplay.start(width: 640, height: 400)
        try Painter(display.name).paint { x, y in UInt(x & 255) << 16 | UInt(y & 255) << 8 | UInt((x * y) & 255) }
        let terminal = try await TmuxTerminal.start(
            [Program.client], environment: server.clientEnvironment(display: display))
        try await terminal.signIn(mira, password)
        let status = try await terminal.wait(for: "Delivered.")
        #expect(status.contains("TRACKING since"))
        #expect(status.contains("every 2 minutes"))
        #expect(status.contains("Screen captured: 640x400"))

        // The capture, fetched back by the manager, is the screen, pixel for pixel.
        let token = try await server.login()
        let list = try await server.call("GET", APIPath.uploadsList, token: token)
        let file = try #require(list.array?.first?.object?["file"]?.text)
        let (code, png) = try await server.curl("/" + file, ["-H", "Authorization: Bearer \(token)"])
        #expect(code == 200)
        let screen = DecodedPNG(width: 640, height: 400) { x, y in
            [UInt8(x & 255), UInt8(y & 255), UInt8((x * y) & 255)]
        }
        #expect(try DecodedPNG(png) == screen)

        // Every size that is promised shows the state and the keys; below them a sentence.
        for (width, height) in [(120, 40), (40, 12), (80, 24)] {
            try await terminal.resize(width: width, height: height)
            let resized = try await terminal.wait(for: "\(width)x\(height)") { text in
                let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                return text.contains("TRACKING") && text.contains("Next capture") && text.contains("quit")
                    && lines.dropLast().count <= height
            }
            #expect(resized.contains(mira.prefix(18)))
        }
        try await terminal.resize(width: 39, height: 12)
        try await terminal.wait(for: "needs 40x12")
        try await terminal.resize(width: 80, height: 24)

        try await terminal.press("x")
        try await terminal.wait(for: "STOPPED")
        let stopped = try server.sessions()
        #expect(stopped.count == 1)
        #expect(stopped.first?.isActive == false)
        try await terminal.press("l")
        try await terminal.wait(for: "sign in")
        try await terminal.press("Escape")
        try await terminal.waitForEnd()
        #expect(await server.stop() == 0)
    }

    @Test func aBlackScreenIsSaidToBeBlackAndDeliveredAllTheSame() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let display = try await VirtualDisplay.start(width: 320, height: 200)
        let terminal = try await TmuxTerminal.start(
            [Program.client], environment: server.clientEnvironment(display: display))
        try await terminal.signIn(mira, password)
        let status = try await terminal.wait(for: "Delivered.")
        #expect(status.contains("all black, delivered"))
        #expect(status.contains("Screen captured, all black (locked or off?): 320x200"))
        let list = try await server.call("GET", APIPath.uploadsList, token: try await server.login())
        #expect(list.array?.count == 1)
        try await terminal.press("q")
        try await terminal.waitForEnd()
    }

    /// Idle time needs a real screen saver extension, real input, and real seconds: with a threshold of 2 s it takes a few.
    @Test func idleTimeIsCountedAndAMouseMoveEndsIt() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let display = try await VirtualDisplay.start(width: 320, height: 200)
        let terminal = try await TmuxTerminal.start(
            [Program.client],
            environment: server.clientEnvironment(
                display: display, ["IDLE_THRESHOLD_SECONDS": "2", "HEARTBEAT_INTERVAL_SECONDS": "1"]))
        try await run(["xdotool", "mousemove", "10", "10"], environment: ["DISPLAY": display.name])
        try await terminal.signIn(mira, password)
        try await terminal.wait(for: "TRACKING")
        let token = try await server.login()
        try await server.wait(for: "some idle time") { try $0.sessions().first.map { $0.idleSeconds >= 4 } ?? false }
        try await run(["xdotool", "mousemove", "50", "50"], environment: ["DISPLAY": display.name])
        let counted = try #require(try server.sessions().first).idleSeconds
        for step in 0..<8 {
            try await run(["xdotool", "mousemove", "\(step * 10)", "50"], environment: ["DISPLAY": display.name])
            try await Task.sleep(for: .milliseconds(500))
        }
        let busy = try #require(try server.sessions().first)
        #expect(busy.idleSeconds <= counted + 2)
        #expect(busy.idleSeconds * 1000 <= Double(busy.lastHeartbeatAt - busy.startedAt))
        let summary = try await server.call("GET", APIPath.workSummaryToday, token: token)
        let row = try #require(summary.object?["employees"]?.array?.first?.object)
        #expect(row["totalIdleSeconds"] == .number(Int(busy.idleSeconds)))
        try await terminal.press("q")
        try await terminal.waitForEnd()
    }

    @Test func whoQuitsIsSignedOutAndAClientThatIsStoppedGoesOn() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let own = try await server.login(mira, password)
        func signIns() async throws -> Int? {
            try await server.call("GET", APIPath.sessions, token: own).object?["sessions"]?.array?.count
        }
        func start() async throws -> TmuxTerminal {
            try await TmuxTerminal.start([Program.client], environment: server.clientEnvironment(display: nil))
        }
        let first = try await start()
        try await first.signIn(mira, password)
        try await first.wait(for: "TRACKING")
        #expect(try await signIns() == 2)
        kill(try await first.processID(), SIGTERM)
        try await first.waitForEnd()
        #expect(try await signIns() == 2)

        let second = try await start()
        try await second.wait(for: "TRACKING")
        try await second.press("q")
        try await second.waitForEnd()
        #expect(try await signIns() == 1)
        let third = try await start()
        try await third.wait(for: "Password")
    }

    @Test func afterAKillTheServerClosesTheSessionAtTheLastHeartbeat() async throws {
        let server = try await LiveServer.start(["SESSION_TIMEOUT_SECONDS": "10"])
        try await server.hire(mira, password: password)
        let terminal = try await TmuxTerminal.start(
            [Program.client], environment: server.clientEnvironment(display: nil, ["HEARTBEAT_INTERVAL_SECONDS": "1"]))
        try await terminal.signIn(mira, password)
        try await terminal.wait(for: "TRACKING")
        try await server.wait(for: "a heartbeat") { server in
            try server.sessions().first.map { $0.lastHeartbeatAt - $0.startedAt >= 2000 } ?? false
        }
        kill(try await terminal.processID(), SIGKILL)
        let last = try #require(try server.sessions().first).lastHeartbeatAt
        try await server.wait(for: "the session's end") { try $0.sessions().first?.endedAt != nil }
        let session = try #require(try server.sessions().first)
        #expect(session.endedAt == session.lastHeartbeatAt)
        #expect(session.lastHeartbeatAt - last <= 1100)
    }

    @Test func aServerThatDiesAndADisplayThatGoesAreSurvived() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let display = try await VirtualDisplay.start(width: 320, height: 200, number: VirtualDisplay.rareNumber)
        let terminal = try await TmuxTerminal.start(
            [Program.client],
            environment: server.clientEnvironment(display: display, ["HEARTBEAT_INTERVAL_SECONDS": "1"]))
        try await terminal.signIn(mira, password)
        try await terminal.wait(for: "Delivered.")
        await server.crash()
        try await terminal.wait(for: "the word offline") { TmuxTerminal.stateLine($0).contains("OFFLINE") }
        await display.crash()
        try await server.restart()
        let screen = try await terminal.wait(for: "the word online") { TmuxTerminal.stateLine($0).contains("online") }
        #expect(TmuxTerminal.stateLine(screen).contains("TRACKING"))
        try await server.wait(for: "a heartbeat after the restart") { server in
            try server.sessions().first.map { $0.isActive && $0.lastHeartbeatAt - $0.startedAt >= 3000 } ?? false
        }
        #expect(try server.sessions().count == 1)
        try await terminal.wait(for: "what is missing") { $0.contains("Idle unknown") && $0.contains(display.name) }
        try await terminal.press("q")
        try await terminal.waitForEnd()
        #expect(try server.sessions().first?.isActive == false)
    }

    @Test func theShellCanHaveTheTerminalWhileTrackingGoesOn() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let terminal = try await TmuxTerminal.start(
            ["PS1=prompt> ", "bash", "--norc"],
            environment: server.clientEnvironment(display: nil, ["HEARTBEAT_INTERVAL_SECONDS": "1"]))
        try await terminal.wait(for: "prompt>")
        try await terminal.type(Program.client)
        try await terminal.press("Enter")
        try await terminal.signIn(mira, password)
        try await terminal.wait(for: "TRACKING")
        for _ in 0..<3 {
            try await terminal.press("C-z")
            try await terminal.wait(for: "still running")
            try await terminal.wait(for: "the prompt") { $0.split(separator: "\n").last?.hasPrefix("prompt>") ?? false }
            let beat = try #require(try server.sessions().first).lastHeartbeatAt
            try await server.wait(for: "a heartbeat meanwhile") { server in
                try server.sessions().first.map { $0.lastHeartbeatAt > beat } ?? false
            }
            try await terminal.type("fg")
            try await terminal.press("Enter")
            try await terminal.wait(for: "the screen again") { TmuxTerminal.stateLine($0).contains("TRACKING") }
        }
        // A key alone, without Enter, acts: the terminal is the client's own again.
        try await terminal.press("x")
        try await terminal.wait(for: "STOPPED")
        try await terminal.press("q")
        try await terminal.wait(for: "the prompt at the end") { $0.split(separator: "\n").last == "prompt>" }
        #expect(try server.sessions().count == 1)
    }

    @Test(.timeLimit(.minutes(2))) func whereNobodyReadsTheLinesTheSessionEnds() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let display = try await VirtualDisplay.start(width: 320, height: 200)
        let environment = server.clientEnvironment(
            display: display, ["TRACKER_EMAIL": mira, "TRACKER_PASSWORD": password])
        // The first line that says that somebody is tracked is the last one that is read.
        let script = #"{ "$0" --headless; echo "ended $?" >&2; } | sed /tracking-started/q"#
        let outcome = try await run(["bash", "-c", script, Program.client], environment: environment)
        #expect(String(decoding: outcome.output, as: UTF8.self).contains("Tracking has started"))
        #expect(outcome.errors == "ended 1\n")
        #expect(try server.sessions().map(\.isActive) == [false])
        let log = String(decoding: try server.folder.bytes(of: "state/tracker-tui.log"), as: UTF8.self)
        #expect(log.contains("The client ends: nobody reads these lines any more (Broken pipe)."))
        let closed = try await run(
            ["bash", "-c", #"exec "$0" --headless >&-"#, Program.client], environment: environment)
        #expect(closed == Outcome(status: 1, output: [], errors: ""))
        #expect(try server.sessions().allSatisfy { !$0.isActive })
    }

    @Test func inAWaylandSessionHoursAreCountedAndNothingIsSent() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let display = try await VirtualDisplay.start(width: 320, height: 200)
        try Monitors(display.name).add("XWAYLAND0", x: 0, y: 0, width: 320, height: 200)
        let terminal = try await TmuxTerminal.start(
            [Program.client],
            environment: server.clientEnvironment(
                display: display,
                [
                    "WAYLAND_DISPLAY": "wayland-0", "HEARTBEAT_INTERVAL_SECONDS": "1", "IDLE_THRESHOLD_SECONDS": "1",
                ]))
        try await terminal.signIn(mira, password)
        try await terminal.wait(for: "what is missing") {
            $0.contains("Not captured   Wayland sessions cannot be captured yet.")
                && $0.contains("Idle unknown   Idle time is unknown in a Wayland session.")
        }
        try await server.wait(for: "hours") { server in
            try server.sessions().first.map { $0.isActive && $0.lastHeartbeatAt - $0.startedAt >= 3000 } ?? false
        }
        #expect(try server.sessions().map(\.idleSeconds) == [0])
        let list = try await server.call("GET", APIPath.uploadsList, token: try await server.login())
        #expect(list.array?.isEmpty == true)
        try await terminal.press("q")
        try await terminal.waitForEnd()
    }

    @Test func withoutAScreenEveryEventIsALine() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let display = try await VirtualDisplay.start(width: 320, height: 200)
        let client = try ChildProcess(
            [
                "sh", "-c", "printf '%s\\n' \"$SECRET\" | exec \"$0\" --headless --email \(mira) --password-stdin",
                Program.client,
            ],
            environment: server.clientEnvironment(display: display, ["SECRET": password]))
        let lines = await bytes(from: client.output) { String(decoding: $0, as: UTF8.self).contains("delivered") }
        #expect(String(decoding: lines, as: UTF8.self).contains("Tracking has started"))
        let id = try await run(["pgrep", "-P", "\(client.id)", "-x", "TrackerTUI"])
        let clientID = try #require(pid_t(String(decoding: id.output, as: UTF8.self).prefix { $0.isNumber }))
        kill(clientID, SIGTERM)
        #expect(await client.end() == 0)
        #expect(try server.sessions().first?.isActive == false)
        #expect(!String(decoding: lines, as: UTF8.self).contains(password))
    }
}
