public import JSON

/// A server's side of the Socket.IO connection that one Engine.IO session carries, as a value: messages in, what they mean
/// out. A connection has a socket in each namespace that it has joined.
///
/// Source: "Socket.IO Protocol", revision 5.
public struct SocketSession: Sendable {
    /// Monotonic: setting the clock closes no connection.
    public typealias Instant = ContinuousClock.Instant

    /// What is to be done, in the order of the array. Sockets go by their ids.
    public enum Action: Sendable, Hashable {
        /// Send this through the engine's session.
        case send(EngineMessage)
        /// The client wants to join: answer with ``accept(_:sid:)`` or ``refuse(_:message:)``.
        case admit(namespace: String, payload: JSONValue?)
        /// - Parameter acknowledgementID: for the answer that the client wants; nil for none.
        case event(sid: String, SocketEvent, acknowledgementID: UInt64?)
        /// The client has acknowledged the event of that id, if it says the truth: ids that were never given come too.
        case acknowledged(sid: String, id: UInt64, SocketContent)
        /// The client has left the namespace.
        case left(sid: String)
        /// Close the engine's session: the client speaks no protocol, or does not connect.
        case close(EngineProtocolError)
    }

    private enum Membership: Sendable, Hashable {
        case asked
        /// The client has left before it was answered; the answer goes nowhere.
        case withdrawn
        case joined(sid: String)
        /// Taken out by the server: what the client sent before it knew comes to nothing.
        case expelled
    }

    private let namespaces: Set<String>
    private var memberships: [String: Membership] = [:]
    private var assembler: SocketAssembler
    private var joined = 0
    private var refusals = 0
    /// When the first namespace must be joined, its admission included; nil once it is, or the connection is closed.
    public private(set) var deadline: Instant?
    private var isClosed = false

    /// CONNECTs of a connection that are answered with an error; a client does not ask on and on.
    public static let maximumRefusals = 32

    /// - Parameters:
    ///   - namespaces: those that exist; `/` is the default one.
    ///   - connectTimeout: how long a client may take to join the first.
    ///   - maximumAttachments: what the binary parts of a packet may have together, in bytes.
    public init(
        namespaces: Set<String>, connectTimeout: Duration, maximumAttachments: Int = 4_000_000, at now: Instant
    ) {
        self.namespaces = namespaces
        assembler = SocketAssembler(maximum: maximumAttachments)
        deadline = now + connectTimeout
    }

    /// True as long as the client is in no namespace: nobody knows who it is, or still has anything to do with it.
    public var isStranger: Bool { joined == 0 }

    /// The sockets' ids by namespace.
    public var sids: [String: String] {
        memberships.compactMapValues { if case .joined(let sid) = $0 { sid } else { nil } }
    }

    /// A message arrived. After ``Action/close(_:)`` all others are without effect.
    public mutating func receive(_ message: EngineMessage) -> [Action] {
        guard !isClosed else { return [] }
        do throws(EngineProtocolError) {
            guard let (packet, attachments) = try assembler.take(message) else {
                if let packet = assembler.announced { _ = try sid(packet) }
                return []
            }
            return try receive(packet, attachments)
        } catch {
            return close(error)
        }
    }

    /// Time has passed: closes a connection that has joined nothing by ``deadline``.
    public mutating func tick(at now: Instant) -> [Action] {
        guard !isClosed, let deadline, now >= deadline else { return [] }
        return close(EngineProtocolError(expected: "a CONNECT in time"))
    }

    private mutating func close(_ error: EngineProtocolError) -> [Action] {
        isClosed = true
        deadline = nil
        return [.close(error)]
    }

    private mutating func receive(
        _ packet: SocketPacket, _ attachments: [[UInt8]]
    ) throws(EngineProtocolError) -> [Action] {
        switch packet.kind {
        case .connect: return try connect(packet)
        case .disconnect:
            return leave(packet.namespace)
        case .event, .binaryEvent:
            guard let sid = try sid(packet) else { return [] }
            return [.event(sid: sid, SocketEvent(packet.content(attachments)), acknowledgementID: packet.id)]
        case .acknowledgement, .binaryAcknowledgement:
            guard let sid = try sid(packet), let id = packet.id else { return [] }
            return [.acknowledged(sid: sid, id: id, packet.content(attachments))]
        case .connectError: throw EngineProtocolError(expected: "no CONNECT_ERROR from a client")
        }
    }

    private mutating func connect(_ packet: SocketPacket) throws(EngineProtocolError) -> [Action] {
        let name = packet.namespace
        guard memberships[name] == nil || memberships[name] == .expelled else {
            throw EngineProtocolError(expected: "one CONNECT for a namespace")
        }
        guard namespaces.contains(name) else { return refused([.send(Self.error("Invalid namespace", in: name))]) }
        memberships[name] = .asked
        return [.admit(namespace: name, payload: packet.content([]).payload)]
    }

    private mutating func leave(_ namespace: String) -> [Action] {
        switch memberships[namespace] {
        case .joined(let sid):
            memberships[namespace] = nil
            joined -= 1
            return [.left(sid: sid)]
        case .expelled: memberships[namespace] = nil
        case .asked: memberships[namespace] = .withdrawn
        case .withdrawn, nil: break
        }
        return []
    }

    /// The socket of a packet; nil when the server has taken it out.
    /// - Throws: when the client has not joined: nobody speaks in a namespace before that.
    private func sid(_ packet: SocketPacket) throws(EngineProtocolError) -> String? {
        switch memberships[packet.namespace] {
        case .joined(let sid): return sid
        case .expelled: return nil
        case .asked, .withdrawn, nil: throw EngineProtocolError(expected: "a CONNECT to the namespace first")
        }
    }

    /// Another CONNECT came to nothing.
    private mutating func refused(_ answer: [Action]) -> [Action] {
        refusals += 1
        guard refusals > Self.maximumRefusals else { return answer }
        return close(EngineProtocolError(expected: "\(Self.maximumRefusals) refused CONNECTs at most"))
    }

    /// True when the client still waits for its answer.
    private mutating func takesAnswer(_ namespace: String) -> Bool {
        guard !isClosed else { return false }
        if memberships[namespace] == .withdrawn { memberships[namespace] = nil }
        return memberships[namespace] == .asked
    }

    /// Lets the client join.
    /// - Parameter sid: an id of its own, not the engine's.
    /// - Returns: nothing when it does not wait any more.
    public mutating func accept(_ namespace: String, sid: String) -> [Action] {
        guard takesAnswer(namespace) else { return [] }
        memberships[namespace] = .joined(sid: sid)
        joined += 1
        deadline = nil
        let payload = JSONWriter.bytes(of: .object(["sid": .string(sid)]), .compact)
        return [.send(SocketPacket.message(.connect, namespace: namespace, data: payload))]
    }

    /// Tells the client why it may not join. It may ask again.
    public mutating func refuse(_ namespace: String, message: String) -> [Action] {
        guard !isClosed else { return [] }
        guard takesAnswer(namespace) else { return refused([]) }
        memberships[namespace] = nil
        return refused([.send(Self.error(message, in: namespace))])
    }

    /// Takes the socket out of a namespace, if there is one. What the client has sent it meanwhile is ignored; it may join
    /// again.
    public mutating func disconnect(_ namespace: String) -> [Action] {
        guard !isClosed, case .joined = memberships[namespace] else { return [] }
        memberships[namespace] = .expelled
        joined -= 1
        return [.send(SocketPacket.message(.disconnect, namespace: namespace, data: []))]
    }

    private static func error(_ message: String, in namespace: String) -> EngineMessage {
        let payload = JSONWriter.bytes(of: .object(["message": .string(message)]), .compact)
        return SocketPacket.message(.connectError, namespace: namespace, data: payload)
    }
}

extension SocketContent {
    /// The payload of a CONNECT or CONNECT_ERROR; nil where there is none.
    var payload: JSONValue? {
        guard start < bytes.count else { return nil }
        var reader = reader
        var value: JSONValue?
        read { () throws(JSONError) in value = try reader.value() }
        return value
    }
}
