import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import SocketIO
import Synchronization

/// A WebSocket server on a free port that says what a test tells it to, and remembers what it heard.
final class FakeServer: Sendable {
    /// What the server sends once the client's CONNECT has come.
    enum Step: Sendable {
        case text(String)
        case frame(WebSocketOpcode, [UInt8])
        /// A binary frame of so many.
        case zeros(Int)
        /// Past the encoder.
        case raw([UInt8])
        case close
    }

    private struct Heard {
        var frames: [WebSocketFrame] = []
        var channels: [any Channel] = []
        var connections = 0
    }

    private let heard = Mutex(Heard())
    private let listener: any Channel
    let port: Int

    /// - Parameters:
    ///   - pingInterval: in the handshake, in milliseconds, as is the timeout.
    ///   - answersConnect: with `40`, before the steps.
    static func start(
        pingInterval: Int = 25_000, pingTimeout: Int = 20_000, maxPayload: Int = 1_000_000,
        answersConnect: Bool = true, _ steps: Step...
    ) async throws -> FakeServer {
        try await start(
            pingInterval: pingInterval, pingTimeout: pingTimeout, maxPayload: maxPayload,
            answersConnect: answersConnect, steps: steps)
    }

    static func start(
        pingInterval: Int = 25_000, pingTimeout: Int = 20_000, maxPayload: Int = 1_000_000,
        answersConnect: Bool = true, steps: [Step]
    ) async throws -> FakeServer {
        let handshake = EngineHandshake(
            sid: "fake", upgrades: [], pingInterval: pingInterval, pingTimeout: pingTimeout, maxPayload: maxPayload)
        let box = Box()
        let first: [Step] = answersConnect ? [.text(#"40{"sid":"socket"}"#)] : []
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                let upgrader = NIOWebSocketServerUpgrader(
                    // More than any client here sends: what is too large would end the connection.
                    maxFrameSize: 1 << 24,
                    shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
                    upgradePipelineHandler: { channel, _ in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(
                                Handler(box: box, handshake: handshake, steps: first + steps))
                        }
                    })
                return channel.pipeline.configureHTTPServerPipeline(
                    withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = FakeServer(listener)
        box.server.withLock { $0 = server }
        return server
    }

    private init(_ listener: any Channel) {
        self.listener = listener
        port = listener.localAddress?.port ?? 0
    }

    var connections: Int { heard.withLock { $0.connections } }
    /// The texts of clients, in order.
    var texts: [String] {
        heard.withLock { $0.frames.filter { $0.opcode == .text }.map { String(buffer: $0.unmaskedData) } }
    }
    /// The codes of the closes of clients.
    var closeCodes: [WebSocketErrorCode] {
        heard.withLock { heard in
            heard.frames.filter { $0.opcode == .connectionClose }.compactMap { frame in
                var data = frame.unmaskedData
                return data.readWebSocketErrorCode()
            }
        }
    }
    var areAllMasked: Bool { heard.withLock { $0.frames.allSatisfy { $0.maskKey != nil } } }

    func stop() async throws {
        try await listener.close()
        for channel in heard.withLock({ $0.channels }) {
            channel.close(promise: nil)
            _ = try? await channel.closeFuture.get()
        }
    }

    func firstConnectionIsClosed() async throws {
        while connections == 0 { try await Task.sleep(for: .milliseconds(10)) }
        try await allClosed()
    }

    /// Returns when nothing more is read.
    func stopReading() async throws {
        for channel in heard.withLock({ $0.channels }) { try await channel.setOption(.autoRead, value: false).get() }
    }

    /// Waits until every connection is closed by its client.
    func allClosed() async throws {
        for channel in heard.withLock({ $0.channels }) { try await channel.closeFuture.get() }
    }

    /// Clients come only once the server knows itself: its port is told afterwards.
    private final class Box: Sendable {
        let server = Mutex<FakeServer?>(nil)
        func with(_ body: (inout Heard) -> Void) { server.withLock { $0 }?.heard.withLock { body(&$0) } }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = WebSocketFrame
        typealias OutboundOut = WebSocketFrame

        private let box: Box
        private let handshake: EngineHandshake
        private var steps: [Step]

        init(box: Box, handshake: EngineHandshake, steps: [Step]) {
            self.box = box
            self.handshake = handshake
            self.steps = steps
        }

        func handlerAdded(context: ChannelHandlerContext) {
            let channel = context.channel
            box.with {
                $0.channels.append(channel)
                $0.connections += 1
            }
            send(context, .text, ByteBuffer(bytes: EnginePacket.open(handshake.json).text ?? []))
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = unwrapInboundIn(data)
            box.with { $0.frames.append(frame) }
            if frame.opcode == .connectionClose {
                context.close(promise: nil)
                return
            }
            for step in steps { carryOut(step, context) }
            steps = []
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }

        private func carryOut(_ step: Step, _ context: ChannelHandlerContext) {
            switch step {
            case .text(let text): send(context, .text, ByteBuffer(string: text))
            case .frame(let opcode, let bytes): send(context, opcode, ByteBuffer(bytes: bytes))
            case .zeros(let count): send(context, .binary, ByteBuffer(repeating: 0, count: count))
            case .raw(let bytes):
                do {
                    let encoder = try context.pipeline.syncOperations.context(handlerType: WebSocketFrameEncoder.self)
                    encoder.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil)
                } catch {
                    context.fireErrorCaught(error)
                }
            case .close: context.close(promise: nil)
            }
        }

        private func send(_ context: ChannelHandlerContext, _ opcode: WebSocketOpcode, _ data: ByteBuffer) {
            let frame = WebSocketFrame(fin: true, opcode: opcode, data: data)
            context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
        }
    }
}

/// A server that accepts connections and answers every one with the same bytes, or never.
struct RawServer: Sendable {
    let port: Int
    private let listener: any Channel

    /// - Parameter answer: nil to say nothing; an empty one closes at once.
    static func start(_ answer: String?) async throws -> RawServer {
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return RawServer(port: listener.localAddress?.port ?? 0, listener: listener)
    }

    func stop() async throws { try await listener.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: String?

        init(answer: String?) {
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard let answer else { return }
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer))).whenComplete { _ in
                channel.close(promise: nil)
            }
        }
    }
}
