import JSON
import NIOCore
import SocketIO

/// The sockets of one client, on its session's event loop: carries out what ``SocketSession`` decides.
final class SocketConnection: EngineHandler {
    private let engine: EngineSocket
    private var opening: EngineRequest?
    private let application: any SocketIOApplication
    private var session: SocketSession
    private var sockets: [String: Socket] = [:]
    private var timer: Scheduled<Void>?

    init(
        _ engine: EngineSocket, _ request: EngineRequest, _ configuration: SocketIOServer.Configuration,
        _ application: any SocketIOApplication
    ) {
        self.engine = engine
        opening = request
        self.application = application
        session = SocketSession(
            namespaces: configuration.namespaces, connectTimeout: configuration.connectTimeout,
            maximumAttachments: configuration.engine.engine.maxQueue, at: .now)
        let nanoseconds = Int64(configuration.connectTimeout / .nanoseconds(1))
        timer = engine.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(nanoseconds)) { [weak self] in
            guard let self else { return }
            act(session.tick(at: .now))
        }
    }

    var isStranger: Bool { session.isStranger }

    func received(_ message: EngineMessage) { act(session.receive(message)) }

    func closed(_ reason: EngineCloseReason) {
        timer?.cancel()
        timer = nil
        opening = nil
        for id in sockets.keys.sorted() { remove(id) }
    }

    private func act(_ actions: [SocketSession.Action]) {
        for action in actions {
            switch action {
            case .send(let message): engine.send([message])
            case .admit(let namespace, let payload): admit(namespace, payload)
            case .event(let sid, let event, let id):
                guard let socket = sockets[sid] else { continue }
                let acknowledge = id.map { Acknowledgement(id: $0, socket: socket) }
                application.received(event, from: socket, acknowledge: acknowledge)
            case .acknowledged: break  // No event that is sent asks for it.
            case .left(let sid): remove(sid)
            case .close(let error): engine.fail(error)
            }
        }
    }

    private func admit(_ namespace: String, _ payload: JSONValue?) {
        guard let opening else { return }
        let id = SessionID.make()
        let request = ConnectRequest(socketID: id, namespace: namespace, payload: payload, opening: opening)
        let connection = NIOLoopBound(self, eventLoop: engine.eventLoop)
        Task { [application, engine] in
            let decision: Result<any Sendable, ConnectRefusal>
            do throws(ConnectRefusal) {
                decision = .success(try await application.admit(request))
            } catch {
                decision = .failure(error)
            }
            engine.eventLoop.execute { connection.value.answer(request, decision) }
        }
    }

    private func answer(_ request: ConnectRequest, _ decision: Result<any Sendable, ConnectRefusal>) {
        let context: any Sendable
        switch decision {
        case .success(let accepted): context = accepted
        case .failure(let refusal): return act(session.refuse(request.namespace, message: refusal.message))
        }
        let actions = session.accept(request.namespace, sid: request.socketID)
        guard !actions.isEmpty, opening != nil else { return }
        timer?.cancel()
        timer = nil
        let socket = Socket(
            id: request.socketID, namespace: request.namespace, context: context, engine: engine,
            connection: NIOLoopBound(Weak(self), eventLoop: engine.eventLoop))
        sockets[socket.id] = socket
        act(actions)
        // A connection that breaks as the answer is written has ended by now.
        guard sockets[socket.id] != nil else { return }
        application.connected(socket)
    }

    private func remove(_ id: String) {
        guard let socket = sockets.removeValue(forKey: id) else { return }
        application.disconnected(socket)
    }

    func disconnect(_ socket: Socket) {
        guard sockets[socket.id] != nil else { return }
        act(session.disconnect(socket.namespace))
        remove(socket.id)
    }

    func emit(_ event: OutgoingEvent, replacing slot: String?, from socket: Socket) {
        guard sockets[socket.id] != nil else { return }
        engine.send(event.messages, replacing: slot)
    }

    final class Weak {
        weak var connection: SocketConnection?
        init(_ connection: SocketConnection) { self.connection = connection }
    }
}
