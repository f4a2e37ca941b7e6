import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket
import SocketIO

/// Stands behind the HTTP codec of a connection. It adds what handles HTTP when the first request is no WebSocket's,
/// makes the connection a WebSocket when a request asks for one that a server takes, and closes what stays silent.
final class WebSocketGate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case silent(Scheduled<Void>)
        /// - Parameter isStopped: the decoder stops behind a request that asks for another protocol, taken or not.
        case http(isStopped: Bool)
        /// The request is here; HTTP may have answers to give before.
        case leaving(HTTPRequestHead)
        case ended
    }

    /// What handles the HTTP of this connection; nil when its first request opens a WebSocket.
    let http: EventLoopPromise<SocketChannel.HTTP?>

    private let servers: [EngineServer]
    private let configuration: SocketChannel.Configuration
    private let channel: any Channel
    private let logger: Logger
    private let encoder = HTTPResponseEncoder()
    private var decoder: ByteToMessageHandler<HTTPRequestDecoder>
    /// What was added for HTTP, all but the end of the pipeline, which cannot be removed.
    private var httpHandlers: [any RemovableChannelHandler] = []
    private var state = State.ended

    init(
        _ servers: [EngineServer], _ configuration: SocketChannel.Configuration, _ channel: any Channel,
        _ logger: Logger
    ) {
        self.servers = servers
        self.configuration = configuration
        self.channel = channel
        self.logger = logger
        http = channel.eventLoop.makePromise()
        decoder = Self.makeDecoder(configuration)
    }

    private static func makeDecoder(
        _ configuration: SocketChannel.Configuration
    ) -> ByteToMessageHandler<HTTPRequestDecoder> {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = configuration.maxHeaderSize
        limits.maxHeaderListSize = configuration.maxHeaderSize
        return ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
    }

    /// Adds the HTTP codec and itself to the channel. From then on ``http`` is completed, however the connection ends.
    func open() {
        do {
            try channel.pipeline.syncOperations.addHandlers(encoder, decoder, self)
        } catch {
            return fail(error)
        }
        let channel = channel
        state = .silent(
            channel.eventLoop.scheduleTask(in: configuration.idleTimeout) { channel.close(promise: nil) })
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (state, unwrapInboundIn(data)) {
        case (.silent, .head(let head)), (.http, .head(let head)): begin(head, context)
        case (.leaving, .end) where httpHandlers.isEmpty: becomeWebSocket(context)
        case (.leaving, .end):
            // To those who handle HTTP the connection has ended: they give the answers that are due, and close it.
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case (.http(isStopped: true), .end):
            context.fireChannelRead(data)
            renewDecoder(context)
        case (.ended, _), (.leaving, _): break
        default: context.fireChannelRead(data)
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let isWebSocket = Self.server(of: head, servers) != nil
        if case .silent(let timer) = state {
            timer.cancel()
            if !isWebSocket { addHTTP() }
        }
        if isWebSocket {
            state = .leaving(head)
        } else {
            state = .http(isStopped: head.method == .CONNECT || Self.asksForUpgrade(head))
            context.fireChannelRead(wrapInboundOut(.head(head)))
        }
    }

    private func addHTTP() {
        let idleTimeout = Duration.nanoseconds(configuration.idleTimeout.nanoseconds)
        httpHandlers =
            [HTTP1ToHTTPServerCodec(secure: false)] + configuration.additionalChannelHandlers() + [
                ConnectionWatch(), HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger),
            ]
        do {
            try channel.pipeline.syncOperations.addHandlers(httpHandlers)
            http.succeed(
                try NIOAsyncChannel(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
        } catch {
            fail(error)
        }
    }

    /// The old one hands over what it has not decoded, but does not say that this is all for now.
    private func renewDecoder(_ context: ChannelHandlerContext) {
        let old = decoder
        decoder = Self.makeDecoder(configuration)
        state = .http(isStopped: false)
        do {
            try channel.pipeline.syncOperations.addHandler(decoder, position: .after(old))
            channel.pipeline.syncOperations.removeHandler(old).assumeIsolated().whenComplete { _ in
                context.fireChannelReadComplete()
            }
        } catch {
            fail(error)
        }
    }

    private func fail(_ error: any Error) {
        state = .ended
        http.fail(error)
        channel.close(promise: nil)
    }

    // MARK: WebSockets

    /// HTTP has given its last answer when it closes its side.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard case .leaving = state, mode == .output else { return context.close(mode: mode, promise: promise) }
        becomeWebSocket(context)
        promise?.succeed()
    }

    private func becomeWebSocket(_ context: ChannelHandlerContext) {
        guard case .leaving(let head) = state else { return }
        state = .ended
        answer(head).assumeIsolated().whenComplete { result in
            do {
                let headers = try result.get()
                let response = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
                context.write(self.wrapOutboundOut(.head(response)), promise: nil)
                context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
                self.http.succeed(nil)
                try self.replaceHTTP(head)
            } catch {
                self.fail(error)
            }
        }
    }

    /// The headers of RFC 6455, section 4.2.2.
    private func answer(_ head: HTTPRequestHead) -> EventLoopFuture<HTTPHeaders> {
        let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
        return upgrader.buildUpgradeResponse(channel: channel, upgradeRequest: head, initialResponseHeaders: [:])
    }

    private func replaceHTTP(_ head: HTTPRequestHead) throws {
        guard let server = Self.server(of: head, servers) else {
            throw NIOWebSocketUpgradeError.unsupportedWebSocketTarget
        }
        // What a client sent before it closed its side is taken in turns as well, see FrameTurns.
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        let link = WebSocketLink(channel)
        if let sid = try EngineQuery(head.uri).sid {
            guard let socket = server.socket(sid) else { throw NIOWebSocketUpgradeError.unsupportedWebSocketTarget }
            try addFrames(socket, link)
            socket.openProbe(link)
        } else {
            let headers = HTTPFields(head.headers, splitCookie: false)
            let connection = server.open(.webSocket, headers, channel, link: link)
            guard let socket = server.socket(connection.sid) else { throw ChannelError.alreadyClosed }
            try addFrames(socket, link)
            connection.start()
        }
        // What came behind the request goes to the frames.
        channel.pipeline.syncOperations.removeHandler(decoder, promise: nil)
    }

    /// Puts what handles frames in the place of what handles HTTP, all but the decoder.
    private func addFrames(_ socket: EngineSocket, _ link: WebSocketLink) throws {
        let pipeline = channel.pipeline.syncOperations
        let decoder = FrameDecoder { socket.maxPayload }
        try pipeline.addHandlers(
            WebSocketFrameEncoder(), FrameTurns(decoder), ByteToMessageHandler(decoder),
            WebSocketHandler(socket, link), position: .after(self))
        for handler in [encoder, self] + httpHandlers { pipeline.removeHandler(handler, promise: nil) }
    }

    /// The server that takes a request as a WebSocket's: by RFC 6455, section 4.2.1, and by its path and query.
    private static func server(of head: HTTPRequestHead, _ servers: [EngineServer]) -> EngineServer? {
        let headers = head.headers
        let path = head.uri.prefix { $0 != "?" }
        guard head.method == .GET,
            headers[canonicalForm: "upgrade"].contains(where: { $0.lowercased() == "websocket" }),
            asksForUpgrade(head),
            headers["sec-websocket-version"] == ["13"], headers["sec-websocket-key"].count == 1,
            !headers.contains(name: "content-length"), !headers.contains(name: "transfer-encoding"),
            let server = servers.first(where: { $0.owns(path) })
        else { return nil }
        do throws(EngineRefusal) {
            let query = try EngineQuery(head.uri)
            guard query.transport == .webSocket else { return nil }
            return query.sid.map { server.socket($0) != nil } ?? true ? server : nil
        } catch {
            return nil
        }
    }

    private static func asksForUpgrade(_ head: HTTPRequestHead) -> Bool {
        head.headers.contains(name: "upgrade")
            && head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    }

    // MARK: The connection

    func channelInactive(context: ChannelHandlerContext) {
        if case .silent(let timer) = state { timer.cancel() }
        state = .ended
        context.fireChannelInactive()
    }

    /// Also of a channel that never became active. Without effect where the connection was something already.
    func handlerRemoved(context: ChannelHandlerContext) { http.fail(ChannelError.alreadyClosed) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent, case .silent = state { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    /// What is no HTTP is answered by those who handle HTTP.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError, case .silent(let timer) = state {
            timer.cancel()
            state = .http(isStopped: false)
            addHTTP()
        }
        context.fireErrorCaught(error)
    }
}
