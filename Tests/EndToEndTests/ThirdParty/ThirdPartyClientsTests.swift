import TestSupport
import Testing

/// The clients that are in the field, unmodified, as manager and as employee: every event of the interface, both ways.
@Suite(.timeLimit(.minutes(5)))
struct ThirdPartyClientsTests {
    private static let transports = [["polling"], ["websocket"], ["polling", "websocket"]]

    @Test(arguments: transports)
    func pythonPlaysBothRoles(transports: [String]) async throws {
        try await RolePlay.play(.python, transports)
    }

    @Test(
        .enabled("The JavaScript client wants a Node with WebSocket, 20.10 or later", PeerClient.nodeHasWebSocket),
        arguments: transports)
    func nodePlaysBothRoles(transports: [String]) async throws {
        try await RolePlay.play(.node, transports)
    }

    /// By polling: its WebSocket reads and writes on two threads, which TLS in Python before 3.13 does not always survive.
    @Test func pythonPlaysBothRolesOverTLS() async throws {
        let folder = try TemporaryFolder()
        try await RolePlay.play(.python, ["polling"], tls: try await TestCertificate(in: folder))
    }

    @Test(.enabled("The JavaScript client wants a Node with WebSocket", PeerClient.nodeHasWebSocket))
    func nodePlaysBothRolesOverTLS() async throws {
        let folder = try TemporaryFolder()
        try await RolePlay.play(.node, ["polling", "websocket"], tls: try await TestCertificate(in: folder))
    }

    /// The library is the one that Node runs; a browser's own transports are both in an upgrade.
    @Test func chromiumPlaysBothRoles() async throws {
        try await RolePlay.play(.chromium, ["polling", "websocket"])
    }
}
