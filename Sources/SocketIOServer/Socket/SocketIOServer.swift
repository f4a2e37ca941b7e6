public import Logging

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

    /// To be given to an ``UpgradableHTTPChannel``, and to be asked for the requests that are its own.
    public let engine: EngineServer

    public init(_ configuration: Configuration, application: any SocketIOApplication, logger: Logger) {
        engine = EngineServer(configuration.engine, logger: logger) { engine, request in
            SocketConnection(engine, request, configuration, application)
        }
    }
}
