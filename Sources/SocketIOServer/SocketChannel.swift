public import HummingbirdCore
public import Logging
public import NIOCore
public import NIOHTTPTypes

/// HTTP and the WebSockets of some ``EngineServer``s on one port.
///
/// A connection is HTTP/1.1 until a request opens a WebSocket that a server takes: the first one, or a later one, since
/// clients and proxies use connections again (nginx with `keepalive`, Node's own WebSocket). Give it to
/// `HTTPServerBuilder`; TLS wraps it as it wraps any other.
public struct SocketChannel: ServerChildChannel, HTTPChannelHandler {
    public struct Configuration: Sendable {
        /// As in `HTTP1Channel`: added behind the HTTP codec.
        public var additionalChannelHandlers: @Sendable () -> [any RemovableChannelHandler]
        /// How long a connection may be silent between requests, or before the first.
        public var idleTimeout: TimeAmount
        /// All headers of a request, in bytes.
        public var maxHeaderSize: Int

        public init(
            idleTimeout: TimeAmount = .seconds(75), maxHeaderSize: Int = 80 * 1024,
            additionalChannelHandlers: @escaping @Sendable () -> [any RemovableChannelHandler] = { [] }
        ) {
            self.idleTimeout = idleTimeout
            self.maxHeaderSize = maxHeaderSize
            self.additionalChannelHandlers = additionalChannelHandlers
        }
    }

    public typealias HTTP = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    /// A connection that has not said yet what it wants to be.
    public struct Value: ServerChildChannelValue {
        public let channel: any Channel
        /// HTTP, or nil for what is a WebSocket from the start.
        fileprivate let http: EventLoopFuture<HTTP?>
    }

    public let responder: HTTPChannelHandler.Responder
    private let servers: [EngineServer]
    private let configuration: Configuration

    public init(
        responder: @escaping HTTPChannelHandler.Responder, servers: [EngineServer],
        configuration: Configuration = Configuration()
    ) {
        self.responder = responder
        self.servers = servers
        self.configuration = configuration
    }

    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let gate = WebSocketGate(servers, configuration, channel, logger)
            gate.open()
            return Value(channel: channel, http: gate.http.futureResult)
        }
    }

    public func handle(value: Value, logger: Logger) async {
        do {
            if let http = try await value.http.get() {
                await handleHTTP(asyncChannel: http, logger: logger)
            } else {
                try await value.channel.closeFuture.get()
            }
        } catch {
            // Closed before it became anything.
            logger.trace("A connection ended early", metadata: ["error": "\(error)"])
            value.channel.close(promise: nil)
        }
    }
}
