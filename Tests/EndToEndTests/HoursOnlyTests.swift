import JSON
import Shared
import TestSupport
import Testing

/// A manager switches captures off and on, and takes the interval away: what the employee's terminal says, and what is stored.
@Suite struct HoursOnlyTests {
    private let mira = "mira@harbour.example"
    private let password = "mira's own password"

    private func images(_ server: LiveServer) throws -> Int {
        try server.folder.names(in: "uploads").count { $0.hasSuffix(".png") }
    }

    private func assign(_ minutes: Int, _ server: LiveServer, _ token: String) async throws {
        try await server.call(
            "POST", APIPath.captureInterval, token: token,
            .object(["employeeId": .string(mira), "intervalMinutes": .number(minutes)]))
    }

    @Test func hoursAreTrackedWithoutCapturesAndNothingWithoutAnInterval() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password, intervalMinutes: 0)
        let token = try await server.login()
        let display = try await VirtualDisplay.start(width: 320, height: 200)
        // No heartbeat asks for the interval meanwhile.
        let terminal = try await TmuxTerminal.start(
            [Program.client],
            environment: server.clientEnvironment(display: display, ["HEARTBEAT_INTERVAL_SECONDS": "3600"]))
        try await terminal.signIn(mira, password)
        try await terminal.wait(for: "hours only") {
            TmuxTerminal.stateLine($0).contains("TRACKING") && $0.contains("hours only, nothing is captured")
                && $0.contains("none: hours only")
        }
        try await server.waitForPresence([mira], token)
        #expect(try server.sessions().map(\.isActive) == [true])
        #expect(
            try await server.curl("/api/live/\(mira)/frame", ["-H", "Authorization: Bearer \(token)"]).status == 200,
            "who tracks hours can be watched")
        #expect(try images(server) == 0)

        try await assign(2, server, token)
        try await terminal.wait(for: "a capture") { $0.contains("every 2 minutes") && $0.contains("Delivered.") }
        #expect(try images(server) == 1)

        try await server.call("DELETE", "\(APIPath.captureInterval)/\(mira)", token: token)
        try await terminal.wait(for: "the wait") { TmuxTerminal.stateLine($0).contains("WAITING FOR AN INTERVAL") }
        try await server.wait(for: "the end of the session") { try $0.sessions().map(\.isActive) == [false] }

        try await assign(0, server, token)
        try await terminal.wait(for: "hours again") { TmuxTerminal.stateLine($0).contains("TRACKING") }
        try await terminal.press("q")
        try await terminal.waitForEnd()
        #expect(try server.sessions().map(\.isActive) == [false, false])
        #expect(try images(server) == 1)
    }
}
