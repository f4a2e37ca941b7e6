import Foundation
import JSON
import TestSupport
import Testing

/// The page for managers promises commands that work: they are run as they stand there, but for players, which need a screen.
@Suite struct ManagersPageTests {
    @Test func everyCommandOfThePageWorks() async throws {
        let page = try String(contentsOfFile: Program.repository + "/docs/managers.md", encoding: .utf8)
        let blocks = page.matches(of: /(?s)```bash\n(.*?)```/).map { String($0.1) }.filter { !$0.hasPrefix("mpv ") }
        try #require(blocks.count == 5)
        let example = try #require(page.firstMatch(of: /(?s)```python\n(.*?)```/)).1
        let server = try await LiveServer.start()
        // Who is watched has been there for a while.
        let (noor, secret) = ("noor@harbour.example", "noor's own password")
        try await server.hire(noor, password: secret)
        let display = try await VirtualDisplay.start(width: 320, height: 200)
        let client = try ChildProcess(
            [Program.client, "--headless", "--email", noor],
            environment: server.clientEnvironment(display: display, ["TRACKER_PASSWORD": secret]))
        _ = await bytes(from: client.output) { String(decoding: $0, as: UTF8.self).contains("Tracking has started") }
        let manager = try await server.login()
        try await server.waitForPresence([noor], manager)
        let outcome = try await run(
            ["bash", "-euo", "pipefail", "-c", "cd \"$FOLDER\"\n" + blocks.joined(separator: "\n")],
            environment: [
                "URL": server.url, "EMAIL": LiveServer.administrator, "PASSWORD": LiveServer.password,
                "FOLDER": server.folder.path, "EMPLOYEE": noor, "LANG": "C.UTF-8",
            ])
        let output = String(decoding: outcome.output, as: UTF8.self)
        #expect(outcome.status == 0, "\(outcome.errors)\n\(output)")
        #expect(output.contains(#""organization":{"name":"Harbour Freight Office""#))
        #expect(output.contains(#""temporaryPassword":""#))
        #expect(output.contains(#""intervalSeconds":300"#))
        #expect(output.contains(#""today": "#))
        #expect(output.contains(#"{"ok":true,"uptime":"#))
        #expect(output.contains(noor))
        #expect(output.contains(#"event: hello\#ndata: {"presence":["\#(noor)"],"tracking":["\#(noor)"],"#))
        let frame = try DecodedPNG(server.folder.bytes(of: "frame.png"))
        #expect((frame.width, frame.height) == (320, 200))
        #expect(!output.contains(#""error""#))
        #expect(output.contains("EMPLOYEE"))
        #expect(output.contains("Client visit without a laptop"))
        #expect(
            String(decoding: try server.folder.bytes(of: "hours.csv"), as: UTF8.self)
                .hasPrefix("\u{FEFF}employeeId,name,registered,period,from,to,"))
        let python = try await run(
            [try await Peers.python(), "-c", String(example)],
            environment: [
                "URL": server.url, "EMAIL": LiveServer.administrator, "PASSWORD": LiveServer.password,
                "LANG": "C.UTF-8",
            ])
        #expect(python.status == 0, "\(python.errors)")
        #expect(String(decoding: python.output, as: UTF8.self).contains("\(noor)\t0.0\thours"))
        let users = String(decoding: try server.folder.bytes(of: "data/users.json"), as: UTF8.self)
        #expect(!users.contains("mira"))
    }
}
