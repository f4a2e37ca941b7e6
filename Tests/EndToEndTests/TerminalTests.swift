import Foundation
import Shared
import TestSupport
import Testing

/// The client on a bare terminal: locales, what others write there, what is asked before tracking ends.
@Suite(.timeLimit(.minutes(3)))
struct TerminalTests {
    private let mira = "mira@harbour.example"

    @Test(arguments: ["C", "xx_XX.UTF-8", "C.UTF-8"])
    func textIsReadAndDrawnAsUTF8WhateverTheLocaleSays(locale: String) async throws {
        let password = "abécd 日本 geheim"
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let terminal = try PseudoTerminal(
            [Program.client],
            environment: server.clientEnvironment(display: nil, ["TERM": "xterm", "LC_ALL": locale]))
        try await terminal.wait(for: "─")
        terminal.press("abécd")
        try await terminal.waitForScreen("abécd")
        terminal.press("\u{15}\(mira)\r\(password)\r")
        try await terminal.waitForScreen("TRACKING")
        terminal.press("q")
        #expect(await terminal.process.end() == 0)
    }

    @Test func whatOthersWriteToStandardErrorGoesToTheLog() async throws {
        let folder = try TemporaryFolder()
        let terminal = try PseudoTerminal(
            [Program.client], environment: ["TERM": "xterm", "TRACKER_STATE_DIR": folder.path + "/state"])
        try await terminal.wait(for: "Password")
        let errors = "/proc/\(terminal.process.id)/fd/2"
        try await run(
            "sh", "-c",
            "for i in $(seq 1000); do echo 'Authorization required'; done >>\(errors); echo 'Something else' >>\(errors)"
        )
        try await terminal.wait(for: "the log") { _ in
            String(decoding: try folder.bytes(of: "state/tracker-tui.log"), as: UTF8.self).contains("Something else")
        }
        let log = String(decoding: try folder.bytes(of: "state/tracker-tui.log"), as: UTF8.self)
        #expect(log.components(separatedBy: "Authorization required").count == 2, "\(log.suffix(1000))")
        #expect(!terminal.output.contains("Authorization"))
    }

    /// Its other threads run on until it has gone: the one that draws takes the screen again when the process is continued, and
    /// the one that has just read the reason has not logged it yet. Several at once, so that they get in each other's way.
    @Test func aCrashLeavesTheTerminalAsItWasAndSaysWhy() async throws {
        for _ in 1...5 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...6 { group.addTask { try await crash() } }
                try await group.waitForAll()
            }
        }
    }

    private func crash() async throws {
        let folder = try TemporaryFolder()
        let terminal = try PseudoTerminal(
            [Program.client], environment: ["TERM": "xterm", "TRACKER_STATE_DIR": folder.path + "/state"])
        let modes = terminal.modes
        try await terminal.wait(for: "Password")
        kill(terminal.process.id, SIGSTOP)
        try await run("sh", "-c", "echo 'Fatal error: why' >>/proc/\(terminal.process.id)/fd/2")
        kill(terminal.process.id, SIGSEGV)
        kill(terminal.process.id, SIGCONT)
        #expect(await terminal.process.end() == -SIGSEGV)
        try await terminal.wait(for: "the reason, there or in the log") { terminal in
            let output = terminal.output
            let end = output.range(of: "\u{1B}[?1049l").map { String(output[$0.upperBound...]) } ?? ""
            let log = String(decoding: try folder.bytes(of: "state/tracker-tui.log"), as: UTF8.self)
            return end.contains("Fatal error: why") || log.contains("Fatal error: why")
        }
        #expect(terminal.modes == modes)
        // What the program has written last may not have been read yet.
        try await terminal.wait(for: "a terminal as before") { $0.switchedOn.isEmpty }
    }

    @Test func whoEndsTrackingIsAskedOnce() async throws {
        let password = "mira's own password"
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password, intervalMinutes: 0)
        let terminal = try await TmuxTerminal.start(
            [Program.client],
            environment: server.clientEnvironment(display: nil, ["TRACKER_NO_CONFIRM": "0"]), width: 40, height: 12)
        try await terminal.signIn(mira, password)
        try await terminal.wait(for: "TRACKING")
        try await terminal.press("q")
        try await terminal.wait(for: "Stop, quit? y/q yes, else no")
        try await terminal.press("n")
        try await terminal.wait(for: "no question") { !$0.contains("quit?") }
        try await terminal.press("x")
        try await terminal.wait(for: "Stop? y/x yes")
        try await terminal.press("x")
        try await terminal.wait(for: "STOPPED")
        // Nothing is tracked, so nothing is asked.
        try await terminal.press("q")
        try await terminal.waitForEnd()
    }
}
