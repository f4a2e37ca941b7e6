public import JSON
public import Logging
public import NIOCore
public import SocketIO

/// What a program does with its sockets.
public protocol SocketIOApplication: Sendable {
    /// Decides whether a client may join a namespace. Nothing of that client is taken until this returns.
    /// - Returns: what the socket shall carry with it, see ``Socket/context``.
    /// - Throws: ``ConnectRefusal``; its message is what the client is told.
    func admit(_ request: ConnectRequest) async throws(ConnectRefusal) -> any Sendable
    /// The client has joined; it knows already. Called on the socket's event loop, as the rest is: nothing may block.
    func connected(_ socket: Socket)
    /// - Parameter acknowledge: nil when the client does not ask for an answer.
    func received(_ event: SocketEvent, from socket: Socket, acknowledge: Acknowledgement?)
    /// The socket is no more. Called once for each that was connected.
    func disconnected(_ socket: Socket)
}

extension SocketIOApplication {
    /// Everybody may join; the socket carries the payload.
    public func admit(_ request: ConnectRequest) async throws(ConnectRefusal) -> any Sendable { request.payload }
}

/// A client's wish to join a namespace.
public struct ConnectRequest: Sendable {
    /// The id that the socket will have.
    public let socketID: String
    public let namespace: String
    /// What the client sent along; nil when nothing.
    public let payload: JSONValue?
    /// The request that opened the connection.
    public let opening: EngineRequest
}

/// Why a client may not join.
public struct ConnectRefusal: Error, Sendable, Hashable {
    public let message: String

    public init(_ message: String) {
        self.message = message
    }
}

/// A Socket.IO server, protocol 5, for any number of namespaces.
public final class SocketIOServer: Sendable {
    public struct Configuration: Sendable {
        public var engine: EngineServer.Configuration
        public var namespaces: Set<String>
        /// How long a client may take to join its first namespace.
        public var connectTimeout: Duration

        public init(
            engine: EngineServer.Configuration = EngineServer.Configuration(path: "/socket.io/"),
            namespaces: Set<String> = ["/"], connectTimeout: Duration = .seconds(45)
        ) {
            self.engine = engine
            self.namespaces = namespaces
            self.connectTimeout = connectTimeout
        }
    }

    /// To be given to a ``SocketChannel``, and to be asked for the requests that are its own.
    public let engine: EngineServer

    public init(_ configuration: Configuration, application: any SocketIOApplication, logger: Logger) {
        engine = EngineServer(configuration.engine, logger: logger) { engine, request in
            SocketConnection(engine, request, configuration, application)
        }
    }
}

/// The sockets of one client, on its session's event loop: carries out what ``SocketSession`` decides.
private final class SocketConnection: EngineHandler {
    private let engine: EngineSocket
    private var opening: EngineRequest?
    private let application: any SocketIOApplication
    private let makeID: @Sendable () -> String
    private var session: SocketSession
    private var sockets: [String: Socket] = [:]
    private var timer: Scheduled<Void>?
    private var acknowledgements: [UInt64: @Sendable (SocketContent?) -> Void] = [:]
    private var lastAcknowledgementID: UInt64 = 0

    init(
        _ engine: EngineSocket, _ request: EngineRequest, _ configuration: SocketIOServer.Configuration,
        _ application: any SocketIOApplication
    ) {
        self.engine = engine
        opening = request
        self.application = application
        makeID = configuration.engine.makeID
        session = SocketSession(
            namespaces: configuration.namespaces, connectTimeout: configuration.connectTimeout,
            maximumAttachments: configuration.engine.engine.maxQueue, at: .now)
        let nanoseconds = Int64(configuration.connectTimeout / .nanoseconds(1))
        timer = engine.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(nanoseconds)) { [weak self] in
            guard let self else { return }
            act(session.tick(at: .now))
        }
    }

    var isStranger: Bool { session.isStranger }

    func received(_ message: EngineMessage) { act(session.receive(message)) }

    func closed(_ reason: EngineCloseReason) {
        timer?.cancel()
        timer = nil
        opening = nil
        for id in sockets.keys.sorted() { remove(id) }
        for completion in acknowledgements.values { completion(nil) }
        acknowledgements = [:]
    }

    private func act(_ actions: [SocketSession.Action]) {
        for action in actions {
            switch action {
            case .send(let message): engine.send([message])
            case .admit(let namespace, let payload): admit(namespace, payload)
            case .event(let sid, let event, let id):
                guard let socket = sockets[sid] else { continue }
                let acknowledge = id.map { Acknowledgement(id: $0, socket: socket) }
                application.received(event, from: socket, acknowledge: acknowledge)
            case .acknowledged(_, let id, let content): acknowledgements.removeValue(forKey: id)?(content)
            case .left(let sid): remove(sid)
            case .close(let error): engine.fail(error)
            }
        }
    }

    private func admit(_ namespace: String, _ payload: JSONValue?) {
        guard let opening else { return }
        let id = makeID()
        let request = ConnectRequest(socketID: id, namespace: namespace, payload: payload, opening: opening)
        let connection = NIOLoopBound(self, eventLoop: engine.eventLoop)
        Task { [application, engine] in
            let decision: Result<any Sendable, ConnectRefusal>
            do throws(ConnectRefusal) {
                decision = .success(try await application.admit(request))
            } catch {
                decision = .failure(error)
            }
            engine.eventLoop.execute { connection.value.answer(request, decision) }
        }
    }

    private func answer(_ request: ConnectRequest, _ decision: Result<any Sendable, ConnectRefusal>) {
        let context: any Sendable
        switch decision {
        case .success(let accepted): context = accepted
        case .failure(let refusal): return act(session.refuse(request.namespace, message: refusal.message))
        }
        let actions = session.accept(request.namespace, sid: request.socketID)
        guard !actions.isEmpty, opening != nil else { return }
        timer?.cancel()
        timer = nil
        let socket = Socket(
            id: request.socketID, namespace: request.namespace, context: context, engine: engine,
            connection: NIOLoopBound(Weak(self), eventLoop: engine.eventLoop))
        sockets[socket.id] = socket
        act(actions)
        // A connection that breaks as the answer is written has ended by now.
        guard sockets[socket.id] != nil else { return }
        application.connected(socket)
    }

    private func remove(_ id: String) {
        guard let socket = sockets.removeValue(forKey: id) else { return }
        application.disconnected(socket)
    }

    fileprivate func disconnect(_ socket: Socket) {
        guard sockets[socket.id] != nil else { return }
        act(session.disconnect(socket.namespace))
        remove(socket.id)
    }

    fileprivate func emit(_ event: OutgoingEvent, replacing slot: String?, from socket: Socket) {
        guard sockets[socket.id] != nil else { return }
        event.send(through: engine, replacing: slot)
    }

    fileprivate func emit(
        _ socket: Socket, _ make: (UInt64) -> OutgoingEvent, _ completion: @escaping @Sendable (SocketContent?) -> Void
    ) {
        guard sockets[socket.id] != nil else { return completion(nil) }
        lastAcknowledgementID += 1
        acknowledgements[lastAcknowledgementID] = completion
        make(lastAcknowledgementID).send(through: engine, replacing: nil)
    }

    fileprivate final class Weak {
        weak var connection: SocketConnection?
        init(_ connection: SocketConnection) { self.connection = connection }
    }
}

extension OutgoingEvent {
    fileprivate func send(through engine: EngineSocket, replacing slot: String?) {
        engine.send(messages, replacing: slot)
    }
}

/// A client in one namespace. Calls return at once, on any thread; what is sent to a socket that is no more is lost.
public final class Socket: Sendable {
    public let id: String
    public let namespace: String
    /// What ``SocketIOApplication/admit(_:)`` returned for it.
    public let context: any Sendable
    /// Where everything that concerns the socket happens, in order.
    public var eventLoop: any EventLoop { engine.eventLoop }
    private let engine: EngineSocket
    private let connection: NIOLoopBound<SocketConnection.Weak>

    fileprivate init(
        id: String, namespace: String, context: any Sendable, engine: EngineSocket,
        connection: NIOLoopBound<SocketConnection.Weak>
    ) {
        self.id = id
        self.namespace = namespace
        self.context = context
        self.engine = engine
        self.connection = connection
    }

    /// Sends an event, which must be of this socket's namespace.
    /// - Parameter slot: an event of that slot which the client could not take yet is replaced: it gets the newest alone.
    ///   For events without binary parts.
    public func emit(_ event: OutgoingEvent, replacing slot: String? = nil) {
        run { $0.emit(event, replacing: slot, from: self) }
    }

    /// Sends an event that the client is to acknowledge.
    /// - Parameter completion: gets the client's answer, or nil when it is gone; called on the socket's event loop.
    public func emit(
        _ name: String, _ arguments: JSONValue..., attachments: [[UInt8]] = [],
        acknowledged completion: @escaping @Sendable (SocketContent?) -> Void
    ) {
        run { connection in
            connection.emit(
                self,
                { id in
                    OutgoingEvent(
                        name, arguments, attachments: attachments, namespace: self.namespace, acknowledgementID: id)
                }, completion)
        }
    }

    /// Takes the socket out of its namespace; the connection stays.
    public func disconnect() { run { $0.disconnect(self) } }

    /// Closes the client's connection with all its sockets.
    public func closeConnection() { engine.close() }

    fileprivate func acknowledge(_ id: UInt64, _ arguments: [JSONValue], _ attachments: [[UInt8]]) {
        emit(OutgoingEvent(acknowledging: id, arguments, attachments: attachments, namespace: namespace))
    }

    private func run(_ body: @escaping @Sendable (SocketConnection) -> Void) {
        if engine.eventLoop.inEventLoop {
            if let connection = connection.value.connection { body(connection) }
        } else {
            engine.eventLoop.execute { [self] in
                if let connection = connection.value.connection { body(connection) }
            }
        }
    }
}

/// The answer that a client waits for.
public struct Acknowledgement: Sendable {
    let id: UInt64
    let socket: Socket

    public func callAsFunction(_ arguments: [JSONValue], attachments: [[UInt8]] = []) {
        socket.acknowledge(id, arguments, attachments)
    }
}
