/// A client's side of one Engine.IO session on one transport, as a value: what arrives and time in, requests and frames out.
///
/// It knows nothing of sockets. Whoever drives it hands everything that arrives to it in order, carries out what it returns
/// in order, and hands it ``Input/tick`` at ``deadline``. It does not upgrade: a client tries the WebSocket first.
///
/// Source: "Engine.IO Protocol", revision 4.
public struct EngineClientSession: Sendable {
    public typealias Instant = ContinuousClock.Instant

    public enum Input: Sendable, Hashable {
        /// A packet arrived through the WebSocket.
        case frame(EnginePacket)
        /// The answer to the poll, whatever its status.
        case pollAnswered(status: Int, body: [UInt8])
        /// The answer to the post, whatever its status.
        case postAnswered(status: Int)
        /// The transport is gone, or what it brought can't be used.
        case failed(ClientCloseReason)
        /// Whether the WebSocket takes more at the moment.
        case writable(Bool)
        /// Time has passed; counts from ``deadline`` on.
        case tick
    }

    public enum Action: Sendable, Hashable {
        /// Send a GET, without a session's id the first time, and hand its answer in.
        case poll(sid: String?)
        /// Send a POST with this body and hand its answer in. There is never more than one under way.
        case post(sid: String, [UInt8])
        /// Send these packets through the WebSocket, in order.
        case send([EnginePacket])
        /// The server's handshake is there.
        case opened(EngineHandshake)
        /// Tell the layer above.
        case deliver(EngineMessage)
        /// Give up the poll that waits, close the WebSocket once everything is sent. Nothing follows.
        case ended(ClientCloseReason)
    }

    private enum Phase: Sendable, Hashable {
        case opening(until: Instant)
        case open
        /// Long polling only: what waits and the close are on their way.
        case closing(until: Instant)
        case ended
    }

    /// How long and how much a session bears.
    public struct Limits: Sendable, Hashable {
        /// How long the server may take for its handshake.
        public var handshakeTimeout: Duration
        /// How long the rest may take to go out after ``close(at:)``.
        public var closeTimeout: Duration
        /// What may wait for the transport, in bytes.
        public var maximumQueue: Int

        public init(
            handshakeTimeout: Duration = .seconds(20), closeTimeout: Duration = .seconds(2),
            maximumQueue: Int = 4_000_000
        ) {
            self.handshakeTimeout = handshakeTimeout
            self.closeTimeout = closeTimeout
            self.maximumQueue = maximumQueue
        }
    }

    public let transport: EngineTransport
    private let limits: Limits
    private var phase: Phase
    private var handshake: EngineHandshake?
    /// When the connection counts as lost unless a ping comes.
    private var pingDue: Instant
    private var isPolling = false
    private var isPosting = false
    private var isWritable = true
    private(set) var queue: OutgoingQueue
    /// An answer to a ping that waits for the next post.
    private var pong: [UInt8]?
    private var isCloseSent = false

    /// - Parameter now: when the time for the handshake begins.
    public init(transport: EngineTransport, limits: Limits = Limits(), at now: Instant) {
        self.transport = transport
        self.limits = limits
        phase = .opening(until: now + limits.handshakeTimeout)
        pingDue = now
        queue = OutgoingQueue(limit: limits.maximumQueue)
    }

    /// True between the handshake and the close.
    public var isOpen: Bool { phase == .open }

    /// True while nothing waits for the transport, and it would take more.
    public var isWritten: Bool { queue.isEmpty && isWritable && !isPosting }

    /// When ``Input/tick`` is due; nil once the session has ended.
    public var deadline: Instant? {
        switch phase {
        case .opening(let end), .closing(let end): end
        case .open: pingDue
        case .ended: nil
        }
    }

    /// The first thing to do. A WebSocket is opened by whoever drives this.
    public mutating func start() -> [Action] {
        guard transport == .polling, !isPolling else { return [] }
        isPolling = true
        return [.poll(sid: nil)]
    }

    /// - Returns: what is to be done, in order; nothing once the session has ended.
    public mutating func handle(_ input: Input, at now: Instant) -> [Action] {
        guard phase != .ended else { return [] }
        do throws(EngineProtocolError) {
            switch input {
            case .frame(let packet): return try receive(packet, at: now)
            case .pollAnswered(let status, let body): return try receivePoll(status, body, at: now)
            case .postAnswered(let status): return receivePost(status)
            case .failed(let reason): return end(reason)
            case .writable(let isWritable):
                self.isWritable = isWritable
                return flush()
            case .tick: return tick(at: now)
            }
        } catch {
            return end(.protocolError(error.expected))
        }
    }

    // MARK: Receiving

    private mutating func receivePoll(
        _ status: Int, _ body: [UInt8], at now: Instant
    ) throws(EngineProtocolError) -> [Action] {
        guard isPolling else { return [] }
        isPolling = false
        if case .closing = phase { return [] }
        guard status == 200 else { return end(.httpStatus(status)) }
        var actions: [Action] = []
        var reader = try PollingPayload.Reader(body)
        var count = 0
        while let packet = try reader.next() {
            count += 1
            guard count <= PollingPayload.maximumTaken else { return end(.tooLarge) }
            actions += try receive(packet, at: now)
        }
        if phase == .open, let handshake {
            isPolling = true
            actions.append(.poll(sid: handshake.sid))
        }
        return actions
    }

    private mutating func receivePost(_ status: Int) -> [Action] {
        guard isPosting else { return [] }
        isPosting = false
        guard status == 200 else { return end(.httpStatus(status)) }
        return isCloseSent ? end(.closedByClient) : flush()
    }

    private mutating func receive(_ packet: EnginePacket, at now: Instant) throws(EngineProtocolError) -> [Action] {
        switch (phase, packet) {
        case (.opening, .open(let json)):
            let handshake = try EngineHandshake(json: json)
            self.handshake = handshake
            phase = .open
            expectPing(at: now)
            return [.opened(handshake)]
        case (.opening, _): throw EngineProtocolError(expected: "a handshake first")
        case (.open, .message(let message)): return [.deliver(message)]
        case (.open, .ping(let text)):
            expectPing(at: now)
            if transport == .webSocket { return [.send([.pong(text)])] }
            pong = text
            return flush()
        case (.open, .close): return end(.closedByServer)
        case (.open, .noop), (.closing, _), (.ended, _): return []
        case (.open, .open), (.open, .pong), (.open, .upgrade):
            throw EngineProtocolError(expected: "a message, a ping or a close from a server")
        }
    }

    private mutating func expectPing(at now: Instant) {
        guard let handshake else { return }
        pingDue = now + .milliseconds(handshake.pingInterval) + .milliseconds(handshake.pingTimeout)
    }

    private mutating func tick(at now: Instant) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        switch phase {
        case .opening: return end(.handshakeTimeout)
        case .open: return end(.pingTimeout)
        case .closing: return end(.closedByClient)
        case .ended: return []
        }
    }

    // MARK: Sending

    /// Sends messages that belong together, at once or as soon as the transport takes them. None of them is ever sent alone.
    ///
    /// - Parameter slot: what still waits in that slot is replaced: only the newest counts.
    /// - Throws: when the session is not open, one of them is longer than the server takes, or too much waits. Nothing is
    ///   sent then.
    public mutating func send(
        _ messages: [EngineMessage], replacing slot: String? = nil
    ) throws(SendRefusal) -> [Action] {
        guard phase == .open, let handshake else { throw .notConnected }
        let isTooLong = messages.contains { length(of: .message($0)) > handshake.maxPayload }
        guard !isTooLong else { throw .tooLarge(limit: handshake.maxPayload) }
        guard queue.append(messages, replacing: slot) else { throw .queueFull }
        return flush()
    }

    private func length(of packet: EnginePacket) -> Int {
        transport == .polling ? PollingPayload.length(of: packet) - 1 : packet.length
    }

    private mutating func flush() -> [Action] {
        guard phase != .ended, let handshake else { return [] }
        switch transport {
        case .webSocket:
            guard isWritable, !queue.isEmpty else { return [] }
            return [.send(queue.takeAll())]
        case .polling:
            guard !isPosting else { return [] }
            let body = nextBody(within: handshake.maxPayload)
            guard !body.isEmpty else { return [] }
            isPosting = true
            return [.post(sid: handshake.sid, PollingPayload.body(of: body))]
        }
    }

    /// As many packets as one request may have; the close when nothing else is left.
    private mutating func nextBody(within limit: Int) -> [EnginePacket] {
        var packets: [EnginePacket] = []
        // The first packet has no separator.
        var room = limit + 1
        if let pong {
            packets.append(.pong(pong))
            room -= PollingPayload.length(of: .pong(pong))
            self.pong = nil
        }
        packets += queue.take(PollingPayload.maximumPackets - 1 - packets.count, within: room)
        if case .closing = phase, queue.isEmpty, !isCloseSent {
            packets.append(.close)
            isCloseSent = true
        }
        return packets
    }

    // MARK: Closing

    /// Closes the session once what waits is sent.
    public mutating func close(at now: Instant) -> [Action] {
        switch (phase, transport) {
        case (.ended, _), (.closing, _): return []
        case (.opening, _): return end(.closedByClient)
        case (.open, .webSocket):
            let packets = queue.takeAll() + [.close]
            return [.send(packets)] + end(.closedByClient)
        case (.open, .polling):
            phase = .closing(until: now + limits.closeTimeout)
            return flush()
        }
    }

    private mutating func end(_ reason: ClientCloseReason) -> [Action] {
        phase = .ended
        return [.ended(reason)]
    }
}

/// Why something can't be sent.
public enum SendRefusal: Error, Sendable, Hashable {
    /// The server has not accepted the client yet, or not any more.
    case notConnected
    /// A part of it is longer than the server takes, in bytes.
    case tooLarge(limit: Int)
    /// The server does not take what was sent before.
    case queueFull
    /// It is for another namespace than the client's.
    case wrongNamespace
}
