/// Why a client's connection ended, or why there was none.
public enum ClientCloseReason: Sendable, Hashable {
    /// This side closed it.
    case closedByClient
    /// The server closed the engine's session or the WebSocket.
    case closedByServer
    /// The server took the client out of its namespace.
    case disconnectedByServer
    /// The server refused the CONNECT.
    case refused
    /// The transport broke off.
    case connectionLost
    /// No ping came within the handshake's interval and timeout.
    case pingTimeout
    /// The server was not ready in time: handshake and CONNECT together.
    case handshakeTimeout
    /// There is no connection to the server's host; the text says what failed, for a log.
    case unreachable(String)
    /// The server speaks no WebSocket: it answered the upgrade otherwise than with 101.
    case webSocketRefused
    /// A request of long polling was answered with this status.
    case httpStatus(Int)
    /// The server sent what is no protocol; the text is what was expected.
    case protocolError(String)
    /// The server sent a message that is longer than this client takes.
    case tooLarge
    /// What came was not taken out of the stream of events.
    case consumerTooSlow
}
