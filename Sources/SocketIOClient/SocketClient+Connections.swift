import JSON
import Logging
import NIOCore
import SocketIO

/// The client's course: attempts, what a connection's session says, and what follows its end.
extension SocketClient {
    /// Asks for a payload, and connects with it.
    func attempt() {
        number += 1
        let number = number
        phase = .preparing(
            Task {
                let payload = await configuration.payload()
                do {
                    let admission = Admission(payload: payload, tls: try await material())
                    if isPreparing(number) { connect(admission) }
                } catch {
                    guard isPreparing(number) else { return }
                    follow(.unreachable("\(error)"), plan.transport(at: .now), wasOpened: false)
                }
            })
    }

    private func isPreparing(_ number: UInt64) -> Bool {
        guard case .preparing = phase else { return false }
        return number == self.number && !isClosed
    }

    private func material() async throws -> TLSMaterial? {
        guard configuration.url.isSecure else { return nil }
        if let tls { return tls }
        let tls = try await TLSMaterial(configuration.trust)
        self.tls = tls
        return tls
    }

    private func connect(_ admission: Admission) {
        let kind = plan.transport(at: .now)
        let number = number
        let report: ClientTransport.Report = { input in self.assumeIsolated { $0.take(input, of: number) } }
        let tls = admission.tls
        let transport: any ClientTransport =
            switch kind {
            case .webSocket: WebSocketTransport(configuration, context: tls?.context, on: loop, report: report)
            case .polling: PollingTransport(configuration, tls: tls?.configuration, on: loop, report: report)
            }
        let session = SocketClientSession(
            transport: kind, namespace: configuration.namespace, payload: admission.payload,
            limits: configuration.limits, maximumPacket: configuration.maximumMessage, at: .now)
        connection = Connection(admission: admission, transport: transport, session: session)
        phase = .running
        transport.open()
        perform { session, now in session.start(at: now) }
    }

    // MARK: A session's course

    private func take(_ input: EngineClientSession.Input, of number: UInt64) {
        guard number == self.number, connection != nil else { return }
        inputs.append(input)
        if !isCarryingOut { carryOutInputs() }
    }

    private func carryOutInputs() {
        while !inputs.isEmpty {
            let input = inputs.removeFirst()
            perform { session, now in session.handle(input, at: now) }
        }
    }

    /// Lets the session decide, and carries out what it wants.
    func perform<Failure: Error>(
        _ step: (inout SocketClientSession, ContinuousClock.Instant) throws(Failure) -> [SocketClientSession.Action]
    ) throws(Failure) {
        // The session is taken out meanwhile, so that it changes in place.
        guard var taken = connection.take() else { return }
        let actions: [SocketClientSession.Action]
        do throws(Failure) {
            actions = try step(&taken.session, .now)
            connection = taken
        } catch {
            connection = taken
            throw error
        }
        carryOut(actions)
    }

    /// What the transport reports meanwhile is dealt with afterwards.
    private func carryOut(_ actions: [SocketClientSession.Action]) {
        let isOutermost = !isCarryingOut
        isCarryingOut = true
        let number = number
        for action in actions where number == self.number { carryOut(action) }
        guard isOutermost else { return }
        isCarryingOut = false
        setTimer()
        carryOutInputs()
        if connection?.session.isWritten ?? false { answerWritings(true) }
    }

    private func carryOut(_ action: SocketClientSession.Action) {
        guard let connection else { return }
        switch action {
        case .poll(let sid): connection.transport.poll(sid: sid)
        case .post(let sid, let body): connection.transport.post(sid: sid, body)
        case .send(let packets): connection.transport.send(packets)
        case .opened:
            self.connection?.wasOpened = true
            plan.opened(at: .now)
        case .connected(let sid): joined(sid, connection.session.transport)
        case .refused(let message): self.connection?.refusal = message
        case .event(let event, let id):
            let acknowledge = id.map { SocketAcknowledgement(client: self, connection: number, id: $0) }
            deliver(.event(event, acknowledge: acknowledge), bytes: event.content.byteCount)
        case .acknowledged(let id, let content): answer(SentEvent(connection: number, id: id), .success(content))
        case .ended(let reason): ended(connection, reason)
        }
    }

    private func answerWritings(_ isWritten: Bool) {
        for writing in writings { writing.resume(returning: isWritten) }
        writings = []
    }

    private func joined(_ sid: String, _ transport: EngineTransport) {
        plan.connected()
        isKnownDown = false
        mailbox.appendAlways(.connected(sid: sid, transport: transport))
        for (slot, event) in held.takeAll() {
            do throws(SendRefusal) {
                try perform { session, now throws(SendRefusal) in
                    try session.send(event, replacing: slot, at: now)
                }
            } catch {
                configuration.logger.warning(
                    "An event that was kept can't be sent", metadata: ["slot": "\(slot)", "reason": "\(error)"])
            }
        }
    }

    /// Gives the listener what it may take its time for, within limits.
    func deliver(_ event: SocketClientEvent, bytes: Int) {
        guard !mailbox.append(event, bytes: bytes) else { return }
        perform { session, now in session.fail(.consumerTooSlow, at: now) }
    }

    // MARK: The end of a connection

    private func ended(_ connection: Connection, _ reason: ClientCloseReason) {
        connection.timer?.task.cancel()
        inputs = []
        let number = number
        let gone = connection.transport.end(reason)
        remains[number] = gone
        gone.whenComplete { _ in self.assumeIsolated { $0.remains[number] = nil } }
        for (slot, event) in connection.session.unsent {
            do throws(SendRefusal) {
                try held.hold(event, in: slot)
            } catch {
                configuration.logger.warning("An event can't be kept", metadata: ["slot": "\(slot)"])
            }
        }
        for sent in waiters.keys { answer(sent, .failure(.connectionLost)) }
        answerWritings(false)
        // What the connection's events ask for comes too late from now on.
        self.number += 1
        self.connection = nil
        for ending in endings { ending.resume() }
        endings = []
        // Told only now, so that the listener may reconnect at once.
        if let message = connection.refusal {
            isKnownDown = true
            mailbox.appendAlways(.refused(message: message))
        }
        let transport = connection.session.transport
        if follow(reason, transport, wasOpened: connection.wasOpened) == .fallBack {
            connect(connection.admission)
        }
    }

    /// Does what comes after an attempt or a connection, except falling back.
    @discardableResult
    private func follow(
        _ reason: ClientCloseReason, _ transport: EngineTransport, wasOpened: Bool
    ) -> ConnectionPlan.Next {
        configuration.logger.debug(
            "Not connected", metadata: ["reason": "\(reason)", "transport": "\(transport.rawValue)"])
        phase = .idle
        guard !isClosed else { return .stop }
        let next = plan.ended(transport, wasOpened: wasOpened, reason, random: configuration.random())
        if next == .fallBack { return next }
        if !isKnownDown {
            isKnownDown = true
            mailbox.appendAlways(.disconnected(reason))
        }
        switch next {
        case .stop: phase = .refused
        case .after(let wait) where mailbox.hasRoom: phase = .waiting(after(wait) { $0.waitIsOver() })
        case .after, .fallBack:
            phase = .waiting(nil)
            mailbox.whenEmpty {
                self.loop.execute { self.assumeIsolated { $0.waitIsOver() } }
            }
        }
        return next
    }

    private func waitIsOver() {
        if case .waiting = phase { attempt() }
    }

    // MARK: Time

    private func setTimer() {
        guard let due = connection?.session.deadline else { return }
        // A timer that is early sets itself again: deadlines move with every ping.
        if let timer = connection?.timer, timer.due <= due { return }
        connection?.timer?.task.cancel()
        let number = number
        connection?.timer = (due, after(max(.zero, due - .now)) { $0.timeIsOver(for: number) })
    }

    private func timeIsOver(for number: UInt64) {
        guard number == self.number else { return }
        connection?.timer = nil
        take(.tick, of: number)
    }
}
