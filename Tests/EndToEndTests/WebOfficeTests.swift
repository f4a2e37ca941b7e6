import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// A manager at the web admin, in Chromium, and an employee at a terminal, with a screen.
@Suite(.timeLimit(.minutes(3)))
struct WebOfficeTests {
    private static let mira = "mira@harbour.example"
    private static let password = "mira's own password"

    /// A browser in which the administrator has signed in.
    private func manager(of server: LiveServer) async throws -> PeerProgram {
        let manager = try await PeerProgram([try await Peers.python(), Peers.programs + "/manager.py"])
        try await manager.ask(
            "sign_in",
            [
                ("url", server.url), ("email", LiveServer.administrator), ("password", LiveServer.password),
            ])
        return manager
    }

    @Test func whatAManagerDoesReachesTheEmployeeAndBack() async throws {
        let server = try await LiveServer.start()
        try await server.hire(Self.mira, password: Self.password)
        let display = try await VirtualDisplay.start(width: 320, height: 200)
        let painter = try Painter(display.name)
        try painter.paint { _, _ in 0x20_60_A0 }
        let manager = try await manager(of: server)
        try await manager.ask("see", [("text", "Away")])

        let terminal = try await TmuxTerminal.start(
            [Program.client], environment: server.clientEnvironment(display: display))
        try await terminal.signIn(Self.mira, Self.password)
        try await terminal.wait(for: "TRACKING")
        // Nobody reloads the page.
        try await manager.ask("see", [("text", "Tracking")])
        try await manager.ask("pictures", count: 1)

        try await manager.ask("open", [("path", "/hours")])
        try await manager.ask("choose_interval", [("label", "Every 7 min")])
        try await terminal.wait(for: "the new interval") { $0.contains("every 7 minutes") }

        try await manager.ask("open", [("path", "/live")])
        let colour = try await manager.ask("watch", [("name", Self.mira)])
        #expect(colour == .array([.number(0x20), .number(0x60), .number(0xA0)]))
        try await terminal.wait(for: "who watches") { $0.contains(LiveServer.administrator) }
        try await manager.ask("stop_watching")
        try await terminal.wait(for: "has stopped watching")
        await manager.end()
    }

    @Test func aPageOutlivesTheServerAndItsLogin() async throws {
        let server = try await LiveServer.start()
        let manager = try await manager(of: server)
        try await manager.ask("open", [("path", "/setup")])
        await server.crash()
        try await manager.ask("see", [("text", "Not connected")])
        try await server.restart()
        try await manager.ask("miss", [("text", "Not connected")])

        // The login ends while something is typed.
        try await manager.ask("begin_employee", [("email", Self.mira), ("name", "Mira Ödegaard")])
        let token = try await server.login()
        try await server.call(
            "POST", APIPath.password, token: token,
            .object([
                "currentPassword": .string(LiveServer.password), "newPassword": .string("another long password"),
            ]))
        try await manager.ask("send_employee")
        try await manager.ask("see", [("text", "Your login has ended")])
        try await manager.ask(
            "type_credentials", [("email", LiveServer.administrator), ("password", "another long password")])
        let password = try #require(try await manager.ask("temporary_password").text)
        let answer = try await server.call(
            "POST", APIPath.login, LoginRequest(email: Self.mira, password: password).json)
        #expect(try LoginResponse(json: answer).mustChangePassword)
        await manager.end()
    }

    private func status(_ server: LiveServer, _ path: String, _ token: String) async throws -> Int {
        try await server.curl(path, ["-H", "Authorization: Bearer \(token)"]).status
    }

    @Test func keysSignInsAndTheSecondFactorAreToBeHadWithoutATerminal() async throws {
        let server = try await LiveServer.start()
        let other = try await server.login()
        let manager = try await manager(of: server)
        try await manager.ask("open", [("path", "/setup")])
        let key = try #require(try await manager.ask("make_key", [("name", "Payroll")]).array?.first?.text)
        #expect(try await status(server, APIPath.employees, key) == 200)
        try await manager.ask("see", [("text", "Payroll")])

        try await manager.ask("end_other_sign_in")
        #expect(try await status(server, APIPath.employees, other) == 401)

        let codes = try #require(try await manager.ask("set_up_factor").array).compactMap(\.text)
        #expect(codes.count == 8)
        try await manager.ask("see", [("text", "takes a code of your authenticator app")])
        try await manager.ask("sign_out")
        let administrator: [(JSONString, String)] = [
            ("email", LiveServer.administrator), ("password", LiveServer.password),
        ]
        try await manager.ask("type_credentials", administrator)
        try await manager.ask("type_code", [("code", codes[0])])
        try await manager.ask("see", [("text", "Sign out")])
        try await manager.ask("sign_out")
        // It was taken.
        try await manager.ask("type_credentials", administrator)
        try await manager.ask("type_code", [("code", codes[0])])
        try await manager.ask("see", [("text", "The code is wrong")])
        try await manager.ask("type_code", [("code", codes[1])])
        try await manager.ask("see", [("text", "Sign out")])
        await manager.end()
    }

    @Test func whereItIsRequiredAManagerSetsASecondFactorUpToGoOn() async throws {
        let server = try await LiveServer.start(["REQUIRE_SECOND_FACTOR": "1"])
        let manager = try await manager(of: server)
        try await manager.ask("see", [("text", "Managers need a second factor here")])
        try await manager.ask("confirm_factor")
        try await manager.ask("see", [("text", "Nobody works here yet")])
        await manager.end()
    }
}

extension PeerProgram {
    /// Has the manager of Tests/Peers/manager.py do something.
    /// - Returns: what comes of it.
    @discardableResult
    fileprivate func ask(_ what: String, _ values: [(JSONString, String)] = []) throws -> JSONValue {
        try tell(what, values.map { ($0.0, .string($0.1)) })
        return try event("done", within: .seconds(30))["value"] ?? .null
    }

    fileprivate func ask(_ what: String, count: Int) throws {
        try tell(what, [("count", .number(count))])
        _ = try event("done", within: .seconds(30))
    }
}
