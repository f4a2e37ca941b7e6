/// A server's side of one Engine.IO session as a value: requests, frames and time in, answers and frames out.
///
/// It knows nothing of sockets. Whoever drives it keeps the long poll that waits, the WebSocket and the one that is tried
/// out, hands everything that arrives to it in order, carries out what it returns in order, and calls ``tick(at:)`` at
/// ``deadline``.
///
/// Source: "Engine.IO Protocol", revision 4; what is not said there is done as the JavaScript server 6 does.
public struct EngineSession: Sendable {
    /// Monotonic: setting the clock ends no session.
    public typealias Instant = ContinuousClock.Instant

    /// What is to be done, in the order of the array.
    public enum Action: Sendable, Hashable {
        /// Answer the poll that waits with this body.
        case answerPoll([UInt8])
        /// Answer the poll that was just handed in with 400; it does not wait.
        case refusePoll
        /// Answer the poll that waits with 400: the session is no more. Clients connect anew after that. After the packet
        /// `1` not all of them do: python-socketio takes it for the end.
        case failPoll
        /// Send these packets through the WebSocket, in order.
        case send([EnginePacket])
        /// Send a packet through the WebSocket that is tried out.
        case sendProbe(EnginePacket)
        /// The WebSocket that is tried out is the session's own from now on.
        case adoptProbe
        /// The WebSocket that is tried out comes to nothing: close it. Polling goes on, or the session ends.
        case closeProbe
        /// Close the WebSocket once everything is sent.
        case closeWebSocket
        /// Tell the layer above.
        case deliver(EngineMessage)
        /// Tell the layer above, which hears nothing more.
        case closed(EngineCloseReason)
        /// Forget the session; its id is unknown from now on.
        case ended
    }

    private enum Phase: Sendable, Hashable {
        case polling
        case webSocket
        /// Closed, but the client has not fetched its last packets yet.
        case draining(until: Instant, last: EnginePacket)
        case ended
    }

    private enum Probe: Sendable, Hashable {
        case opened(until: Instant)
        /// Answered: nothing but `noop` goes out by polling until the client upgrades, so that it is not pinged either.
        case answered(until: Instant)

        var end: Instant {
            switch self {
            case .opened(let end), .answered(let end): end
            }
        }
    }

    /// The session's id, which its client gives with every request.
    public let sid: String
    private let configuration: EngineConfiguration
    private var phase: Phase
    private var probe: Probe?
    /// True while a poll waits for its answer.
    public private(set) var isPollWaiting = false
    private var isWritable = true
    private var queue = PacketQueue()
    private var pingDue: Instant
    private var pongDue: Instant?

    /// How long a client may try a WebSocket out, from its opening to the upgrade.
    public static let upgradeTimeout = Duration.seconds(10)
    /// How many packets of a body are taken at a time.
    public static let packetsAtATime = 64
    /// How much may wait for a client before nothing more is read of it, in bytes.
    private static let maximumAnswers = 65_536

    /// The clock runs from here: the first ping is due after the interval, whether ``open()`` was called or not.
    /// - Parameter sid: an id that nobody can guess.
    public init(sid: String, transport: EngineTransport, configuration: EngineConfiguration, at now: Instant) {
        self.sid = sid
        self.configuration = configuration
        phase = transport == .polling ? .polling : .webSocket
        pingDue = now + configuration.pingInterval
    }

    /// The transport; nil once the session is closed.
    public var transport: EngineTransport? {
        switch phase {
        case .polling: .polling
        case .webSocket: .webSocket
        case .draining, .ended: nil
        }
    }

    /// True when HTTP requests may still come; after an upgrade they are an error.
    public var acceptsHTTP: Bool {
        switch phase {
        case .polling, .draining: true
        case .webSocket, .ended: false
        }
    }

    /// True while so much waits for the client, slots aside, that nothing more of it should be taken: most of it is answers,
    /// and who does not read them shall not ask for more.
    public var isBehind: Bool { queue.bytesOutsideSlots > Self.maximumAnswers && !isProbeAnswered }

    /// The handshake's answer. On polling the request that opened the session waits for it as a poll does.
    public mutating func open() -> [Action] {
        let transport = transport ?? .polling
        let packet = EnginePacket.open(configuration.handshake(sid: sid, transport: transport).json)
        return transport == .polling ? [.answerPoll(PollingPayload.body(of: [packet]))] : [.send([packet])]
    }

    // MARK: Polling

    /// A GET arrived. It waits until an ``Action/answerPoll(_:)`` comes, unless it is refused. A second one while one waits
    /// ends the session.
    public mutating func poll(at now: Instant) -> [Action] {
        switch phase {
        case .webSocket, .ended: return [.refusePoll]
        case .draining(_, let last):
            isPollWaiting = true
            return drain(last)
        case .polling:
            guard !isPollWaiting else { return close(.concurrentPolls) + [.refusePoll] }
            isPollWaiting = true
            return isProbeAnswered ? [answerPoll([.noop])] : flush()
        }
    }

    /// The client gave the waiting poll up: its session ends. Without effect when no poll waits.
    public mutating func pollCancelled() -> [Action] {
        guard isPollWaiting else { return [] }
        isPollWaiting = false
        return close(.transportClosed)
    }

    /// Takes the next ``packetsAtATime`` of a POST. It is answered with `ok` when all are taken, or ``acceptsHTTP`` is false,
    /// unless an error is thrown.
    /// - Throws: when it is to be answered with 400. ``fail(_:)`` then knows whether the session ends: it does after what is
    ///   no protocol, and goes on after a request that came when the session was on its WebSocket already.
    public mutating func post(
        _ body: inout PollingPayload.Reader, at now: Instant
    ) throws(EngineProtocolError) -> [Action] {
        guard acceptsHTTP else { throw EngineProtocolError(expected: "a session on polling", endsSession: false) }
        var actions: [Action] = []
        for _ in 0..<Self.packetsAtATime {
            guard acceptsHTTP, let packet = try body.next() else { break }
            actions += try receive(packet, at: now)
        }
        return actions
    }

    /// What the client sent is no protocol, or too long: the session ends, unless the error does not ask for that.
    public mutating func fail(_ error: EngineProtocolError) -> [Action] {
        error.endsSession ? close(.protocolError(error.expected)) : []
    }

    // MARK: WebSocket

    /// A packet arrived through the session's WebSocket.
    public mutating func frame(_ packet: EnginePacket, at now: Instant) -> [Action] {
        guard phase == .webSocket else { return [] }
        do throws(EngineProtocolError) {
            return try receive(packet, at: now)
        } catch {
            return fail(error)
        }
    }

    /// The session's WebSocket is closed, by whomever: the session ends.
    public mutating func webSocketClosed() -> [Action] {
        phase == .webSocket ? close(.transportClosed) : []
    }

    /// A WebSocket for this session was opened.
    /// - Returns: false when it is to be closed: the session has one already.
    public mutating func openProbe(at now: Instant) -> Bool {
        guard phase == .polling, probe == nil else { return false }
        probe = .opened(until: now + Self.upgradeTimeout)
        return true
    }

    /// A packet arrived through the WebSocket that is tried out. After ``Action/adoptProbe`` hand what comes to
    /// ``frame(_:at:)``.
    public mutating func probeFrame(_ packet: EnginePacket, at now: Instant) -> [Action] {
        guard phase == .polling, let probe else { return [] }
        switch (packet, probe) {
        case (.ping(EnginePacket.probe), .opened(let end)):
            self.probe = .answered(until: end)
            withdrawPing()
            return [.sendProbe(.pong(EnginePacket.probe))] + (isPollWaiting ? [answerPoll([.noop])] : [])
        case (.upgrade, .answered):
            self.probe = nil
            phase = .webSocket
            return (isPollWaiting ? [answerPoll([.noop])] : []) + [.adoptProbe] + flush()
        default:
            self.probe = nil
            return [.closeProbe] + flush()
        }
    }

    /// The WebSocket that was tried out is closed; polling goes on.
    public mutating func probeClosed() -> [Action] {
        guard probe != nil else { return [] }
        probe = nil
        return flush()
    }

    /// Whether the WebSocket takes more at the moment; until this is called, it does. While it does not, what is sent waits.
    public mutating func writabilityChanged(to isWritable: Bool) -> [Action] {
        self.isWritable = isWritable
        return isWritable ? flush() : []
    }

    // MARK: Sending and closing

    /// Sends a message, at once or as soon as the client can take it. A session with more than
    /// ``EngineConfiguration/maxQueue`` bytes waiting ends; one that is closed takes nothing.
    /// - Parameter slot: a message of that slot which still waits is replaced, in its place: only the newest counts. For
    ///   messages that are whole by themselves, not for events with attachments.
    public mutating func send(_ message: EngineMessage, replacing slot: String? = nil) -> [Action] {
        guard transport != nil else { return [] }
        queue.append(.message(message), replacing: slot)
        let actions = flush()
        return queue.bytes > configuration.maxQueue ? actions + close(.tooSlow) : actions
    }

    /// Closes the session from this side, once what waits is sent. On polling the client has the ping time-out to come for
    /// it, and for the close.
    public mutating func close(at now: Instant) -> [Action] {
        guard phase == .polling, !isPollWaiting else { return transport == nil ? [] : close(.serverClosed) }
        return drain(from: now, last: .close, .serverClosed)
    }

    /// Ends the session at once, since there is no room for it or the server stops: its client may come back.
    public mutating func abandon(_ reason: EngineCloseReason) -> [Action] { close(reason) }

    /// Closes a session on polling while no poll waits: the next one gets what is left, and the last packet.
    private mutating func drain(from now: Instant, last: EnginePacket, _ reason: EngineCloseReason) -> [Action] {
        phase = .draining(until: now + configuration.pingTimeout, last: last)
        let closesProbe = probe != nil
        probe = nil
        return (closesProbe ? [.closeProbe] : []) + [.closed(reason)]
    }

    // MARK: Time

    /// When ``tick(at:)`` is due; nil once the session has ended.
    public var deadline: Instant? {
        switch phase {
        case .ended: nil
        case .draining(let end, _): end
        case .polling, .webSocket:
            if let probe {
                min(probe.end, pongDue ?? (isProbeAnswered ? probe.end : pingDue))
            } else {
                pongDue ?? pingDue
            }
        }
    }

    /// Time has passed: pings, and ends what took too long. Without effect before ``deadline``.
    public mutating func tick(at now: Instant) -> [Action] {
        switch phase {
        case .ended: return []
        case .draining(let end, _):
            return now >= end ? self.end() : []
        case .polling, .webSocket: break
        }
        if let pongDue, now >= pongDue { return close(.pingTimeout) }
        var actions: [Action] = []
        if let probe, now >= probe.end {
            self.probe = nil
            actions = [.closeProbe]
        }
        if pongDue == nil, now >= pingDue, !isProbeAnswered {
            pongDue = now + configuration.pingTimeout
            queue.append(.ping([]))
        }
        return actions + flush()
    }

    // MARK: Inside

    private mutating func receive(_ packet: EnginePacket, at now: Instant) throws(EngineProtocolError) -> [Action] {
        switch packet {
        case .message(let message): return transport == nil ? [] : [.deliver(message)]
        case .pong:
            pongDue = nil
            pingDue = now + configuration.pingInterval
            return []
        case .close:
            guard phase == .polling, !isPollWaiting else { return close(.clientClosed) }
            // The client's last poll may be on its way, on another connection.
            queue.removeAll()
            return drain(from: now, last: .noop, .clientClosed)
        case .open, .ping, .upgrade, .noop:
            throw EngineProtocolError(expected: "a message, a pong or a close from a client")
        }
    }

    private var isProbeAnswered: Bool {
        if case .answered = probe { true } else { false }
    }

    /// Takes back a ping that the client has not got, and can't get before the probe is over; the next one follows then.
    private mutating func withdrawPing() {
        guard pongDue != nil, queue.removeLast(.ping([])) else { return }
        pongDue = nil
    }

    /// Sends what waits, if it can go now.
    private mutating func flush() -> [Action] {
        guard !queue.isEmpty else { return [] }
        switch phase {
        case .webSocket where isWritable: return [.send(queue.takeAll())]
        case .polling where isPollWaiting && !isProbeAnswered: return [answerPoll(takeBody())]
        default: return []
        }
    }

    /// Answers a poll after the close: the last packet is the close.
    private mutating func drain(_ last: EnginePacket) -> [Action] {
        var packets = takeBody()
        let length = packets.reduce(-1) { $0 + PollingPayload.length(of: $1) } + PollingPayload.length(of: last)
        let hasRoom = packets.count < PollingPayload.maximumPackets && length <= configuration.maxPayload
        guard queue.isEmpty, packets.isEmpty || hasRoom else { return [answerPoll(packets)] }
        packets.append(last)
        phase = .ended
        return [answerPoll(packets), .ended]
    }

    private mutating func takeBody() -> [EnginePacket] {
        queue.takeBody(of: PollingPayload.maximumPackets, within: configuration.maxPayload)
    }

    private mutating func answerPoll(_ packets: [EnginePacket]) -> Action {
        isPollWaiting = false
        return .answerPoll(PollingPayload.body(of: packets))
    }

    private mutating func close(_ reason: EngineCloseReason) -> [Action] {
        guard transport != nil else { return phase == .ended ? [] : end() }
        var actions: [Action] = []
        if isPollWaiting { actions.append(lastAnswer(reason)) }
        if probe != nil { actions.append(.closeProbe) }
        if phase == .webSocket {
            if reason == .serverClosed, !queue.isEmpty { actions.append(.send(queue.takeAll())) }
            actions.append(.closeWebSocket)
        }
        return actions + [.closed(reason)] + end()
    }

    /// Only who asked for the end, or broke the rule of one poll at a time, is told of it as of an end.
    private mutating func lastAnswer(_ reason: EngineCloseReason) -> Action {
        switch reason {
        case .clientClosed: return answerPoll([.noop])
        case .serverClosed, .concurrentPolls: return answerPoll([.close])
        case .transportClosed, .pingTimeout, .protocolError, .tooSlow, .crowdedOut, .serverStopping:
            isPollWaiting = false
            return .failPoll
        }
    }

    private mutating func end() -> [Action] {
        phase = .ended
        probe = nil
        queue.removeAll()
        return [.ended]
    }
}
