public import JSON

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
