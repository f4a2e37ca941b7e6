import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket
import SocketIO

/// Stands behind the ``RequestReader`` of a connection. It adds what handles HTTP when the first request is no WebSocket's,
/// makes the connection a WebSocket when a request asks for one that a server takes, and closes what stays silent.
final class WebSocketGate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case silent(Scheduled<Void>)
        case http(Course)
        /// The request is here; HTTP may have answers to give before.
        case leaving(HTTPRequestHead)
        case ended
    }

    /// What follows a request.
    private enum Course {
        case next
        /// The decoder stops behind a request that asks for another protocol, taken or not.
        case renewal
        /// The last request: it says so, or its client may not know of more.
        case end
    }

    /// What handles the HTTP of this connection; nil when its first request opens a WebSocket.
    let http: EventLoopPromise<UpgradableHTTPChannel.HTTP?>

    private let servers: [EngineServer]
    private let configuration: UpgradableHTTPChannel.Configuration
    private let channel: any Channel
    private let logger: Logger
    private let encoder = HTTPResponseEncoder()
    private let reader: RequestReader
    /// What was added for HTTP, all but the end of the pipeline, which cannot be removed.
    private var httpHandlers: [any RemovableChannelHandler] = []
    private var state = State.ended

    init(
        _ servers: [EngineServer], _ configuration: UpgradableHTTPChannel.Configuration, _ channel: any Channel,
        _ logger: Logger
    ) {
        self.servers = servers
        self.configuration = configuration
        self.channel = channel
        self.logger = logger
        http = channel.eventLoop.makePromise()
        reader = RequestReader(configuration)
    }

    /// Adds the HTTP codec and itself to the channel. From then on ``http`` is completed, however the connection ends.
    func open() {
        do {
            try channel.pipeline.syncOperations.addHandlers(encoder, reader, self)
        } catch {
            return fail(error)
        }
        let channel = channel
        state = .silent(
            channel.eventLoop.scheduleTask(in: configuration.firstRequestTimeout) { channel.close(promise: nil) })
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch part {
        case .head(let head): reader.began(head)
        case .body: break
        case .end: reader.ended()
        }
        switch (state, part) {
        case (.silent, .head(let head)), (.http, .head(let head)): begin(head, context)
        case (.leaving, .end) where httpHandlers.isEmpty: becomeWebSocket(context)
        case (.leaving, .end): endHTTP(context)
        case (.http(.renewal), .end):
            context.fireChannelRead(data)
            reader.renewDecoder()
            state = .http(.next)
        case (.http(.end), .end):
            context.fireChannelRead(data)
            state = .ended
            reader.stop()
            endHTTP(context)
        case (.ended, _), (.leaving, _): break
        default: context.fireChannelRead(data)
        }
    }

    /// To those who handle HTTP the connection has ended: they give the answers that are due, and close it.
    private func endHTTP(_ context: ChannelHandlerContext) {
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard Self.isPlain(head), Self.namesItsHost(head) else {
            return refuse(HTTPParserError.invalidHeaderToken, context)
        }
        let isWebSocket = Self.server(of: head, servers) != nil
        if case .silent(let timer) = state {
            timer.cancel()
            if !isWebSocket { addHTTP() }
        }
        if isWebSocket {
            state = .leaving(head)
            reader.stop()
        } else {
            state = .http(Self.course(of: head))
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

    private static func course(of head: HTTPRequestHead) -> Course {
        if !head.isKeepAlive || head.isOld { return .end }
        return head.method == .CONNECT || asksForUpgrade(head) ? .renewal : .next
    }

    /// What the decoder bears, and others may read in another way: versions that this is not, control characters in the target,
    /// and a body that does not end as its only length says or as its only coding, which is chunks (RFC 9112, sections 2.3, 3.2
    /// and 6.1).
    private static func isPlain(_ head: HTTPRequestHead) -> Bool {
        guard head.version.major == 1, head.uri.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
        let codings = head.headers["transfer-encoding"]
        guard let coding = codings.first else { return true }
        return codings.count == 1 && coding.lowercased() == "chunked" && !head.isOld
            && !head.headers.contains(name: "content-length")
    }

    /// One host, unless the client is too old to know of it, and none that could be read as something else (RFC 9112, section
    /// 3.2).
    private static func namesItsHost(_ head: HTTPRequestHead) -> Bool {
        var count = 0
        for (name, value) in head.headers where name.utf8.count == 4 && name.lowercased() == "host" {
            count += 1
            if value.utf8.contains(where: { $0 <= 0x20 || "/?#@\\,".utf8.contains($0) }) { return false }
        }
        return count == 1 || count == 0 && head.isOld
    }

    /// What is no HTTP is answered by those who handle HTTP.
    private func refuse(_ error: HTTPParserError, _ context: ChannelHandlerContext) {
        if case .silent(let timer) = state {
            timer.cancel()
            addHTTP()
        }
        state = .ended
        reader.stop()
        context.fireErrorCaught(error)
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
        reader.handOver()
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
        channel.pipeline.syncOperations.removeHandler(reader, promise: nil)
    }

    /// Puts what handles frames in the place of what handles HTTP, all but the reader.
    private func addFrames(_ socket: EngineSocket, _ link: WebSocketLink) throws {
        let pipeline = channel.pipeline.syncOperations
        let decoder = FrameDecoder { socket.maxPayload }
        try pipeline.addHandlers(
            WebSocketFrameEncoder(), FrameTurns(decoder), ByteToMessageHandler(decoder),
            ServerWebSocketHandler(socket, link), position: .after(self))
        for handler in [encoder, self] + httpHandlers { pipeline.removeHandler(handler, promise: nil) }
    }

    /// The server that takes a request as a WebSocket's: by RFC 6455, section 4.2.1, and by its path and query.
    private static func server(of head: HTTPRequestHead, _ servers: [EngineServer]) -> EngineServer? {
        let headers = head.headers
        let path = head.uri.prefix { $0 != "?" }
        guard head.method == .GET, !head.isOld,
            headers[canonicalForm: "upgrade"].contains(where: { $0.lowercased() == "websocket" }),
            asksForUpgrade(head),
            headers["sec-websocket-version"] == ["13"], headers["sec-websocket-key"].count == 1,
            !headers.contains(name: "content-length"), !headers.contains(name: "transfer-encoding"),
            let server = servers.first(where: { $0.owns(path) }),
            !server.isForeign(headers.first(name: "origin"), to: headers.first(name: "host"))
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
        // Whoever has asked nothing gets no answer: neither when the server stops, nor when there is nothing more to come.
        if case .silent = state, event is ChannelShouldQuiesceEvent || event as? ChannelEvent == .inputClosed {
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        refuse(error, context)
    }
}
