import HTTPTypes
public import HummingbirdCore
public import Logging
public import NIOCore
import NIOHTTP1
public import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket
import SocketIO

/// HTTP and the WebSockets of some ``EngineServer``s on one port.
///
/// The first request of a connection decides: one that opens a WebSocket which a server takes makes the connection its
/// own; from all others on it is HTTP/1.1. Give it to `HTTPServerBuilder`; TLS wraps it as it wraps any other.
public struct SocketChannel: ServerChildChannel, HTTPChannelHandler {
    public struct Configuration: Sendable {
        /// As in `HTTP1Channel`: added behind the HTTP codec.
        public var additionalChannelHandlers: @Sendable () -> [any RemovableChannelHandler]
        /// How long a connection may be silent between requests, or before the first.
        public var idleTimeout: TimeAmount
        /// All headers of a request, in bytes.
        public var maxHeaderSize: Int
        /// What a connection that begins with no HTTP is answered with, as the body of a 400.
        public var badRequest: (contentType: String, body: ByteBuffer)

        public init(
            idleTimeout: TimeAmount = .seconds(75), maxHeaderSize: Int = 80 * 1024,
            badRequest: (contentType: String, body: ByteBuffer) = ("text/plain", ByteBuffer()),
            additionalChannelHandlers: @escaping @Sendable () -> [any RemovableChannelHandler] = { [] }
        ) {
            self.idleTimeout = idleTimeout
            self.maxHeaderSize = maxHeaderSize
            self.badRequest = badRequest
            self.additionalChannelHandlers = additionalChannelHandlers
        }
    }

    public typealias HTTP = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    /// A connection that has not said yet what it wants to be.
    public struct Value: ServerChildChannelValue {
        public let channel: any Channel
        /// HTTP, or nil for a WebSocket.
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
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = configuration.maxHeaderSize
            limits.maxHeaderListSize = configuration.maxHeaderSize
            let encoder = HTTPResponseEncoder()
            let decoder = ByteToMessageHandler(
                HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
            let gate = WebSocketGate(servers, configuration)
            let upgrade = NIOTypedHTTPServerUpgradeHandler<HTTP?>(
                httpEncoder: encoder, extraHTTPHandlers: [decoder, gate],
                upgradeConfiguration: .init(upgraders: [upgrader]) { channel in
                    channel.eventLoop.makeCompletedFuture { try addHTTP(to: channel, logger) }
                })
            try channel.pipeline.syncOperations.addHandlers(encoder, decoder, gate, upgrade)
            return Value(channel: channel, http: upgrade.upgradeResultFuture)
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

    private func addHTTP(to channel: any Channel, _ logger: Logger) throws -> HTTP {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try pipeline.addHandlers(configuration.additionalChannelHandlers())
        try pipeline.addHandler(ConnectionWatch())
        let idleTimeout = Duration.nanoseconds(configuration.idleTimeout.nanoseconds)
        try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger))
        return try NIOAsyncChannel(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    private var upgrader: NIOTypedWebSocketServerUpgrader<HTTP?> {
        NIOTypedWebSocketServerUpgrader(
            maxFrameSize: servers.map(\.configuration.engine.maxPayload).max() ?? 0,
            enableAutomaticErrorHandling: false,
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    try openWebSocket(channel, head)
                    return nil
                }
            })
    }

    private func openWebSocket(_ channel: any Channel, _ head: HTTPRequestHead) throws {
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
        guard let server = WebSocketGate.server(of: head.uri, servers) else {
            throw NIOWebSocketUpgradeError.unsupportedWebSocketTarget
        }
        let link = WebSocketLink(channel)
        let query = try EngineQuery(head.uri)
        let maxMessage = server.configuration.engine.maxPayload
        if let sid = query.sid {
            guard let socket = server.socket(sid) else { return link.close() }
            try channel.pipeline.syncOperations.addHandler(WebSocketHandler(socket, link, maxMessage: maxMessage))
            socket.openProbe(link)
        } else {
            let request = EngineRequest(
                headers: HTTPFields(head.headers, splitCookie: false), address: channel.remoteAddress?.ipAddress)
            let connection = server.open(.webSocket, request, on: channel.eventLoop, link: link)
            guard let socket = server.socket(connection.sid) else { return link.close() }
            try channel.pipeline.syncOperations.addHandler(WebSocketHandler(socket, link, maxMessage: maxMessage))
            connection.start()
        }
    }
}

/// Lets those requests alone ask for a WebSocket that will get one: from others it takes the wish away, so that they are
/// answered as HTTP. Closes connections that stay silent.
final class WebSocketGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let servers: [EngineServer]
    private let configuration: SocketChannel.Configuration
    private var timer: Scheduled<Void>?
    private var isOpen = false

    init(_ servers: [EngineServer], _ configuration: SocketChannel.Configuration) {
        self.servers = servers
        self.configuration = configuration
    }

    static func server(of target: String, _ servers: [EngineServer]) -> EngineServer? {
        let path = target.prefix { $0 != "?" }
        return servers.first { $0.owns(path) }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: configuration.idleTimeout) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        cancel()
        context.fireChannelInactive()
    }

    private func cancel() {
        timer?.cancel()
        timer = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else {
            context.fireChannelRead(data)
            return
        }
        cancel()
        let mayUpgrade = !isOpen && Self.isWebSocket(head, servers)
        isOpen = true
        if !mayUpgrade { head.headers.remove(name: "Upgrade") }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, !isOpen { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    /// What follows the first request is the HTTP handlers' to answer.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError, !isOpen else {
            context.fireErrorCaught(error)
            return
        }
        isOpen = true
        let (contentType, body) = configuration.badRequest
        let head = HTTPResponseHead(
            version: .http1_1, status: .badRequest,
            headers: [
                "Connection": "close", "Content-Type": contentType, "Content-Length": String(body.readableBytes),
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }

    /// RFC 6455, section 4.2.1, and a path and query that a server takes.
    private static func isWebSocket(_ head: HTTPRequestHead, _ servers: [EngineServer]) -> Bool {
        let headers = head.headers
        guard head.method == .GET,
            headers[canonicalForm: "upgrade"].contains(where: { $0.lowercased() == "websocket" }),
            headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" }),
            headers["sec-websocket-version"] == ["13"], headers["sec-websocket-key"].count == 1,
            !headers.contains(name: "content-length"), !headers.contains(name: "transfer-encoding"),
            let server = server(of: head.uri, servers)
        else { return false }
        do throws(EngineRefusal) {
            let query = try EngineQuery(head.uri)
            return query.transport == .webSocket && query.sid.map { server.socket($0) != nil } ?? true
        } catch {
            return false
        }
    }
}
