import Foundation
import TestSupport
import Testing

/// A program in a real terminal: tmux plays the terminal, keys go in, the screen's text comes out.
final class TmuxTerminal: Sendable {
    private let socket: String

    struct ScreenNeverCame: Error, CustomStringConvertible {
        let wanted: String
        let screen: String

        var description: String { "The screen never showed \(wanted). It shows:\n\(screen)" }
    }

    static func start(
        _ arguments: [String], environment: [String: String], width: Int = 80, height: Int = 24
    ) async throws -> TmuxTerminal {
        let terminal = TmuxTerminal()
        let settings = environment.map { "\($0)=\($1)" }.sorted()
        try await terminal.tmux(
            ["-f", "/dev/null", "new-session", "-d", "-x", "\(width)", "-y", "\(height)"]
                + ["env", "-i", "TERM=screen-256color", "LANG=C.UTF-8", "PATH=/usr/bin:/bin"] + settings + arguments)
        return terminal
    }

    private init() {
        socket = "tracker-test-" + UUID().uuidString
    }

    deinit {
        let socket = socket
        Task { try await run(["tmux", "-L", socket, "kill-server"]) }
    }

    /// Keys by tmux's names, such as `Enter` and `Tab`.
    func press(_ keys: String...) async throws {
        try await tmux(["send-keys"] + keys)
    }

    /// Text, letter by letter.
    func type(_ text: String) async throws {
        try await tmux(["send-keys", "-l", text])
    }

    func resize(width: Int, height: Int) async throws {
        try await tmux(["resize-window", "-x", "\(width)", "-y", "\(height)"])
    }

    func screen() async throws -> String {
        String(decoding: try await tmux(["capture-pane", "-p"]).output, as: UTF8.self)
    }

    /// Fills in the client's login form.
    func signIn(_ email: String, _ password: String) async throws {
        try await wait(for: "sign in")
        try await type(email)
        try await press("Enter")
        try await type(password)
        try await press("Enter")
    }

    /// The line of the client's screen that says what is done and whether the server is there.
    static func stateLine(_ screen: String) -> String {
        let states = ["TRACKING", "STOPPED", "WAITING"]
        let line = screen.split(separator: "\n").first { line in states.contains { line.contains($0) } }
        return line.map(String.init) ?? ""
    }

    /// The process id of the program in the terminal.
    func processID() async throws -> pid_t {
        let text = String(decoding: try await tmux(["list-panes", "-F", "#{pane_pid}"]).output, as: UTF8.self)
        return try #require(pid_t(text.split(separator: "\n").first ?? ""))
    }

    /// True while the program runs.
    func isRunning() async throws -> Bool {
        try await run(["tmux", "-L", socket, "has-session"]).status == 0
    }

    /// Looks until the screen is as wanted, and returns it.
    @discardableResult
    func wait(
        for wanted: String, seconds: Int = 30, _ condition: (String) -> Bool
    ) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let screen = try await screen()
            if condition(screen) { return screen }
            guard ContinuousClock.now < deadline else { throw ScreenNeverCame(wanted: wanted, screen: screen) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @discardableResult
    func wait(for text: String, seconds: Int = 30) async throws -> String {
        try await wait(for: "“\(text)”", seconds: seconds) { $0.contains(text) }
    }

    /// Looks until the program has ended.
    func waitForEnd(seconds: Int = 10) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while try await isRunning() {
            guard ContinuousClock.now < deadline else {
                throw ScreenNeverCame(wanted: "the program's end", screen: try await screen())
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @discardableResult
    private func tmux(_ arguments: [String]) async throws -> Outcome {
        let outcome = try await run(["tmux", "-L", socket] + arguments, environment: ["LANG": "C.UTF-8"])
        try #require(outcome.status == 0, "tmux \(arguments): \(outcome.errors)")
        return outcome
    }
}
