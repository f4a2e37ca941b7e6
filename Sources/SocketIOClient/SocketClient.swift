public import JSON
import Logging
public import NIOCore
import NIOPosix
public import SocketIO

/// A client of a Socket.IO server, in one namespace: it connects, stays connected, and connects again.
///
/// It lives on one event loop, and so do its connections. Whoever makes one ends it with ``close()``.
///
/// What is sent waits in a queue with a limit, and only while there is a connection: an event that can't go out is refused,
/// unless it is for a slot. Of a slot the newest event is kept, also without a connection, and goes out at the next one.
///
/// What comes waits for the reader of ``events`` within the configuration's limits. When they are reached the connection ends
/// with `disconnected(.consumerTooSlow)`, and the next one is made once everything has been taken out: nothing is left out
/// in between, and what was missed afterwards is as after any other loss of a connection.
public actor SocketClient {
    enum Phase {
        case idle
        /// The payload is asked for.
        case preparing(Task<Void, Never>)
        /// There is a connection, or it is being made.
        case running
        /// Lost, until the time or the reader has come so far.
        case waiting(Scheduled<Void>?)
        case refused
    }

    /// What an attempt needs, whatever the transport.
    struct Admission {
        let payload: JSONValue?
        let tls: TLSMaterial?
    }

    struct Connection {
        let admission: Admission
        let transport: any ClientTransport
        var session: SocketClientSession
        var wasOpened = false
        var refusal: String?
        var timer: (due: ContinuousClock.Instant, task: Scheduled<Void>)?
    }

    struct SentEvent: Hashable {
        let connection: UInt64
        let id: UInt64
    }

    struct Waiter {
        enum Recipient {
            case task(CheckedContinuation<Result<SocketContent, AcknowledgementError>, Never>)
            case listener(tag: String)
        }

        let recipient: Recipient
        let timer: Scheduled<Void>
    }

    let configuration: SocketClientConfiguration
    let loop: any EventLoop
    let mailbox: EventMailbox
    var phase = Phase.idle
    var connection: Connection?
    var isClosed = false
    /// The number of the connection, or of the attempt to make one; what belongs to another one does not count any more.
    var number: UInt64 = 0
    var plan: ConnectionPlan
    var tls: TLSMaterial?
    var held: HeldEvents
    var waiters: [SentEvent: Waiter] = [:]
    /// The listener knows that there is no connection.
    var isKnownDown = false
    /// Actions are carried out one input after the other; what comes meanwhile waits here.
    var inputs: [EngineClientSession.Input] = []
    var isCarryingOut = false
    /// What is left of connections until they are gone.
    var remains: [UInt64: EventLoopFuture<Void>] = [:]
    /// Who waits until everything is written; they get false when the connection ends before.
    var writings: [CheckedContinuation<Bool, Never>] = []
    /// Who waits for the end of the connection.
    var endings: [CheckedContinuation<Void, Never>] = []

    /// What happens, for one reader. It ends after ``close()``, or with the task that reads it.
    public nonisolated let events: AsyncStream<SocketClientEvent>

    private nonisolated let executor: any SerialExecutor

    /// The event loop: what calls the client from there may assume its isolation.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameter loop: one of a group that outlives the client; without one, a loop of the process's own group.
    public init(_ configuration: SocketClientConfiguration, on loop: (any EventLoop)? = nil) {
        let loop = loop ?? MultiThreadedEventLoopGroup.singleton.next()
        self.configuration = configuration
        self.loop = loop
        executor = loop.executor
        let mailbox = EventMailbox(
            maximumEvents: configuration.maximumWaitingEvents, maximumBytes: configuration.maximumWaitingBytes)
        self.mailbox = mailbox
        events = AsyncStream { await mailbox.next() }
        held = HeldEvents(limit: configuration.maximumQueue)
        plan = ConnectionPlan(
            reconnectionDelay: configuration.reconnectionDelay, transports: configuration.transports,
            webSocketPause: configuration.webSocketPause)
    }

    /// True between `connected` and what ends the connection.
    public var isConnected: Bool { connection?.session.isConnected ?? false }

    /// Connects: for the first time, after a refusal, or at once while the client waits for its next attempt. Does nothing
    /// while there is a connection or one is made, nor after ``close()``.
    public func reconnect() {
        guard !isClosed else { return }
        switch phase {
        case .idle, .refused: attempt()
        case .waiting(let timer):
            timer?.cancel()
            attempt()
        case .preparing, .running: break
        }
    }

    /// Leaves the server, ends ``events`` after what waits there, and returns when no connection is left. What still waits
    /// to be sent has the time for closing. Calls that wait for acknowledgements fail.
    public func close() async {
        isClosed = true
        switch phase {
        case .preparing(let task): task.cancel()
        case .waiting(let timer): timer?.cancel()
        case .running: perform { session, now in session.close(at: now) }
        case .idle, .refused: break
        }
        if connection != nil {
            await withCheckedContinuation { endings.append($0) }
        }
        while let (number, gone) = remains.first {
            await withCheckedContinuation { continuation in
                gone.whenComplete { _ in continuation.resume() }
            }
            remains[number] = nil
        }
        mailbox.finish()
    }

    // MARK: Sending

    /// Sends an event, at once or as soon as the connection takes it. Nothing says that the server has got it.
    ///
    /// - Parameter slot: what still waits in that slot is replaced, and while there is no connection the event is kept: only
    ///   the newest counts. Without a slot an event is refused while there is no connection.
    /// - Throws: when the event is neither sent nor kept.
    public func emit(_ event: OutgoingEvent, replacing slot: String? = nil) throws(SendRefusal) {
        guard event.namespace == configuration.namespace else { throw .wrongNamespace }
        if isConnected {
            try perform { session, now throws(SendRefusal) in
                try session.send(event, replacing: slot, at: now)
            }
        } else {
            guard let slot, !isClosed else { throw .notConnected }
            try held.hold(event, in: slot)
        }
    }

    /// Sends an event and returns when it has been written, but for what the system takes in one go: whoever sends one after
    /// the other sends no faster than the line takes them.
    ///
    /// - Throws: as ``emit(_:replacing:)``; `notConnected` also when the connection ends before.
    public func emitAndWrite(_ event: OutgoingEvent) async throws(SendRefusal) {
        try emit(event)
        try await written()
    }

    /// As ``emitAndWrite(_:)``. The server's acknowledgement comes as ``SocketClientEvent/acknowledged(_:tag:)`` in its place
    /// among the ``events``, unless the time is over or the connection ends before.
    public func emitAndWrite(
        _ name: String, _ arguments: JSONValue..., acknowledgedAs tag: String, timeout: Duration = .seconds(10)
    ) async throws(SendRefusal) {
        let sent = try send(name, arguments, attachments: [])
        // What was just sent may have ended the connection.
        guard sent.connection == number, isConnected else { throw .notConnected }
        let timer = after(timeout) { $0.answer(sent, .failure(.timedOut)) }
        waiters[sent] = Waiter(recipient: .listener(tag: tag), timer: timer)
        try await written()
    }

    private func written() async throws(SendRefusal) {
        // What was just sent may have ended the connection.
        guard let connection, isConnected else { throw .notConnected }
        if connection.session.isWritten { return }
        guard await withCheckedContinuation({ writings.append($0) }) else { throw .notConnected }
    }

    /// Sends an event and waits until the server acknowledges it.
    ///
    /// - Parameters:
    ///   - arguments: where a binary part belongs, `OutgoingEvent.binary(_:)` with its number.
    /// - Returns: what the server's acknowledgement holds.
    public func emitWithAcknowledgement(
        _ name: String, _ arguments: JSONValue..., attachments: [[UInt8]] = [], timeout: Duration = .seconds(10)
    ) async throws(AcknowledgementError) -> SocketContent {
        let sent: SentEvent
        do throws(SendRefusal) {
            sent = try send(name, arguments, attachments: attachments)
        } catch {
            throw .notSent(error)
        }
        return try await acknowledgement(of: sent, within: timeout).get()
    }

    private func send(
        _ name: String, _ arguments: [JSONValue], attachments: [[UInt8]]
    ) throws(SendRefusal) -> SentEvent {
        guard isConnected else { throw .notConnected }
        let connection = number
        var given: UInt64 = 0
        try perform { session, now throws(SendRefusal) in
            let (id, actions) = try session.sendWithAcknowledgement(name, arguments, attachments: attachments, at: now)
            given = id
            return actions
        }
        return SentEvent(connection: connection, id: given)
    }

    func acknowledge(
        _ id: UInt64, of connection: UInt64, _ arguments: [JSONValue], _ attachments: [[UInt8]]
    ) throws(SendRefusal) {
        guard connection == number, isConnected else { throw .notConnected }
        try perform { session, now throws(SendRefusal) in
            try session.acknowledge(id, arguments, attachments: attachments, at: now)
        }
    }

    // MARK: Acknowledgements

    private func acknowledgement(
        of sent: SentEvent, within timeout: Duration
    ) async -> Result<SocketContent, AcknowledgementError> {
        // What was just sent may have ended the connection.
        guard sent.connection == number, isConnected else { return .failure(.connectionLost) }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let timer = after(timeout) { $0.answer(sent, .failure(.timedOut)) }
                waiters[sent] = Waiter(recipient: .task(continuation), timer: timer)
            }
        } onCancel: {
            // Comes after the lines above, which run on the loop without a pause.
            loop.execute { self.assumeIsolated { $0.answer(sent, .failure(.cancelled)) } }
        }
    }

    func answer(_ sent: SentEvent, _ result: Result<SocketContent, AcknowledgementError>) {
        guard let waiter = waiters.removeValue(forKey: sent) else { return }
        waiter.timer.cancel()
        switch (waiter.recipient, result) {
        case (.task(let continuation), _): continuation.resume(returning: result)
        case (.listener(let tag), .success(let content)):
            deliver(.acknowledged(content, tag: tag), bytes: content.byteCount)
        case (.listener, .failure): break
        }
    }

    func after(_ duration: Duration, _ body: @escaping @Sendable (isolated SocketClient) -> Void) -> Scheduled<Void> {
        loop.scheduleTask(in: TimeAmount(duration)) { self.assumeIsolated { body($0) } }
    }
}
