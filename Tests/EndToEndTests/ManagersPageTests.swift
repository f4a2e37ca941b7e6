import Files
import Foundation
import JSON
import TestSupport
import Testing

/// The page for managers promises commands that work: they are run as they stand there, but for players, which need a screen.
@Suite struct ManagersPageTests {
    @Test func everyCommandOfThePageWorks() async throws {
        let page = try String(contentsOfFile: Program.repository + "/docs/managers.md", encoding: .utf8)
        let blocks = page.matches(of: /(?s)```bash\n(.*?)```/).map { String($0.1) }.filter { !$0.hasPrefix("mpv ") }
        try #require(blocks.count == 7)
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
            ["bash", "-euo", "pipefail", "-c", "cd \"$FOLDER\"\n" + Self.oathtool + blocks.joined(separator: "\n")],
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
        #expect(output.contains(#""name": "Payroll""#))
        #expect(output.contains(#""current": true"#))
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
        // Some seconds, or a minute where the machine is slow.
        #expect(String(decoding: python.output, as: UTF8.self).contains(try Regex("\(noor)\t0\\.0[0-9]?\thours")))
        let users = String(decoding: try server.folder.bytes(of: "data/users.json"), as: UTF8.self)
        #expect(!users.contains("mira"))
    }

    /// What the page does with an app: RFC 6238.
    private static let oathtool = #"""
        oathtool() {
          python3 -c 'import base64, hmac, struct, sys, time
        mac = hmac.digest(base64.b32decode(sys.argv[1]), struct.pack(">Q", int(time.time()) // 30), "sha1")
        print("%06d" % ((struct.unpack(">I", mac[mac[-1] & 15:][:4])[0] & 0x7fffffff) % 1000000))' "${@: -1}"
        }

        """#

    /// As cron runs it: with a shell, and little in the environment. Somebody has worked for so many years that last month is
    /// among them.
    @Test func theCrontabMailsTheHoursOfLastMonth() async throws {
        let page = try String(contentsOfFile: Program.repository + "/docs/managers.md", encoding: .utf8)
        let line = try #require(page.firstMatch(of: /```crontab\n(.*)\n```/)).1
        let command = try #require(line.wholeMatch(of: /5 6 1 \* \* (.*)/)).1
        // Cron takes it for the end of the command.
        #expect(!command.contains("%"))
        let folder = try TemporaryFolder()
        for name in ["data", "bin"] { try Folder.make(folder.path + "/" + name) }
        try folder.write(
            #"[{"email": "mira", "name": "Mira", "role": "employee", "createdAt": "2020-01-01T00:00:00.000Z"}]"#,
            to: "data/users.json")
        try folder.write(
            #"[{"id": "mira-1577836800000", "employeeId": "mira", "startedAt": "2020-01-01T00:00:00.000Z", "#
                + #""endedAt": "2100-01-01T00:00:00.000Z", "isActive": false, "idleSeconds": 0, "#
                + #""lastHeartbeatAt": "2100-01-01T00:00:00.000Z", "date": "2020-01-01"}]"#,
            to: "data/work_sessions.json")
        // A program that another test starts at this moment must not hold it open: then it could not be run.
        try OpenFile(folder.path + "/bin/mail", O_WRONLY | O_CREAT, mode: 0o755)
            .write([UInt8]("#!/bin/sh\nprintf '%s\\n' \"$@\" >arguments\ncat >letter\n".utf8).span)
        let own = command.replacing("/usr/local/bin/TrackerServer", with: Program.server)
            .replacing("/var/lib/tracker", with: folder.path)
        let outcome = try await run(
            ["env", "-C", folder.path, "sh", "-c", String(own)],
            environment: ["PATH": folder.path + "/bin:/usr/bin:/bin", "HOME": folder.path])
        #expect(outcome == Outcome(status: 0, output: [], errors: ""))
        let arguments = String(decoding: try folder.bytes(of: "arguments"), as: UTF8.self)
        #expect(arguments == "-s\nHours\noffice@harbour.example\n")
        let letter = String(decoding: try folder.bytes(of: "letter"), as: UTF8.self)
        #expect(letter.contains(/\nmira +Mira +(\d{4}-\d\d) +\1-01 00:00:00\b/), "\(letter)")
        #expect(letter.hasSuffix("Z, days of Europe/Berlin; no server runs.\n"), "\(letter)")
    }
}
