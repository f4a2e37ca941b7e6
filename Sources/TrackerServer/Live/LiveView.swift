import HTTPTypes
import JSON
import NIOCore
import Shared
import SocketIO
import SocketIOServer
import Synchronization

/// The server's sockets, and those who watch over HTTP: carries out what ``LiveState`` decides.
///
/// Everything that is sent is handed to the sockets' own event loops while the state is locked, so that all hear of things
/// in the order in which they happened; no socket is written to under the lock.
final class LiveView: Sendable {
    private struct Inside {
        var state = LiveState()
        var sockets: [LiveState.MemberID: Socket] = [:]
        /// Where frames go that are watched over HTTP.
        var viewers: [LiveState.MemberID: FrameBox] = [:]
        var pollers: [Poller.Key: Poller] = [:]
        var lastViewer = 0
    }

    private let inside = Mutex(Inside())
    private let accounts: Accounts
    private let store: JSONFileStore
    private let now: @Sendable () -> Timestamp
    private let deadlines: Deadlines

    init(accounts: Accounts, store: JSONFileStore, now: @escaping @Sendable () -> Timestamp, deadlines: Deadlines) {
        self.accounts = accounts
        self.store = store
        self.now = now
        self.deadlines = deadlines
    }

    /// The employees who are online, in alphabetical order.
    var onlineEmployees: [AccountID] { inside.withLock { $0.state.onlineEmployees } }

    // MARK: What the store says

    /// Tells the sockets of what was recorded.
    func recorded(_ changes: [Change]) {
        var endsTokens = false
        var endsWork = false
        for change in changes {
            switch change {
            case .intervalAssigned(let employee, _), .intervalRemoved(let employee): pushInterval(to: employee)
            case .accountRemoved, .accountRoleChanged, .credentialSet, .tokenRevoked: endsTokens = true
            case .sessionEnded, .sessionDiscarded: endsWork = true
            case .organizationSaved, .accountAdded, .accountRenamed, .twinRemoved, .sessionStarted, .heartbeatCounted,
                .imageStored, .imagesRemoved:
                break
            }
        }
        if endsTokens { closeInvalid() }
        if endsWork { endIdleViews() }
    }

    private func pushInterval(to employee: AccountID) {
        inside.withLock { inside in
            for id in inside.state.socketMembers(of: employee) { sendInterval(of: employee, to: id, inside) }
        }
    }

    /// The newest interval there is: whoever sends one under the lock sends that, so that an old one never comes last.
    private func sendInterval(of employee: AccountID, to id: LiveState.MemberID, _ inside: borrowing Inside) {
        guard let socket = inside.sockets[id] else { return }
        let seconds = store.look { $0.interval(of: employee) }
        let payload = IntervalAssigned(
            employeeID: employee.spelling, interval: seconds.map { .seconds($0) } ?? .unassigned)
        socket.emitLater(OutgoingEvent(LiveEventName.intervalAssigned, payload.json))
    }

    /// Closes the connections of tokens that have expired or were revoked.
    func closeInvalid() {
        let now = now()
        inside.withLock { inside in
            let claims = inside.state.claims
            guard !claims.isEmpty else { return }
            let invalid = store.look { state in
                claims.filter { $1.expiresAt <= now || state.identity(of: $1, isByCookie: false) == nil }
            }
            for (id, _) in invalid {
                guard let socket = inside.sockets[id] else { continue }
                socket.eventLoop.execute { socket.closeConnection() }
            }
        }
    }

    /// Nobody watches an employee who has ceased to work.
    private func endIdleViews() {
        inside.withLock { inside in
            let watched = inside.state.watchedEmployees
            guard !watched.isEmpty else { return }
            let idle = store.look { state in watched.filter { state.openSession(of: $0) == nil } }
            for employee in idle { deliver(inside.state.terminate(employee), &inside) }
        }
    }

    // MARK: Delivering

    private func deliver(_ deliveries: [LiveState.Delivery], _ inside: inout Inside) {
        for delivery in deliveries {
            let event = OutgoingEvent(delivery.name, delivery.payload)
            for id in delivery.members {
                inside.sockets[id]?.emitLater(event)
                if delivery.name == LiveEventName.liveViewTerminate { inside.viewers[id]?.end() }
            }
        }
    }

    // MARK: Watching over HTTP

    /// Watches an employee until ``FrameBox/end()``, on behalf of a manager.
    /// - Throws: ``APIError`` `not_found` when the employee is offline or does not work.
    func watch(_ employee: AccountID, by manager: Identity) throws -> FrameBox {
        let isWorking = store.look { $0.openSession(of: employee) != nil }
        return try inside.withLock { inside in
            guard isWorking, inside.state.isOnline(employee) else {
                throw APIError.notToBeSeen
            }
            inside.lastViewer += 1
            let id = "http \(inside.lastViewer)"
            let box = FrameBox { [weak self] in self?.leave(id) }
            inside.viewers[id] = box
            let member = LiveState.Member(account: manager.id, isManager: true, claims: nil)
            inside.state.admit(id, member)
            deliver(inside.state.start(id, watching: employee), &inside)
            return box
        }
    }

    private func leave(_ id: LiveState.MemberID) {
        inside.withLock { inside in
            inside.viewers[id] = nil
            deliver(inside.state.disconnect(id), &inside)
        }
    }

    /// The watch that a manager's requests for single frames share: it lasts for a while after each.
    func poll(_ employee: AccountID, by manager: Identity) throws -> FrameBox {
        let key = Poller.Key(employee: employee, manager: manager.id)
        let known = inside.withLock { inside -> FrameBox? in
            guard let poller = inside.pollers[key], !poller.box.isEnded else { return nil }
            inside.pollers[key]?.renewals += 1
            return poller.box
        }
        let box = try known ?? watch(employee, by: manager)
        let renewal = inside.withLock { inside -> Int in
            let renewals = known == nil ? 0 : inside.pollers[key]?.renewals ?? 0
            inside.pollers[key] = Poller(box: box, renewals: renewals)
            return renewals
        }
        Task { [weak self, deadlines] in
            try await Task.sleep(for: deadlines.frameWatch)
            self?.expire(key, box, renewal)
        }
        return box
    }

    private func expire(_ key: Poller.Key, _ box: FrameBox, _ renewal: Int) {
        let isOver = inside.withLock { inside in
            guard let poller = inside.pollers[key], poller.box === box, poller.renewals == renewal else { return false }
            inside.pollers[key] = nil
            return true
        }
        if isOver { box.end() }
    }

    private struct Poller {
        struct Key: Hashable {
            let employee: AccountID
            let manager: AccountID
        }

        let box: FrameBox
        var renewals: Int
    }

    /// Ends everything that is watched over HTTP, since the server stops.
    func endAll() {
        for box in inside.withLock({ Array($0.viewers.values) }) { box.end() }
    }
}

// Sockets.
extension LiveView: SocketIOApplication {
    func admit(_ request: ConnectRequest) async throws(ConnectRefusal) -> any Sendable {
        do {
            let token: String
            if let payload = request.payload, let own = JSONFields.text("token", of: payload) {
                token = own
            } else if let bearer = try RouteTable.bearerToken(in: request.opening.headers) {
                token = bearer
            } else {
                throw APIError.unauthorized
            }
            let identity = try await accounts.identity(token: token, isByCookie: false)
            guard !identity.mustChangePassword else { throw APIError.unauthorized }
            return identity
        } catch {
            throw ConnectRefusal(LiveCredentials.refusal)
        }
    }

    func connected(_ socket: Socket) {
        guard let identity = socket.context as? Identity else { return socket.closeConnection() }
        let isValid = inside.withLock { inside in
            let member = LiveState.Member(
                account: identity.id, isManager: identity.user.role.isManager, claims: identity.claims)
            inside.sockets[socket.id] = socket
            deliver(inside.state.connect(socket.id, member), &inside)
            // An employee without one is told when it is taken away, not at each connect.
            if !member.isManager, store.look({ $0.interval(of: identity.id) }) != nil {
                sendInterval(of: identity.id, to: socket.id, inside)
            }
            closeSurplus(of: identity.id, inside)
            return store.look { $0.identity(of: identity.claims, isByCookie: false) != nil }
        }
        if !isValid { socket.closeConnection() }
    }

    /// Takes them out of their namespace first: of a connection that is merely closed, clients make another at once.
    private func closeSurplus(of account: AccountID, _ inside: borrowing Inside) {
        for id in inside.state.surplus(of: account) {
            guard let socket = inside.sockets[id] else { continue }
            socket.eventLoop.execute {
                socket.disconnect()
                socket.closeConnection()
            }
        }
    }

    func disconnected(_ socket: Socket) {
        inside.withLock { inside in
            inside.sockets[socket.id] = nil
            deliver(inside.state.disconnect(socket.id), &inside)
        }
    }

    /// What is malformed, unknown or not the sender's to say changes nothing.
    func received(_ event: SocketEvent, from socket: Socket, acknowledge: Acknowledgement?) {
        switch event.name {
        case LiveEventName.liveViewFrame: relay(event, from: socket, acknowledge)
        case LiveEventName.liveViewStart:
            guard let employee = target(event) else { return }
            inside.withLock { inside in deliver(inside.state.start(socket.id, watching: employee), &inside) }
        case LiveEventName.liveViewStop:
            guard let employee = target(event) else { return }
            inside.withLock { inside in deliver(inside.state.stop(socket.id, watching: employee), &inside) }
        case LiveEventName.liveViewTerminate:
            // Who it is by, the token says.
            guard event.arguments.first.map({ JSONFields.text("by", of: $0) != nil }) ?? false else { return }
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
        return store.look { $0.user(id).flatMap { $0.role == .employee ? $0.id : nil } }
    }

    /// Tells an employee who watches, in its place among all that they are told.
    private func answer(
        _ acknowledge: Acknowledgement?, _ employee: LiveState.Member, on socket: Socket, _ inside: borrowing Inside
    ) {
        guard let acknowledge else { return }
        let watchers = LiveViewWatchers(watchers: inside.state.watchers(of: employee.account))
        socket.eventLoop.execute { acknowledge([watchers.json]) }
    }

    /// Frames go on as they came; they are not decoded here.
    private func relay(_ event: SocketEvent, from socket: Socket, _ acknowledge: Acknowledgement?) {
        guard let frame = LiveFrame(event) else { return }
        inside.withLock { inside in
            let receivers = inside.state.receivers(ofFrameBy: socket.id, showing: frame.employee)
            if let member = inside.state.member(socket.id), member.account == frame.employee {
                answer(acknowledge, member, on: socket, inside)
            }
            guard !receivers.isEmpty else { return }
            let outgoing = OutgoingEvent(relaying: event)
            let slot = frame.employee.spelling
            for id in receivers {
                if let receiver = inside.sockets[id] {
                    receiver.emitLater(outgoing, replacing: slot)
                } else {
                    inside.viewers[id]?.put(frame)
                }
            }
        }
    }
}

extension Socket {
    /// Never writes before it returns, whatever thread it is called on.
    fileprivate func emitLater(_ event: OutgoingEvent, replacing slot: String? = nil) {
        eventLoop.execute { self.emit(event, replacing: slot) }
    }
}

extension JSONFields {
    /// The text of a member; nil when the value is no object, or has no such text.
    fileprivate static func text(_ name: String, of value: JSONValue) -> String? {
        value.object?[JSONString(name)]?.text
    }
}

extension APIError {
    /// An employee whom nobody can watch at the moment.
    static let notToBeSeen = APIError(.notFound, "This employee is not online, or not tracking.")
}
