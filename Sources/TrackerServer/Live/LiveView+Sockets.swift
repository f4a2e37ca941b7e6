import HTTPTypes
import JSON
import Metrics
import NIOCore
import Shared
import SocketIO
import SocketIOServer
import Synchronization

/// What sockets say and hear.
extension LiveView: SocketIOApplication {
    /// What a socket carries.
    private struct Client {
        let identity: Identity
        let host: String?
        let address: String?

        /// For whom it counts.
        var network: String { SenderNetwork.name(of: address ?? "") }
    }

    func admit(_ request: ConnectRequest) async throws(ConnectRefusal) -> any Sendable {
        do {
            let token: String
            if let payload = request.payload, let own = JSONFields.text("token", of: payload) {
                token = own
            } else if let bearer = try request.opening.headers.bearerToken() {
                token = bearer
            } else {
                throw APIError.unauthorized
            }
            let identity = try await accounts.identity(token: token, isByCookie: false)
            guard !identity.mustChangePassword, !accounts.mustSetUpSecondFactor(identity) else {
                throw APIError.unauthorized
            }
            let client = Client(
                identity: identity, host: try request.payload.flatMap { try LiveCredentials.host(of: $0) },
                address: request.opening.address)
            // Whoever is told so before joining waits before the next attempt.
            guard inside.withLock({ $0.places.hasPlace(for: client.network) }) else {
                refusals.increment()
                throw ConnectRefusal("The server has too many connections of this kind.")
            }
            return client
        } catch let error as JSONFieldError {
            throw ConnectRefusal(error.description)
        } catch let error as ConnectRefusal {
            throw error
        } catch {
            throw ConnectRefusal(LiveCredentials.refusal)
        }
    }

    func connected(_ socket: Socket) {
        guard let client = socket.context as? Client else { return socket.closeConnection() }
        let identity = client.identity
        let hold = tokens.hold(identity.proof) { [weak self, weak socket] _ in
            // At once, however long the connection takes to end.
            self?.left(socket?.id)
            socket?.closeConnection()
        }
        inside.withLock { inside in
            guard !hold.isEnded else { return }
            guard inside.places.enter(client.network) else {
                refusals.increment()
                hold.release()
                return socket.closeConnection()
            }
            let member = LiveState.Member(
                account: identity.id, isManager: identity.user.role.isManager, proofID: identity.proof.id,
                host: client.host, address: client.address)
            inside.sockets[socket.id] = Joined(socket: socket, network: client.network, hold: hold)
            deliver(inside.state.connect(socket.id, member), &inside)
            // An employee without one is told when it is taken away, not at each connect.
            if !member.isManager, store.peek({ $0.interval(of: identity.id) }) != nil {
                sendInterval(of: identity.id, to: socket.id, inside)
            }
            closeSurplus(of: identity.id, inside)
        }
    }

    /// Takes them out of their namespace first: of a connection that is merely closed, clients make another at once.
    private func closeSurplus(of account: AccountID, _ inside: borrowing Inside) {
        for id in inside.state.surplus(of: account) {
            guard let socket = inside.sockets[id]?.socket else { continue }
            socket.eventLoop.execute {
                socket.disconnect()
                socket.closeConnection()
            }
        }
    }

    func disconnected(_ socket: Socket) { left(socket.id) }

    private func left(_ id: LiveState.MemberID?) {
        guard let id else { return }
        inside.withLock { inside in
            if let joined = inside.sockets.removeValue(forKey: id) {
                joined.hold.release()
                inside.places.leave(joined.network)
            }
            deliver(inside.state.disconnect(id), &inside)
        }
    }

    /// What is malformed, unknown or not the sender's to say changes nothing.
    func received(_ event: SocketEvent, from socket: Socket, acknowledge: Acknowledgement?) {
        // To compare a very long text that is not in ASCII would compose it, see `String.composed`.
        guard event.name.utf8.count <= LiveEventName.longest else { return }
        switch event.name {
        case LiveEventName.liveViewFrame: relay(event, from: socket, acknowledge)
        case LiveEventName.liveViewStart:
            guard let employee = target(event) else { return }
            inside.withLock { inside in deliver(inside.state.start(socket.id, watching: employee), &inside) }
        case LiveEventName.liveViewStop:
            guard let employee = target(event) else { return }
            inside.withLock { inside in deliver(inside.state.stop(socket.id, watching: employee), &inside) }
        case LiveEventName.liveViewTerminate:
            // Who ends it and whose view, the token says: the payload says nothing that counts, and clients differ in it.
            inside.withLock { inside in
                guard let member = inside.state.member(socket.id), !member.isManager else { return }
                deliver(inside.state.terminate(member.account, by: socket.id), &inside)
                answer(acknowledge, member, on: socket, inside)
            }
        default: break
        }
    }

    /// The employee that a manager wants to see; nil when there is none of that name.
    private func target(_ event: SocketEvent) -> AccountID? {
        guard let text = event.text("employeeId") else { return nil }
        let id = AccountID(stored: text)
        return store.peek { $0.user(id).flatMap { $0.role == .employee ? $0.id : nil } }
    }

    /// Tells an employee who watches, in its place among all that they are told.
    private func answer(
        _ acknowledge: Acknowledgement?, _ employee: LiveState.Member, on socket: Socket, _ inside: borrowing Inside
    ) {
        guard let acknowledge else { return }
        let watchers = LiveViewWatchers(watchers: inside.state.watchers(of: employee.account))
        socket.eventLoop.execute { acknowledge([watchers.json]) }
    }

    /// Frames are not decoded here, and not looked at while nobody watches.
    private func relay(_ event: SocketEvent, from socket: Socket, _ acknowledge: Acknowledgement?) {
        let sender = inside.withLock { inside -> LiveState.Member? in
            guard let member = inside.state.member(socket.id), !member.isManager else { return nil }
            guard inside.state.isWatched(member.account) else {
                answer(acknowledge, member, on: socket, inside)
                return nil
            }
            return member
        }
        guard let sender, let frame = LiveFrame(event, from: sender) else { return }
        let outgoing = frame.outgoing
        inside.withLock { inside in
            answer(acknowledge, sender, on: socket, inside)
            for id in inside.state.receivers(ofFrameBy: socket.id) where !inside.keep(frame, for: id) {
                inside.show(frame, outgoing, to: id)
            }
        }
    }
}

extension LiveView.Inside {
    /// Keeps the newest frame for a watcher of whom the audit does not know yet; false where it does.
    fileprivate mutating func keep(_ frame: LiveFrame, for id: LiveState.MemberID) -> Bool {
        guard !untold.isEmpty, let watcher = state.member(id)?.account else { return false }
        let watching = LiveView.Watching(watcher: watcher, employee: frame.employee)
        guard untold[watching] != nil else { return false }
        untold[watching]?.frame = frame
        return true
    }

    func show(_ frame: LiveFrame, _ outgoing: OutgoingEvent, to id: LiveState.MemberID) {
        if let receiver = sockets[id]?.socket {
            receiver.emitLater(outgoing, replacing: frame.employee.spelling)
        } else {
            viewers[id]?.box.put(frame)
        }
    }
}

extension Socket {
    /// Never writes before it returns, whatever thread it is called on.
    func emitLater(_ event: OutgoingEvent, replacing slot: String? = nil) {
        eventLoop.execute { self.emit(event, replacing: slot) }
    }
}

extension JSONFields {
    /// The text of a member; nil when the value is no object, or has no such text.
    fileprivate static func text(_ name: String, of value: JSONValue) -> String? {
        value.object?[JSONString(name)]?.text
    }
}
