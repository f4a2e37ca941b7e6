import JSON
public import NIOCore
public import SocketIO

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

    init(
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

    /// Takes the socket out of its namespace; the connection stays.
    public func disconnect() { run { $0.disconnect(self) } }

    /// Closes the client's connection with all its sockets.
    public func closeConnection() { engine.close() }

    func acknowledge(_ id: UInt64, _ arguments: [JSONValue], _ attachments: [[UInt8]]) {
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
