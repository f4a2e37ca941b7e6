import JSON
import Shared
import TestSupport
import Testing

/// Other makers' clients come back by themselves: after the server was stopped cleanly and started again, and after they sent
/// something that is too long.
@Suite(.timeLimit(.minutes(5)))
struct ComingBackTests {
    private static let transports = [["polling"], ["websocket"], ["polling", "websocket"]]

    private func play(_ maker: PeerClient.Maker, _ transports: [String]) async throws {
        let client = try await PeerClient.start(maker)
        let server = try await LiveServer.start()
        let token = try await server.login()
        try await client.join(server.url, transports, token: token, [("reconnect", .bool(true))])
        _ = try await client.message("presence:list")

        #expect(await server.stop() == 0)
        _ = try await client.event("disconnect")
        try await server.restart()
        _ = try await client.event("connect", within: .seconds(60))
        _ = try await client.message("presence:list")
        if transports.count > 1 { _ = try await client.event("upgrade") }

        try await client.emit("live_view:frame", .string(String(repeating: "x", count: 1_200_000)))
        _ = try await client.event("disconnect")
        _ = try await client.event("connect", within: .seconds(60))
        _ = try await client.message("presence:list")
        await client.end()
        #expect(await server.stop() == 0)
    }

    @Test(arguments: transports)
    func pythonComesBack(transports: [String]) async throws {
        try await play(.python, transports)
    }

    @Test(
        .enabled("The JavaScript client wants a Node with WebSocket, 20.10 or later", PeerClient.nodeHasWebSocket),
        arguments: transports)
    func nodeComesBack(transports: [String]) async throws {
        try await play(.node, transports)
    }
}
