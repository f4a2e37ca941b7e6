import Glibc
public import HummingbirdCore
public import Logging
public import NIOCore
public import NIOHTTPTypes

/// HTTP and the WebSockets of some ``EngineServer``s on one port.
///
/// A connection is HTTP/1.1 until a request opens a WebSocket that a server takes: the first one, or a later one, since
/// clients and proxies use connections again (nginx with `keepalive`, Node's own WebSocket). Give it to
/// `HTTPServerBuilder`; TLS wraps it as it wraps any other.
public struct UpgradableHTTPChannel: ServerChildChannel, HTTPChannelHandler {
    public struct Configuration: Sendable {
        /// As in `HTTP1Channel`: added behind the HTTP codec.
        public var additionalChannelHandlers: @Sendable () -> [any RemovableChannelHandler]
        /// How long a connection may take to ask its first question: the handshake of TLS and the head of a request,
        /// however slowly they come.
        public var firstRequestTimeout: TimeAmount = .seconds(10)
        /// How long a connection may be silent between requests.
        public var idleTimeout: TimeAmount = .seconds(75)
        /// How long a body may go on to arrive after its answer.
        public var answeredBodyTimeout: TimeAmount = .seconds(10)
        /// How long a client may take nothing of what is sent to it.
        public var unreadTimeout: TimeAmount = .seconds(60)
        /// How long a client may take to close its side after its last answer.
        public var closingTimeout: TimeAmount = .seconds(3)
        /// All headers of a request, in bytes.
        public var maxHeaderSize = 80 * 1024
        /// How many headers a request may have.
        public var maxHeaderCount = 1000
        /// What every answer has among its headers, unless it has one of that name itself.
        public var headers: [(name: String, value: String)] = []

        public init(additionalChannelHandlers: @escaping @Sendable () -> [any RemovableChannelHandler] = { [] }) {
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
            try Self.limitUnread(channel, configuration.unreadTimeout)
            let gate = WebSocketGate(servers, configuration, channel, logger)
            gate.open()
            return Value(channel: channel, http: gate.http.futureResult)
        }
    }

    /// The system alone knows what a client takes: its buffers are large, and say so late. It ends a connection of which nothing
    /// was taken for that long, be it that nobody is there any more or that nobody reads (tcp(7), TCP_USER_TIMEOUT).
    private static func limitUnread(_ channel: any Channel, _ timeout: TimeAmount) throws {
        guard channel is any SocketOptionProvider else { return }
        try channel.syncOptions?.setOption(
            .tcpOption(NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT)), value: Int(timeout.nanoseconds / 1_000_000))
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
