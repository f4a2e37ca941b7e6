public import JSON
public import SocketIO

/// What a client tells whoever listens.
public enum SocketClientEvent: Sendable {
    /// The server has accepted the CONNECT. What was missed meanwhile is for the listener to ask for.
    case connected(sid: String, transport: EngineTransport)
    /// The server has refused the CONNECT. The client tries again when ``SocketClient/reconnect()`` is called.
    case refused(message: String)
    /// The connection was lost, or the first attempt to make one has failed. The client goes on trying by itself; further
    /// attempts that fail are only logged.
    case disconnected(ClientCloseReason)
    /// - acknowledge: there when the server asks for an acknowledgement.
    case event(SocketEvent, acknowledge: SocketAcknowledgement?)
    /// What the server's acknowledgement holds of an event that was sent with
    /// ``SocketClient/emitAndWrite(_:_:acknowledgedAs:timeout:)``.
    case acknowledged(SocketContent, tag: String)
}

/// The answer to an event, which the server waits for.
public struct SocketAcknowledgement: Sendable {
    let client: SocketClient
    let connection: UInt64
    let id: UInt64

    /// - Parameters:
    ///   - arguments: where a binary part belongs, `OutgoingEvent.binary(_:)` with its number.
    /// - Throws: as ``SocketClient/emit(_:replacing:)``; `notConnected` also when the connection that brought the event is
    ///   gone, even if there is another one.
    public func callAsFunction(
        _ arguments: JSONValue..., attachments: [[UInt8]] = []
    ) async throws(SendRefusal) {
        try await client.acknowledge(id, of: connection, arguments, attachments)
    }
}

/// Why there is no acknowledgement.
public enum AcknowledgementError: Error, Sendable, Hashable {
    /// The event was not sent.
    case notSent(SendRefusal)
    /// The server may have got the event, or not.
    case timedOut
    /// The connection ended before; the server may have got the event, or not.
    case connectionLost
    /// The waiting task was cancelled.
    case cancelled
}
