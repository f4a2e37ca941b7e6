import JSON

/// What a server tells a client that opens a session. Times are whole milliseconds.
public struct EngineHandshake: Sendable, Hashable {
    /// What a client takes for the limit of a server that names none, or a larger one, in bytes: sums with it stay far from
    /// what an `Int` can hold.
    public static let largestPayload = Int(Int32.max)
    /// Bytes: it is a part of every request's address.
    public static let longestID = 1024

    /// The session's id.
    public let sid: String
    /// The transports that the session may be upgraded to.
    public let upgrades: [String]
    /// How long after the last answer the server pings again.
    public let pingInterval: Int
    /// How long the client has to answer; the client waits for a ping no longer than both together.
    public let pingTimeout: Int
    /// The longest body of a request, in bytes.
    public let maxPayload: Int

    public init(sid: String, upgrades: [String], pingInterval: Int, pingTimeout: Int, maxPayload: Int) {
        self.sid = sid
        self.upgrades = upgrades
        self.pingInterval = pingInterval
        self.pingTimeout = pingTimeout
        self.maxPayload = maxPayload
    }

    /// Its JSON, with exactly the five keys of the protocol.
    public var json: [UInt8] {
        JSONWriter.bytes(
            of: .object([
                "sid": .string(sid), "upgrades": .array(upgrades.map { .string($0) }),
                "pingInterval": .number(pingInterval), "pingTimeout": .number(pingTimeout),
                "maxPayload": .number(maxPayload),
            ]), .compact)
    }

    /// Reads a server's JSON. Keys that are not known are ignored; without `maxPayload` it is ``largestPayload``.
    /// - Throws: when the session id is empty or longer than ``longestID``, or a time is not from 1 ms to a day.
    public init(json: [UInt8]) throws(EngineProtocolError) {
        do {
            let fields = try JSONFields(try JSONReader.value(of: json))
            let upgrades = fields["upgrades"]?.array ?? []
            self.init(
                sid: try fields.text("sid"), upgrades: upgrades.compactMap(\.text),
                pingInterval: try fields.integer("pingInterval"), pingTimeout: try fields.integer("pingTimeout"),
                maxPayload: min(try fields.optionalInteger("maxPayload") ?? Self.largestPayload, Self.largestPayload))
        } catch {
            throw EngineProtocolError(expected: "a handshake")
        }
        guard (1...Self.longestID).contains(sid.utf8.count), (1...86_400_000).contains(pingInterval),
            (1...86_400_000).contains(pingTimeout),
            maxPayload > 0
        else { throw EngineProtocolError(expected: "a handshake with a session id and positive times") }
    }
}

/// The transports of Engine.IO that are spoken here.
public enum EngineTransport: String, Sendable, Hashable {
    case polling
    case webSocket = "websocket"
}

/// The settings of a server's sessions. Clients are told the times in whole milliseconds, from one to a day.
public struct EngineConfiguration: Sendable, Hashable {
    /// How long after the last answer the server pings again.
    public var pingInterval: Duration
    /// How long it waits for that answer.
    public var pingTimeout: Duration
    /// The longest body of a request, and the longest frame, in bytes.
    public var maxPayload: Int
    /// What a session may have waiting for its client, in bytes, 64 more for each packet; one that falls further behind is
    /// closed.
    public var maxQueue: Int

    public init(
        pingInterval: Duration = .seconds(25), pingTimeout: Duration = .seconds(20), maxPayload: Int = 1_000_000,
        maxQueue: Int = 4_000_000
    ) {
        self.pingInterval = pingInterval
        self.pingTimeout = pingTimeout
        self.maxPayload = maxPayload
        self.maxQueue = maxQueue
    }

    func handshake(sid: String, transport: EngineTransport) -> EngineHandshake {
        EngineHandshake(
            sid: sid, upgrades: transport == .polling ? [EngineTransport.webSocket.rawValue] : [],
            pingInterval: pingInterval.handshakeMilliseconds, pingTimeout: pingTimeout.handshakeMilliseconds,
            maxPayload: maxPayload)
    }
}

extension Duration {
    /// Whole milliseconds, from one to those of a day: clients take no others.
    fileprivate var handshakeMilliseconds: Int {
        guard self > .zero, self < .seconds(86_400) else { return self > .zero ? 86_400_000 : 1 }
        let (seconds, attoseconds) = components
        return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}
