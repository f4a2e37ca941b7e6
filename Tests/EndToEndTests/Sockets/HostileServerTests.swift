import Foundation
import TestSupport
import Testing

/// The real client at servers that say anything: whatever it is, the client goes on, and its log stays short.
///
/// FUZZ_SECONDS says how long each of them has, FUZZ_SEED which of them they are.
@Suite(.timeLimit(.minutes(60)))
struct HostileServerTests {
    @Test func nothingThatAServerSaysEndsTheClient() async throws {
        let fuzz = FuzzRun()
        let display = try await VirtualDisplay.start(width: 64, height: 48)
        for seed in fuzz.seed..<(fuzz.seed + 3) {
            let folder = try TemporaryFolder()
            let server = try await Script.start("hostile_server.py", "\(seed)")
            let client = try ChildProcess(
                [Program.client, "--headless"],
                environment: [
                    "BACKEND_URL": "http://127.0.0.1:\(server.port)", "TRACKER_STATE_DIR": folder.path,
                    "TRACKER_EMAIL": "eve", "TRACKER_PASSWORD": "a long password", "HEARTBEAT_INTERVAL_SECONDS": "1",
                    "LIVE_VIEW_INTERVAL_SECONDS": "1", "DISPLAY": display.name,
                ])
            async let said = bytes(from: client.output)
            async let complaints = bytes(from: client.errors)
            let turn = FuzzRun()
            while !turn.isOver, client.isRunning { try await Task.sleep(for: .milliseconds(100)) }
            let goesOn = client.isRunning
            client.send(SIGTERM)
            let status = await client.end()
            let (lines, errors) = await (said, String(decoding: complaints, as: UTF8.self))
            // Its login may be refused, which ends it; nothing else does, and that says so.
            #expect(status == 0 || !goesOn && status == 1, "FUZZ_SEED=\(seed): \(status) \(errors.suffix(3000))")
            let log = try folder.bytes(of: "tracker-tui.log")
            #expect(log.count < 6_000_000 && lines.count < 6_000_000, "FUZZ_SEED=\(seed)")
            _ = await server.stop()
        }
    }
}
