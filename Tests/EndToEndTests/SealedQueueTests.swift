import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// What an employee's disk shows of the queue: a real client on a real X server, and the server killed.
@Suite(.timeLimit(.minutes(5))) struct SealedQueueTests {
    private let mira = "mira@harbour.example"
    private let password = "mira's own password"
    private let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47]

    private func files(_ server: LiveServer, in folder: String) throws -> [String] {
        let path = server.folder.path + "/state/queue/" + folder
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try server.folder.names(in: "state/queue/" + folder).map { "state/queue/\(folder)/\($0)" }
    }

    /// What waits has been encrypted, and shows neither a picture nor whose it is.
    private func expectSealed(_ server: LiveServer) throws {
        for file in try files(server, in: "pending") + files(server, in: "aside") where !file.hasSuffix(".reason") {
            let bytes = try server.folder.bytes(of: file)
            #expect(bytes.starts(with: Array("TTQUEUE".utf8)), "\(file)")
            #expect(bytes.firstRange(of: signature) == nil, "\(file)")
            #expect(bytes.firstRange(of: Array("mira".utf8)) == nil, "\(file)")
        }
    }

    private func client(_ server: LiveServer, _ display: VirtualDisplay?) throws -> ChildProcess {
        try ChildProcess(
            [Program.client, "--headless"],
            environment: server.clientEnvironment(
                display: display, ["TRACKER_EMAIL": mira, "TRACKER_PASSWORD": password]))
    }

    /// Reads its lines until one has these words.
    private func lines(of client: ChildProcess, until words: String) async -> String {
        String(
            decoding: await bytes(from: client.output) { String(decoding: $0, as: UTF8.self).contains(words) },
            as: UTF8.self)
    }

    @Test func whatWaitsIsEncryptedSurvivesAKillAndArrivesByteForByte() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let display = try await VirtualDisplay.start(width: 320, height: 200)
        try Painter(display.name).paint { x, y in UInt(x & 255) << 16 | UInt(y & 255) << 8 }
        let first = try client(server, display)
        #expect(await lines(of: first, until: "delivered").contains("delivered"))
        first.send(SIGKILL)
        _ = await first.end()
        let keys = try files(server, in: "keys")
        #expect(keys.count == 1)
        #expect(try server.folder.permissions(of: try #require(keys.first)) == 0o600)

        // Without the server she goes on, and the first capture waits.
        await server.crash()
        let second = try client(server, display)
        #expect(await lines(of: second, until: " captured ").contains(" captured "))
        second.send(SIGKILL)
        _ = await second.end()
        let waiting = try files(server, in: "pending")
        #expect(waiting.contains { $0.hasSuffix(".capture") })
        try expectSealed(server)
        #expect(try files(server, in: "keys") == keys)

        let environment = server.clientEnvironment(display: nil)
        let list = try await run([Program.client, "queue"], environment: environment)
        #expect(String(decoding: list.output, as: UTF8.self).contains("\(mira)  waits\n"))
        let saved = try await run(
            [Program.client, "queue", "--save", server.folder.path + "/pictures"], environment: environment)
        #expect(saved.status == 0)
        let picture = try server.folder.bytes(
            of: "pictures/" + (try #require(try server.folder.names(in: "pictures").first)))
        let screen = DecodedPNG(width: 320, height: 200) { x, y in [UInt8(x & 255), UInt8(y & 255), 0] }
        #expect(try DecodedPNG(picture) == screen)

        try await server.restart()
        let third = try client(server, display)
        #expect(await lines(of: third, until: "delivered").contains("delivered"))
        try await server.wait(for: "an empty queue") { try files($0, in: "pending").isEmpty }
        third.send(SIGTERM)
        #expect(await third.end() == 0)
        let uploads = try server.folder.names(in: "uploads").filter { $0.hasSuffix(".png") }
        let id = try #require(waiting.first { $0.hasSuffix(".capture") }?.split(separator: "/").last)
            .dropFirst(13).dropLast(".capture".count).lowercased()
        let upload = try #require(uploads.first { $0.contains(id) })
        let token = try await server.login()
        let (code, image) = try await server.curl("/uploads/\(upload)", ["-H", "Authorization: Bearer \(token)"])
        #expect(code == 200)
        #expect(image == picture)
    }

    @Test func aLogoutTakesTheKeyAlongOnceNothingWaits() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let display = try await VirtualDisplay.start(width: 320, height: 200)
        let environment = server.clientEnvironment(display: display, ["HEARTBEAT_INTERVAL_SECONDS": "1"])
        let first = try client(server, display)
        #expect(await lines(of: first, until: "delivered").contains("delivered"))
        first.send(SIGKILL)
        _ = await first.end()
        await server.crash()
        let terminal = try await TmuxTerminal.start([Program.client], environment: environment)
        try await terminal.wait(for: "waits in the queue")
        try await terminal.press("l")
        try await terminal.wait(for: "sign in")
        #expect(try files(server, in: "pending").contains { $0.hasSuffix(".capture") })
        try expectSealed(server)
        #expect(try files(server, in: "keys").count == 1, "what waits needs it")
        #expect(!FileManager.default.fileExists(atPath: server.folder.path + "/state/login.json"))

        // The form has her email already.
        try await server.restart()
        try await terminal.type(password)
        try await terminal.press("Enter")
        try await server.wait(for: "an empty queue") { try files($0, in: "pending").isEmpty }
        try await terminal.wait(for: "TRACKING")
        #expect(try files(server, in: "keys").count == 1, "she is signed in")
        try await terminal.press("l")
        try await terminal.wait(for: "sign in")
        try await server.wait(for: "the key to go") { try files($0, in: "keys").isEmpty }
        try await terminal.press("Escape")
        try await terminal.waitForEnd()
        let doctor = try await run([Program.client, "doctor"], environment: environment)
        let report = String(decoding: doctor.output, as: UTF8.self)
        #expect(report.contains("ok       queue          nobody is signed in\n"), "\(report)")
    }

    @Test func withTheAccountGoneItsOwnerSeesWhatWaitedAndDropsIt() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let display = try await VirtualDisplay.start(width: 320, height: 200)
        let first = try client(server, display)
        #expect(await lines(of: first, until: "delivered").contains("delivered"))
        first.send(SIGKILL)
        _ = await first.end()
        await server.crash()
        let second = try client(server, display)
        #expect(await lines(of: second, until: " captured ").contains(" captured "))
        second.send(SIGKILL)
        _ = await second.end()
        try await server.restart()
        let token = try await server.login()
        try await server.call("DELETE", "\(APIPath.employees)/\(mira)", token: token)
        let environment = server.clientEnvironment(display: display)
        let terminal = try await TmuxTerminal.start([Program.client], environment: environment)
        try await terminal.wait(for: "put aside")
        try await terminal.press("q")
        try await terminal.waitForEnd()
        #expect(try files(server, in: "pending").isEmpty)
        try expectSealed(server)
        #expect(try files(server, in: "keys").count == 1)

        let list = try await run([Program.client, "queue"], environment: environment)
        let text = String(decoding: list.output, as: UTF8.self)
        #expect(text.contains("\(mira)  put aside: The account has been removed."), "\(text)")
        let saved = try await run(
            [Program.client, "queue", "--save", server.folder.path + "/pictures", "--drop"], environment: environment)
        #expect(String(decoding: saved.output, as: UTF8.self).hasSuffix(": 1.\nFiles removed: 1.\n"))
        let picture = try server.folder.names(in: "pictures").first
        #expect(try server.folder.bytes(of: "pictures/\(picture ?? "")").starts(with: signature))
        #expect(try files(server, in: "aside").isEmpty)
        #expect(try files(server, in: "keys").isEmpty)
        let after = try await run([Program.client, "queue"], environment: environment)
        #expect(String(decoding: after.output, as: UTF8.self) == "The queue is empty.\n")
    }
}
