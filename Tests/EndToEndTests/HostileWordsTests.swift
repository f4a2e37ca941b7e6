import Foundation
import TestSupport
import Testing

/// What others write may hold what a terminal obeys: it reaches neither a terminal nor a log as it is.
@Suite(.timeLimit(.minutes(3)))
struct HostileWordsTests {
    /// Sets the window's title, rings, switches to red in one byte, turns the direction of writing, and begins new lines.
    private static let words =
        "x\u{1B}]0;y\u{7}\u{1B}[31m\u{9B}32m\u{85}\u{202E}\u{2066}\u{200F}\u{2028}\u{2029}z\r\u{8}\u{7F}w"

    private func expectHarmless(_ text: String, mentions: Bool = true, _ of: String) {
        let obeyed = text.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control: scalar != "\n"
            case .format, .lineSeparator, .paragraphSeparator: true
            default: false
            }
        }
        #expect(obeyed.isEmpty, "\(of): \(text.debugDescription)")
        if mentions { #expect(text.contains("]0;y"), "\(of): \(text)") }
    }

    private func expectHarmless(_ outcome: Outcome, mentions: Bool = true, _ of: String) {
        let text = String(decoding: outcome.output, as: UTF8.self) + outcome.errors
        expectHarmless(text, mentions: mentions, of)
    }

    @Test(arguments: [
        "HOST", "PORT", "TRUST_PROXY", "TRACKER_TIME_ZONE", "ALLOWED_ORIGINS", "LOG_LEVEL", "TLS_CERT_FILE",
        "ADMIN_EMAIL",
        "MAX_UPLOAD_BYTES",
    ])
    func inSettingsOfTheServer(name: String) async throws {
        let folder = try TemporaryFolder()
        let own = [
            "DATA_DIR": folder.path + "/d", "UPLOAD_DIR": folder.path + "/u", "TLS_KEY_FILE": folder.path + "/none",
        ]
        let outcome = try await run(Program.server, environment: own.merging([name: Self.words]) { $1 })
        #expect(outcome.status == 2)
        expectHarmless(outcome, mentions: name != "ADMIN_EMAIL", name)
    }

    @Test func inArgumentsOfTheServer() async throws {
        let folder = try TemporaryFolder()
        let there = ["--data-dir", folder.path, "--upload-dir", folder.path]
        for arguments in [
            [Self.words], ["serve", Self.words], ["serve", "--\(Self.words)"], ["serve", "--host", Self.words],
            ["report", "--data-dir", Self.words], ["report", "--from", Self.words] + there,
            ["report", "--format", Self.words] + there, ["report", "--data-dir", "\(folder.path)/\(Self.words)"],
            ["verify", "--data-dir", Self.words], ["verify", "--data-dir", "\(folder.path)/\(Self.words)"],
        ] {
            let outcome = try await run([Program.server] + arguments)
            #expect(outcome.status != 0)
            expectHarmless(outcome, mentions: false, "\(arguments)")
        }
    }

    /// As other programs, and people, may have written them.
    @Test func inFilesOfTheServer() async throws {
        let folder = try TemporaryFolder()
        let name = "\(folder.path)/data \(Self.words)"
        for path in ["data", "data \(Self.words)", "uploads"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(path)", withIntermediateDirectories: false)
        }
        let text = String(decoding: try JSONEncoder().encode(Self.words), as: UTF8.self)
        for data in ["data", "data \(Self.words)"] {
            try folder.write(#"[{"email": \#(text), "name": \#(text), "role": "employee"}]"#, to: "\(data)/users.json")
            try folder.write(
                #"[{"employeeId": \#(text), "start": "2026-03-02T08:00:00.000Z", "end": "2026-03-02T09:00:00.000Z"}]"#,
                to: "\(data)/work_sessions.json")
            try folder.write(#"{\#(text): \#(text)}"#, to: "\(data)/intervals.json")
        }
        try folder.write("no picture", to: "uploads/\(Self.words).png")
        let environment = ["UPLOAD_DIR": folder.path + "/uploads", "LOG_LEVEL": "trace", "PORT": "0"]
        for data in ["\(folder.path)/data", name] {
            let own = environment.merging(["DATA_DIR": data]) { $1 }
            for arguments in [
                ["verify"], ["report", "--from", "2026-03-01", "--to", "2026-03-03", "--all"], ["serve"],
            ] {
                let outcome = try await run([Program.server] + arguments, environment: own)
                expectHarmless(outcome, mentions: arguments[0] == "verify", "\(arguments) in \(data)")
            }
        }
    }

    @Test func inRequests() async throws {
        let server = try await LiveServer.start(["LOG_LEVEL": "trace", "TRUST_PROXY": "127.0.0.1"])
        let escaped = "%1B%5D0;y%07%C2%9B31m%E2%80%AE"
        for path in ["/api/\(escaped)", "/uploads/\(escaped)", "/health?\(escaped)", "/socket.io/?EIO=\(escaped)"] {
            _ = try await server.curl(
                path,
                ["-A", "\u{9B}31m\u{202E}", "-H", "X-Forwarded-For: \u{9B}31m\u{202E}", "-H", "Origin: \u{9B}31m"])
        }
        _ = try await server.curl(
            "/api/auth/login", ["--json", #"{"email": "\u001b]0;y\u0007\u009b31m\u202e", "password": "\u001b"}"#])
        #expect(await server.stop() == 0)
        expectHarmless(await server.lastWords(), mentions: false, "the log")
    }

    @Test func inWhatTheClientIsGiven() async throws {
        let folder = try TemporaryFolder()
        let own = ["TRACKER_STATE_DIR": folder.path + "/state", "HOME": folder.path]
        for (arguments, settings) in [
            ([Self.words], [:]), (["--\(Self.words)"], [:]), (["--headless"], ["BACKEND_URL": Self.words]),
            (["--headless"], ["HEARTBEAT_INTERVAL_SECONDS": Self.words]),
            (["--headless"], ["TRACKER_CA_FILE": folder.path + Self.words]),
            (
                ["--headless"],
                ["TRACKER_EMAIL": Self.words, "TRACKER_PASSWORD": "x", "BACKEND_URL": "http://127.0.0.1:9"]
            ),
            (["--headless"], ["TRACKER_STATE_DIR": "/proc/\(Self.words)"]),
            (["doctor"], ["TRACKER_STATE_DIR": "/proc/\(Self.words)"]),
            (["doctor"], ["DISPLAY": Self.words]),
            (["capture", "--monitor", Self.words, "x.png"], ["DISPLAY": Self.words]),
        ] {
            let outcome = try await run([Program.client] + arguments, environment: own.merging(settings) { $1 })
            #expect(outcome.status != 0)
            expectHarmless(outcome, mentions: false, "\(arguments) \(settings)")
        }
    }
}
