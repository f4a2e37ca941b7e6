public import JSON

/// A client's side of one Socket.IO connection with one namespace, and of the Engine.IO session below, as a value.
///
/// It is driven as ``EngineClientSession`` is.
///
/// Source: "Socket.IO Protocol", revision 5.
public struct SocketClientSession: Sendable {
    public typealias Instant = ContinuousClock.Instant

    public enum Action: Sendable {
        /// Carry these out as ``EngineClientSession/Action`` says.
        case poll(sid: String?)
        case post(sid: String, [UInt8])
        case send([EnginePacket])
        /// The engine's handshake is there.
        case opened
        /// The client has joined its namespace: events may go both ways.
        case connected(sid: String)
        /// The server refuses the CONNECT.
        case refused(message: String)
        /// An event of the server; with an id it asks for ``acknowledge(_:_:attachments:at:)``.
        case event(SocketEvent, acknowledgementID: UInt64?)
        /// The server has acknowledged the event of that id.
        case acknowledged(id: UInt64, SocketContent)
        /// As ``EngineClientSession/Action/ended(_:)``.
        case ended(ClientCloseReason)
    }

    private enum Phase: Sendable, Hashable {
        case joining
        case joined
        /// Nothing that comes counts any more; the engine's session ends for this reason.
        case leaving(ClientCloseReason)
    }

    public let namespace: String
    private let payload: JSONValue?
    private let maximumPacket: Int
    private let joinDue: Instant
    private var engine: EngineClientSession
    private var assembler = SocketAssembler()
    private var waitingBytes = 0
    private var phase = Phase.joining
    private var nextID: UInt64 = 0

    /// - Parameters:
    ///   - payload: of the CONNECT; an object.
    ///   - maximumPacket: what a packet may have with all its attachments, in bytes.
    public init(
        transport: EngineTransport, namespace: String = "/", payload: JSONValue?, limits: EngineClientSession.Limits,
        maximumPacket: Int, at now: Instant
    ) {
        self.namespace = namespace
        self.payload = payload
        self.maximumPacket = maximumPacket
        joinDue = now + limits.handshakeTimeout
        engine = EngineClientSession(transport: transport, limits: limits, at: now)
    }

    public var transport: EngineTransport { engine.transport }
    /// True between the server's answer to the CONNECT and the end.
    public var isConnected: Bool { phase == .joined && engine.isOpen }

    /// As ``EngineClientSession/isWritten``.
    public var isWritten: Bool { engine.isWritten }

    /// When ``EngineClientSession/Input/tick`` is due; nil once the session has ended.
    public var deadline: Instant? {
        guard let deadline = engine.deadline else { return nil }
        return phase == .joining ? min(deadline, joinDue) : deadline
    }

    /// As ``EngineClientSession/start()``.
    public mutating func start(at now: Instant) -> [Action] { carry(engine.start(), at: now) }

    /// As ``EngineClientSession/handle(_:at:)``.
    public mutating func handle(_ input: EngineClientSession.Input, at now: Instant) -> [Action] {
        if input == .tick, phase == .joining, now >= joinDue {
            return carry(engine.handle(.failed(.handshakeTimeout), at: now), at: now)
        }
        return carry(engine.handle(input, at: now), at: now)
    }

    // MARK: Sending

    /// - Throws: see ``EngineClientSession/send(_:replacing:)``; also until the client has joined.
    public mutating func send(
        _ event: OutgoingEvent, replacing slot: String? = nil, at now: Instant
    ) throws(SendRefusal) -> [Action] {
        guard event.namespace == namespace else { throw .wrongNamespace }
        guard phase == .joined else { throw .notConnected }
        return carry(try engine.send(event.messages, replacing: slot), at: now)
    }

    /// Sends an event that asks for an acknowledgement.
    /// - Returns: the id that ``Action/acknowledged(id:_:)`` will have, beside what is to be done.
    public mutating func sendWithAcknowledgement(
        _ name: String, _ arguments: [JSONValue], attachments: [[UInt8]], at now: Instant
    ) throws(SendRefusal) -> (id: UInt64, actions: [Action]) {
        let id = nextID
        let event = OutgoingEvent(name, arguments, attachments: attachments, namespace: namespace, id: id)
        let actions = try send(event, at: now)
        nextID += 1
        return (id, actions)
    }

    /// Acknowledges an event that asked for it.
    public mutating func acknowledge(
        _ id: UInt64, _ arguments: [JSONValue], attachments: [[UInt8]], at now: Instant
    ) throws(SendRefusal) -> [Action] {
        let acknowledgement = OutgoingEvent(
            acknowledging: id, arguments, attachments: attachments, namespace: namespace)
        return try send(acknowledgement, at: now)
    }

    /// What still waits in slots, in order: it may go out by the next connection.
    public var unsent: [(slot: String, event: OutgoingEvent)] {
        engine.queue.groups.compactMap { group in
            group.slot.map { ($0, OutgoingEvent(namespace: namespace, messages: Array(group.messages))) }
        }
    }

    /// Leaves the namespace and closes the engine's session.
    public mutating func close(at now: Instant) -> [Action] {
        var actions: [Action] = []
        if phase == .joined {
            let farewell = SocketPacket.message(.disconnect, namespace: namespace, data: [])
            actions = tell([farewell], at: now)
        }
        return actions + leave(.closedByClient, at: now)
    }

    /// Ends the session at once.
    public mutating func fail(_ reason: ClientCloseReason, at now: Instant) -> [Action] {
        handle(.failed(reason), at: now)
    }

    // MARK: Inside

    private mutating func carry(_ actions: [EngineClientSession.Action], at now: Instant) -> [Action] {
        var carried: [Action] = []
        for action in actions {
            switch action {
            case .poll(let sid): carried.append(.poll(sid: sid))
            case .post(let sid, let body): carried.append(.post(sid: sid, body))
            case .send(let packets): carried.append(.send(packets))
            case .opened:
                let data = payload.map { JSONWriter.bytes(of: $0, .compact) } ?? []
                carried.append(.opened)
                carried += tell([SocketPacket.message(.connect, namespace: namespace, data: data)], at: now)
            case .deliver(let message): carried += receive(message, at: now)
            case .ended(let reason):
                if case .leaving(let own) = phase {
                    carried.append(.ended(own))
                } else {
                    carried.append(.ended(reason))
                }
                phase = .leaving(reason)
            }
        }
        return carried
    }

    /// Sends what belongs to the connection itself, which ends when that can't be sent.
    private mutating func tell(_ messages: [EngineMessage], at now: Instant) -> [Action] {
        do throws(SendRefusal) {
            return carry(try engine.send(messages), at: now)
        } catch {
            return carry(engine.handle(.failed(.protocolError("room for a packet")), at: now), at: now)
        }
    }

    private mutating func leave(_ reason: ClientCloseReason, at now: Instant) -> [Action] {
        if case .leaving = phase { return [] }
        phase = .leaving(reason)
        return carry(engine.close(at: now), at: now)
    }

    private mutating func receive(_ message: EngineMessage, at now: Instant) -> [Action] {
        if case .leaving = phase { return [] }
        waitingBytes += message.content.count
        guard waitingBytes <= maximumPacket else { return fail(.tooLarge, at: now) }
        do throws(EngineProtocolError) {
            guard let (packet, attachments) = try assembler.take(message) else { return [] }
            waitingBytes = 0
            return try receive(packet, attachments, at: now)
        } catch {
            return fail(.protocolError(error.expected), at: now)
        }
    }

    private mutating func receive(
        _ packet: SocketPacket, _ attachments: [[UInt8]], at now: Instant
    ) throws(EngineProtocolError) -> [Action] {
        guard packet.namespace == namespace else {
            throw EngineProtocolError(expected: "packets of the namespace \(namespace)")
        }
        let content = packet.content(attachments)
        switch (packet.kind, phase) {
        case (.connect, .joining):
            guard let sid = content.payload?.object?["sid"]?.text else {
                throw EngineProtocolError(expected: "a socket's id")
            }
            phase = .joined
            return [.connected(sid: sid)]
        case (.connectError, .joining):
            let message = content.payload?.object?["message"]?.text ?? content.payload?.text
            return [.refused(message: message ?? "refused")] + leave(.refused, at: now)
        case (.disconnect, _): return leave(.disconnectedByServer, at: now)
        case (.event, .joined), (.binaryEvent, .joined):
            return [.event(SocketEvent(content), acknowledgementID: packet.id)]
        case (.acknowledgement, .joined), (.binaryAcknowledgement, .joined):
            return packet.id.map { [.acknowledged(id: $0, content)] } ?? []
        default: throw EngineProtocolError(expected: "an answer to the CONNECT first, and once")
        }
    }
}

extension OutgoingEvent {
    /// Messages that were made before.
    fileprivate init(namespace: String, messages: [EngineMessage]) {
        self.namespace = namespace
        self.messages = messages
    }

    fileprivate init(
        _ name: String, _ arguments: [JSONValue], attachments: [[UInt8]], namespace: String, id: UInt64
    ) {
        let data = JSONWriter.bytes(of: .array([.string(name)] + arguments), .compact)
        let kind = attachments.isEmpty ? SocketPacket.Kind.event : .binaryEvent
        let packet = SocketPacket.message(
            kind, namespace: namespace, id: id, attachments: attachments.count, data: data)
        self.init(namespace: namespace, messages: [packet] + attachments.map { .binary($0) })
    }

    /// What it takes of memory while it waits, in bytes.
    package var byteCount: Int { messages.reduce(0) { $0 + OutgoingQueue.bytes(of: $1) } }
}

extension SocketContent {
    /// What it takes of memory while it waits, in bytes.
    package var byteCount: Int { attachments.reduce(bytes.count + 64) { $0 + $1.count } }
}
