public import JSON
public import Logging
public import SocketIO

/// What a client connects to, and within which limits. Every limit holds for one client.
public struct SocketClientConfiguration: Sendable {
    /// Whose certificates are trusted. The server's name is verified always.
    public enum Trust: Sendable, Hashable {
        /// The roots that the system trusts.
        case system
        /// These alone, as PEM.
        case certificates([UInt8])
    }

    /// The server; its scheme says whether TLS is used.
    public var url: SocketServerURL
    /// Begins and ends with a slash.
    public var path = "/socket.io/"
    /// The one namespace that the client joins; begins with a slash.
    public var namespace = "/"
    /// Headers of every request, for example `Authorization`.
    public var headers: [(name: String, value: String)] = []
    /// With both, the WebSocket comes first, and long polling where it is refused.
    public var transports: Set<EngineTransport> = [.webSocket, .polling]
    /// Counts for `https` alone.
    public var trust = Trust.system
    /// What every connection goes through; nil: straight to the server.
    public var proxy: SocketProxy?
    /// Asked for the payload of the CONNECT, an object, before every connection.
    public var payload: @Sendable () async -> JSONValue?
    /// The waits between attempts. They begin anew after a CONNECT that was accepted.
    public var reconnectionDelay = ReconnectionDelay()
    /// From 0 to 1: what is drawn for every wait.
    public var random: @Sendable () -> Double = { Double.random(in: 0...1) }
    /// How long a server that refused a WebSocket is not asked for one, when connections end meanwhile.
    public var webSocketPause = Duration.seconds(300)
    /// How long a connection of TCP may take.
    public var connectTimeout = Duration.seconds(10)
    /// How long it may take until the server has accepted the CONNECT, from the beginning.
    public var handshakeTimeout = Duration.seconds(20)
    /// How long the last messages and the close may take.
    public var closeTimeout = Duration.seconds(2)
    /// What a frame, a message, or an event with all it carries may have, in bytes.
    public var maximumMessage = 1_000_000
    /// What an answer to a poll may have, in bytes: servers put several messages into one.
    public var maximumAnswer = 16_000_000
    /// What may wait to be sent, in bytes; what waits in slots without a connection may be as much.
    public var maximumQueue = 4_000_000
    /// How many events may wait to be taken out of the stream, and how many bytes they may have together.
    public var maximumWaitingEvents = 256
    public var maximumWaitingBytes = 8_000_000
    /// Gets attempts that fail, as debug, and events that are given up, as warnings. Never a payload or a header.
    public var logger: Logger

    /// Everything else has a default.
    public init(
        url: SocketServerURL, logger: Logger = Logger(label: "SocketIOClient"),
        payload: @escaping @Sendable () async -> JSONValue? = { nil }
    ) {
        self.url = url
        self.logger = logger
        self.payload = payload
    }

    var limits: EngineClientSession.Limits {
        EngineClientSession.Limits(
            handshakeTimeout: handshakeTimeout, closeTimeout: closeTimeout, maximumQueue: maximumQueue)
    }

    /// The target of a request.
    func target(_ transport: EngineTransport, sid: String?) -> String {
        let unreserved = (sid ?? "").utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                String(UnicodeScalar(byte))
            default: "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }
        }
        let session = sid == nil ? "" : "&sid=" + unreserved.joined()
        return "\(path)?EIO=4&transport=\(transport.rawValue)\(session)"
    }
}
