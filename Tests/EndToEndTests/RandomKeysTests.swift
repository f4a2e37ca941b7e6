import Foundation
import Shared
import TestSupport
import Testing

/// Strokes of keyboards, mice and terminals, split anywhere, at the client's own screens: of each terminal STROKES, 20,000 if not
/// said, so that it is a hundred thousand together.
@Suite(.ownThread, .timeLimit(.minutes(10)))
struct RandomKeysTests {
    private let mira = "mira@harbour.example"
    private let password = "mira's own password"
    private let strokes = ProcessInfo.processInfo.environment["STROKES"].flatMap { Int($0) } ?? 20_000

    /// An Esc is told from the beginning of another key by time, and a loaded machine has its own.
    private let patience = ["ESCDELAY": "5000"]
    private let entries: [KeyStrokes.Terminal: String] = [
        .xterm: "xterm-256color", .tmux: "tmux-256color", .screen: "screen", .rxvt: "rxvt-unicode", .linux: "linux",
    ]

    /// Sequences are cut anywhere, because the chunks end where they may.
    private func press(
        _ terminal: PseudoTerminal, _ kind: KeyStrokes.Terminal, _ count: Int, _ characters: [Character], seed: UInt64
    ) {
        var random = SeededGenerator(seed: seed)
        var waiting: [UInt8] = []
        for _ in 0..<count {
            waiting += KeyStrokes.random(kind, characters: characters, using: &random).bytes
            guard Int.random(in: 0..<8, using: &random) == 0 else { continue }
            let length = Int.random(in: 0...waiting.count, using: &random)
            terminal.press(waiting[..<length])
            waiting.removeFirst(length)
        }
        terminal.press(waiting)
    }

    private func expectRestored(_ terminal: PseudoTerminal, _ before: [UInt32], _ seed: UInt64) async throws {
        #expect(terminal.modes == before, "seed \(seed)")
        // What the program has written last may not have been read yet.
        try await terminal.wait(for: "a terminal as before, seed \(seed)") { $0.switchedOn.isEmpty }
    }

    @Test(arguments: KeyStrokes.Terminal.allCases)
    func nothingQuitsOrStopsButItsKey(kind: KeyStrokes.Terminal) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let start = ContinuousClock.now
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password, intervalMinutes: 0)
        let environment = server.clientEnvironment(display: nil, patience)
            .merging(["TERM": try #require(entries[kind]), "TRACKER_NO_CONFIRM": "0"]) { $1 }
        let terminal = try PseudoTerminal([Program.client], environment: environment)
        let before = terminal.modes
        try await terminal.wait(for: "the login form") { $0.output.contains("Password") && $0.modes != before }
        // In the form: Enter submits nothing without a password, and Esc alone is not among them.
        press(terminal, kind, strokes / 10, Array("aqxlsvyé日 5"), seed: seed)
        try await terminal.wait(for: "the end of the first") { $0.unread == 0 }
        #expect(terminal.process.isRunning, "seed \(seed)")
        #expect(terminal.switchedOn.isSuperset(of: ["?2004"]))
        // The field that has the focus is not known: a new client has a new form.
        terminal.press("\u{3}")
        #expect(await terminal.process.end() == 0, "seed \(seed)")
        try await expectRestored(terminal, before, seed)

        let next = try PseudoTerminal([Program.client], environment: environment)
        try await next.wait(for: "Password")
        next.press("\(mira)\r\(password)\r")
        try await next.waitForScreen("TRACKING")
        press(next, kind, strokes, Array("abcdefgyzABQXLSé日 5?h"), seed: seed)
        try await next.wait(for: "the end of the keys") { $0.unread == 0 }
        // Should the help be open, the first closes it. The question comes only while the client tracks, behind all the others.
        next.forgetOutput()
        next.press(" q")
        try await next.waitForScreen("Stop tracking and quit?")
        #expect(next.process.isRunning, "seed \(seed)")
        #expect(try server.sessions().map(\.isActive) == [true], "seed \(seed)")
        next.press("q")
        #expect(await next.process.end() == 0, "seed \(seed)")
        try await expectRestored(next, before, seed)
        print("random keys, \(kind): seed \(seed), \(strokes + strokes / 10) strokes in \(ContinuousClock.now - start)")
    }
}
