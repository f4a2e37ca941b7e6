import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// Somebody guesses at an employee's password; the employee's own client is not shut out.
@Suite struct GuessingClientTests {
    private let mira = "mira@harbour.example"
    private let password = "mira's own password"

    private func attempt(_ server: LiveServer, _ password: String) async throws -> Int {
        let body = JSONValue.object(["email": .string(mira), "password": .string(password)])
        let text = String(decoding: JSONWriter.bytes(of: body, .compact), as: UTF8.self)
        return try await server.curl(
            APIPath.login, ["-H", "Content-Type: application/json", "--data-binary", text]
        ).status
    }

    private func client(_ server: LiveServer, _ display: VirtualDisplay) async throws {
        let client = try ChildProcess(
            [Program.client, "--headless", "--email", mira],
            environment: server.clientEnvironment(display: display, ["TRACKER_PASSWORD": password]))
        let said = await bytes(from: client.output) {
            String(decoding: $0, as: UTF8.self).contains("Tracking has started")
        }
        #expect(String(decoding: said, as: UTF8.self).contains("Tracking has started"))
        client.send(SIGTERM)
        _ = await client.end()
    }

    @Test func aClientThatSignedInBeforeSignsInWhileStrangersGuess() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let display = try await VirtualDisplay.start(width: 320, height: 200)
        try await client(server, display)
        for _ in 0..<10 { #expect(try await attempt(server, "a wrong password") == 401) }
        #expect(try await attempt(server, password) == 429)
        // As after a logout: nothing is left but what the client is known by.
        try FileManager.default.removeItem(atPath: server.folder.path + "/state/login.json")
        try await client(server, display)
        #expect(try await attempt(server, password) == 429)
        try FileManager.default.removeItem(atPath: server.folder.path + "/state/login.json")
        try FileManager.default.removeItem(atPath: server.folder.path + "/state/devices.json")
        let stranger = try ChildProcess(
            [Program.client, "--headless", "--email", mira],
            environment: server.clientEnvironment(display: display, ["TRACKER_PASSWORD": password]))
        let said = await bytes(from: stranger.output) { String(decoding: $0, as: UTF8.self).contains("Too many") }
        #expect(String(decoding: said, as: UTF8.self).contains("Too many failed logins"))
        stranger.send(SIGTERM)
        _ = await stranger.end()
    }
}
