import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// A manager looks at a capture, and the watched person sees who and when.
@Suite(.timeLimit(.minutes(3)))
struct LookedTests {
    private let mira = "mira@harbour.example"
    private let password = "mira's own password"
    private let lena = LiveServer.administrator

    private func send(_ server: LiveServer, _ arguments: String...) async throws -> String {
        let outcome = try await run(["curl", "-s", "--fail"] + arguments)
        try #require(outcome.status == 0, "\(arguments): \(outcome.errors)")
        return String(decoding: outcome.output, as: UTF8.self)
    }

    @Test(arguments: [(80, 24), (40, 12)])
    func theScreenSaysWhoLookedAndTheCommandSaysItAll(width: Int, height: Int) async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password, intervalMinutes: 2)
        let token = try await server.login()
        let display = try await VirtualDisplay.start(width: 64, height: 48)
        let environment = server.clientEnvironment(display: display, ["TZ": "UTC"])
        let terminal = try await TmuxTerminal.start(
            [Program.client], environment: environment, width: width, height: height)
        try await terminal.signIn(mira, password)
        try await terminal.wait(for: "TRACKING")
        try await server.waitForPresence([mira], token)
        let authorization = "Authorization: Bearer \(token)"
        var file = ""
        while file.isEmpty {
            let list = try await send(server, "-H", authorization, server.url + "/api/uploads/list")
            file = list.firstMatch(of: /"file":"([^"]*)"/).map { String($0.1) } ?? ""
            if file.isEmpty { try await Task.sleep(for: .milliseconds(100)) }
        }
        #expect(!(try await terminal.screen()).contains("Looked"))

        _ = try await run(["curl", "-s", "-o", "/dev/null", "-H", authorization, server.url + "/" + file])
        let screen = try await terminal.wait(for: "who looked") { screen in
            screen.split(separator: "\n").contains { $0.hasPrefix(" Looked") && $0.contains(lena) }
        }
        let line = try #require(screen.split(separator: "\n").first { $0.hasPrefix(" Looked") })
        if width == 80 {
            #expect(
                line.contains(/[0-9][0-9]:[0-9][0-9] lena@harbour.example viewed your capture of [0-9][0-9]:[0-9][0-9]/)
            )
        }

        var settings = environment
        settings["PATH"] = "/usr/bin:/bin"
        let looked = try await run([Program.client, "looked"], environment: settings)
        #expect(looked.status == 0, "\(looked.errors)")
        let text = String(decoding: looked.output, as: UTF8.self)
        #expect(
            text.contains(
                /[0-9-]{10} [0-9:]{8}  lena@harbour.example viewed your capture of [0-9-]{10} [0-9:]{8}\n/), "\(text)")
        #expect(text.contains("lena@harbour.example set your capture interval to 2 minutes"), "\(text)")
        let rows = try await run(
            [Program.client, "looked", "--format", "json", "--period", "today"], environment: settings)
        let first = try #require(rows.output.split(separator: UInt8(ascii: "\n")).first)
        let row = try AuditRow(json: try JSONReader.value(of: Array(first)))
        #expect(row.what == "image_viewed" && row.who == lena && row.detail?["file"]?.text == file)

        // What was looked at before it came up is there, too.
        try await terminal.press("q")
        try await terminal.waitForEnd()
        let again = try await TmuxTerminal.start(
            [Program.client], environment: environment, width: width, height: height)
        let start = try await again.wait(for: "a start") { $0.contains("sign in") || $0.contains("TRACKING") }
        if start.contains("sign in") { try await again.signIn(mira, password) }
        try await again.wait(for: "who looked") { screen in
            screen.split(separator: "\n").contains { $0.hasPrefix(" Looked") && $0.contains(lena) }
        }
        try await again.press("l")
        try await again.wait(for: "sign in")
        let out = try await run([Program.client, "looked"], environment: settings)
        #expect(out.status == 1)
        #expect(out.errors.contains("Nobody is signed in here"))
        try await again.press("C-c")
        try await again.waitForEnd()
    }
}
