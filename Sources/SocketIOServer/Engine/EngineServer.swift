public import HTTPTypes
public import Hummingbird
public import Logging
public import NIOCore
public import SocketIO
import Synchronization

/// An Engine.IO server at one path: it keeps the sessions, and answers their requests.
///
/// Requests by polling come through ``respond(to:channel:)`` from whatever routes HTTP; WebSockets come through an
/// ``UpgradableHTTPChannel``. Each session lives on one event loop, where everything that concerns it happens in order.
public final class EngineServer: Sendable {
    public struct Configuration: Sendable {
        public var engine: EngineConfiguration
        /// With a slash at both ends. Requests with and without the last one are taken.
        public var path: String
        /// Web origins that may use the server from a browser; empty: all.
        public var allowedOrigins: [String]
        /// What is borne of clients while their ``EngineHandler/isStranger``.
        public var strangers: Strangers.Limits
        /// The headers of the request that opens a session which ``EngineRequest`` has.
        public var rememberedHeaders: Set<HTTPField.Name>
        /// The IP address of a client, without the port: by the connection's, and by the headers of the request that opens a
        /// session, which a proxy may have added to.
        public var address: @Sendable (SocketAddress?, HTTPFields) -> String?

        public init(
            engine: EngineConfiguration = EngineConfiguration(), path: String = "/engine.io/",
            allowedOrigins: [String] = [], strangers: Strangers.Limits = Strangers.Limits(),
            rememberedHeaders: Set<HTTPField.Name> = [.authorization, .cookie, .origin, .userAgent],
            address: @escaping @Sendable (SocketAddress?, HTTPFields) -> String? = { peer, _ in peer?.ipAddress }
        ) {
            self.engine = engine
            self.path = path
            self.allowedOrigins = allowedOrigins
            self.strangers = strangers
            self.rememberedHeaders = rememberedHeaders
            self.address = address
        }
    }

    let configuration: Configuration
    let logger: Logger
    private let accept: @Sendable (EngineSocket, EngineRequest) -> any EngineHandler
    private let sessions: Mutex<Sessions>

    private struct Sessions {
        var sockets: [String: EngineSocket] = [:]
        var strangers: Strangers
    }

    /// - Parameter accept: makes what listens to a new session; called on the session's event loop.
    public init(
        _ configuration: Configuration, logger: Logger,
        accept: @escaping @Sendable (EngineSocket, EngineRequest) -> any EngineHandler
    ) {
        self.configuration = configuration
        self.logger = logger
        self.accept = accept
        sessions = Mutex(Sessions(strangers: Strangers(limits: configuration.strangers)))
    }

    // MARK: Sessions

    /// The session that a request is for.
    func socket(_ sid: String) -> EngineSocket? {
        sessions.withLock { sessions in
            sessions.strangers.heard(sid)
            return sessions.sockets[sid]
        }
    }

    /// Opens a session on the event loop of the connection that the request came through, which is the one that this runs on.
    func open(
        _ transport: EngineTransport, _ fields: HTTPFields, _ channel: any Channel, link: WebSocketLink?
    ) -> EngineConnection {
        let sid = SessionID.make()
        let address = configuration.address(channel.remoteAddress, fields)
        let owner = address?.sessionOwner ?? ""
        let connection = EngineConnection(
            EngineSession(sid: sid, transport: transport, configuration: configuration.engine, at: .now),
            loop: channel.eventLoop, link: link, logger: logger,
            becameStranger: { [weak self] isStranger in self?.note(sid, of: owner, isStranger) },
            ended: { [weak self] in self?.forget(sid) })
        let socket = EngineSocket(
            connection, loop: channel.eventLoop,
            limits: (configuration.engine.maxPayload, configuration.strangers.maxPayload))
        sessions.withLock { $0.sockets[sid] = socket }
        let request = EngineRequest(fields, remembering: configuration.rememberedHeaders, address: address)
        connection.handler = accept(socket, request)
        return connection
    }

    private func note(_ sid: String, of owner: String, _ isStranger: Bool) {
        let (socket, crowdedOut) = sessions.withLock { sessions -> (EngineSocket?, EngineSocket?) in
            guard let socket = sessions.sockets[sid] else { return (nil, nil) }
            guard isStranger else {
                sessions.strangers.leave(sid)
                return (socket, nil)
            }
            return (socket, sessions.strangers.enter(sid, from: owner).flatMap { sessions.sockets[$0] })
        }
        socket?.setStranger(isStranger)
        crowdedOut?.abandon(.crowdedOut)
    }

    private func forget(_ sid: String) {
        sessions.withLock { sessions in
            sessions.sockets[sid] = nil
            sessions.strangers.leave(sid)
        }
    }

    // MARK: HTTP

    /// True for the page of a site that may not use this server: a browser lets any page open a WebSocket (RFC 6455, section 10.2).
    /// Programs that are no browsers say nothing of pages, and those that the server sends itself are of its own host.
    func isForeign(_ origin: String?, to host: String?) -> Bool {
        guard let origin, !configuration.allowedOrigins.isEmpty, !configuration.allowedOrigins.contains(origin) else {
            return false
        }
        return host.map { !["http://\($0)", "https://\($0)"].contains(origin) } ?? true
    }

    /// True for the paths that are this server's.
    public func owns(_ path: some StringProtocol) -> Bool {
        path == configuration.path || path == configuration.path.dropLast()
    }

    /// Answers a request of a client on polling. It may take as long as a poll waits.
    /// - Parameter channel: the connection that the request came through, made by an ``UpgradableHTTPChannel``.
    public func respond(to request: Request, channel: any Channel) async -> Response {
        var response: Response
        do throws(EngineRefusal) {
            response = try await answer(request, channel)
        } catch {
            response = Response(
                status: error.status, headers: [.contentType: "application/json"], body: .init(byteBuffer: error.body))
            if error.status == .contentTooLarge { response.headers[.connection] = "close" }
        }
        response.headers[.cacheControl] = "no-store"
        addOrigin(to: &response, request)
        return response
    }

    private func answer(_ request: Request, _ channel: any Channel) async throws(EngineRefusal) -> Response {
        if request.method == .options { return preflight() }
        let query = try EngineQuery(request.head.path ?? "")
        guard query.transport == .polling else {
            let isForeign = isForeign(request.headers[.origin], to: request.head.authority)
            throw isForeign ? .forbidden : .badHandshakeMethod
        }
        switch (request.method, query.sid) {
        case (.get, nil):
            let headers = request.headers
            return try await poll(channel) { [self] in open(.polling, headers, channel, link: nil) }
        case (.get, let sid?):
            guard let socket = socket(sid) else { throw .unknownSession }
            return try await poll(channel, socket)
        case (.post, let sid?):
            guard let socket = socket(sid) else { throw .unknownSession }
            let body = try await body(of: request, socket)
            guard await socket.post(body) else { throw .badRequest }
            return Response(
                status: .ok, headers: [.contentType: "text/html"], body: .init(byteBuffer: ByteBuffer(string: "ok")))
        default: throw .badHandshakeMethod
        }
    }

    /// The first request of a session is answered with the handshake.
    private func poll(
        _ channel: any Channel, opening open: @escaping @Sendable () -> EngineConnection
    ) async throws(EngineRefusal) -> Response {
        let loop = channel.eventLoop
        let answer = loop.makePromise(of: PollAnswer.self)
        loop.execute { open().start(answering: answer) }
        return try await response(answer.futureResult)
    }

    private func poll(_ channel: any Channel, _ socket: EngineSocket) async throws(EngineRefusal) -> Response {
        let answer = socket.poll()
        ConnectionWatch.watch(channel) { [weak socket] event in
            switch event {
            case .closed: socket?.pollCancelled(answer)
            case .stopping: socket?.abandon(.serverStopping)
            }
        }
        defer { ConnectionWatch.watch(channel, nil) }
        return try await response(answer.futureResult)
    }

    private func response(_ answer: EventLoopFuture<PollAnswer>) async throws(EngineRefusal) -> Response {
        let outcome: PollAnswer
        do {
            outcome = try await answer.get()
        } catch {
            throw .badRequest
        }
        let body: ByteBuffer
        switch outcome {
        case .body(let bytes): body = ByteBuffer(bytes: bytes)
        case .refused: throw .badRequest
        case .ended: throw .unknownSession
        }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=UTF-8"], body: .init(byteBuffer: body))
    }

    private func body(of request: Request, _ socket: EngineSocket) async throws(EngineRefusal) -> [UInt8] {
        let limit = socket.maxPayload
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            socket.tooLarge(limit)
            throw .tooLarge
        }
        var bytes: [UInt8] = []
        do {
            for try await chunk in request.body {
                bytes += chunk.readableBytesView
                guard bytes.count <= limit else {
                    socket.tooLarge(limit)
                    throw EngineRefusal.tooLarge
                }
            }
        } catch {
            throw error as? EngineRefusal ?? .badRequest
        }
        return bytes
    }

    private func preflight() -> Response {
        Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: "GET, POST", .accessControlAllowHeaders: "authorization, content-type",
                .accessControlMaxAge: "600",
            ])
    }

    private func addOrigin(to response: inout Response, _ request: Request) {
        if configuration.allowedOrigins.isEmpty {
            response.headers[.accessControlAllowOrigin] = "*"
        } else {
            response.headers[.vary] = "Origin"
            guard let origin = request.headers[.origin], configuration.allowedOrigins.contains(origin) else { return }
            response.headers[.accessControlAllowOrigin] = origin
        }
    }
}

/// Ids of sessions and sockets.
enum SessionID {
    /// 132 random bits, as 22 characters out of `A-Za-z0-9_-`.
    static func make() -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-".utf8)
        return String(decoding: (0..<22).map { _ in alphabet[Int.random(in: 0..<64)] }, as: UTF8.self)
    }
}
