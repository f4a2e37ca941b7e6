import Logging
import NIOCore
import NIOEmbedded
import SocketIO
import SocketIOServer
import Testing

/// Connections that end before they are anything: no promise may be left behind, which ends a debug build.
struct UpgradableHTTPChannelTests {
    private let channel = UpgradableHTTPChannel(
        responder: { _, _, _ in Issue.record("nothing was asked") },
        servers: [EngineServer(.init(), logger: Logger(label: "test")) { socket, _ in Mute(socket) }])

    private final class Mute: EngineHandler {
        init(_ socket: EngineSocket) {}
        func received(_ message: EngineMessage) {}
        func closed(_ reason: EngineCloseReason) {}
    }

    private func end(_ connection: NIOAsyncTestingChannel, after bytes: String?) async throws {
        let (channel, logger) = (channel, Logger(label: "test"))
        let value = try await connection.eventLoop.flatSubmit { channel.setup(channel: connection, logger: logger) }
            .get()
        if let bytes {
            try await connection.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1))
            try await connection.writeInbound(ByteBuffer(string: bytes))
        }
        connection.close(promise: nil)
        await channel.handle(value: value, logger: logger)
    }

    @Test func aConnectionThatIsGoneBeforeItIsSetUpEndsQuietly() async throws {
        let connection = NIOAsyncTestingChannel()
        try await connection.close()
        try await end(connection, after: nil)
        try await end(NIOAsyncTestingChannel(), after: nil)
    }

    @Test(arguments: ["", "GET /engine.io/?EIO=4", "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\n"])
    func aConnectionThatEndsInItsFirstRequestEndsQuietly(bytes: String) async throws {
        try await end(NIOAsyncTestingChannel(), after: bytes)
    }
}
