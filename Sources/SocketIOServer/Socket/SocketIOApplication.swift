import JSON
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
