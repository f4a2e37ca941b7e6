import SocketIO

/// Which transport comes next, and when: a client's course from connection to connection, as a value.
struct ConnectionPlan: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Next: Sendable, Hashable {
        /// At once, by long polling: the WebSocket was refused.
        case fallBack
        case after(Duration)
        /// Not before the caller says so: the server does not want this client.
        case stop
    }

    let reconnectionDelay: ReconnectionDelay
    let transports: Set<EngineTransport>
    /// How long a server that refuses WebSockets is not asked for one.
    let webSocketPause: Duration
    private var failures = 0
    private var isFallingBack = false
    private var pollingUntil: Instant?

    init(reconnectionDelay: ReconnectionDelay, transports: Set<EngineTransport>, webSocketPause: Duration) {
        self.reconnectionDelay = reconnectionDelay
        self.transports = transports
        self.webSocketPause = webSocketPause
    }

    func transport(at now: Instant) -> EngineTransport {
        guard transports.contains(.webSocket) else { return .polling }
        guard transports.contains(.polling) else { return .webSocket }
        if isFallingBack { return .polling }
        return pollingUntil.map { now < $0 } ?? false ? .polling : .webSocket
    }

    /// The server has answered with its handshake. Only now it is sure that a WebSocket that failed before was refused, and
    /// not broken off with everything else.
    mutating func opened(at now: Instant) {
        if isFallingBack { pollingUntil = now + webSocketPause }
        isFallingBack = false
    }

    /// The server has accepted the CONNECT.
    mutating func connected() {
        failures = 0
    }

    /// - Parameter wasOpened: the server's handshake had come.
    mutating func ended(
        _ transport: EngineTransport, wasOpened: Bool, _ reason: ClientCloseReason, random: Double
    ) -> Next {
        isFallingBack = false
        switch reason {
        case .refused, .closedByClient: return .stop
        case .unreachable: break
        default:
            if transport == .webSocket, !wasOpened, transports.contains(.polling) {
                isFallingBack = true
                return .fallBack
            }
        }
        failures += 1
        return .after(reconnectionDelay.wait(after: failures, random: random))
    }
}
