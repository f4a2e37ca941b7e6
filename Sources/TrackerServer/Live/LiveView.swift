import JSON
import Metrics
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
    struct Inside {
        var state = LiveState()
        var sockets: [LiveState.MemberID: Joined] = [:]
        var places: Places
        /// Where frames go that are watched over HTTP.
        var viewers: [LiveState.MemberID: Viewer] = [:]
        var lastViewer = 0
        /// Who watches whom, and since when.
        var looks: [Watching: Timestamp] = [:]
        /// Those of them that the audit does not have yet: they see nothing.
        var untold: [Watching: Untold] = [:]
        var lastLook = 0
    }

    /// Somebody who watches an employee.
    struct Watching: Hashable {
        let watcher: AccountID
        let employee: AccountID
    }

    struct Untold {
        /// Of what the audit is told.
        let number: Int
        /// The newest that came meanwhile.
        var frame: LiveFrame?
    }

    struct Joined {
        let socket: Socket
        /// For whom it counts.
        let network: String
        let hold: TokenWatch.Hold
    }

    struct Viewer {
        let box: FrameBox
        let hold: TokenWatch.Hold

        func end(_ reason: FrameBox.End) {
            hold.release()
            box.end(reason)
        }
    }

    let inside: Mutex<Inside>
    let accounts: Accounts
    let tokens: TokenWatch
    let store: JSONFileStore
    private let events: EventFeed
    private let calendar: WorkCalendar
    /// How long somebody who asked for a frame may take to ask for the next.
    private let frameWatch: Duration
    /// Counts sockets for which there was no place.
    let refusals: Counter

    init(
        accounts: Accounts, tokens: TokenWatch, store: JSONFileStore, events: EventFeed, calendar: WorkCalendar,
        frameWatch: Duration, places: Places.Limits, refusals: Counter
    ) {
        inside = Mutex(Inside(places: Places(places)))
        self.refusals = refusals
        self.accounts = accounts
        self.tokens = tokens
        self.store = store
        self.events = events
        self.calendar = calendar
        self.frameWatch = frameWatch
    }

    /// The employees who are online, in alphabetical order.
    var onlineEmployees: [AccountID] { inside.withLock { $0.state.onlineEmployees } }

    /// How many sockets there are, and how many watches: one for each employee that somebody watches, by whatever way.
    var counts: (sockets: Int, watches: Int) { inside.withLock { ($0.sockets.count, $0.state.watchCount) } }

    // MARK: What the store says

    /// Tells the sockets of what was recorded.
    func recorded(_ changes: [Change]) {
        var idle: Set<AccountID> = []
        var gone: Set<AccountID> = []
        for change in changes {
            switch change {
            case .intervalAssigned(let employee, _), .intervalRemoved(let employee): pushInterval(to: employee)
            case .accountRemoved(let id, _): gone.insert(id)
            case .accountRoleChanged(let id, let role): if role != .employee { gone.insert(id) }
            case .sessionEnded(let id, _, _), .sessionDiscarded(let id): idle.insert(WorkSession.employee(ofID: id))
            case .organizationSaved, .accountAdded, .accountRenamed, .twinRemoved, .credentialSet, .signInMade,
                .signInEnded, .signInsEnded, .keyMade, .keyRemoved, .keysEnded, .factorSet, .factorRemoved,
                .lastUsesNoted, .tokenRevoked, .sessionStarted, .heartbeatCounted, .sessionRecorded, .clientTracks,
                .imageStored, .imagesRemoved:
                break
            case .audited(let record): pushLook(record)
            case .correctionMade(let correction): pushCorrection(correction.id)
            case .correctionRevoked(let id, _, _): pushCorrection(id)
            }
        }
        if !idle.isEmpty || !gone.isEmpty { endViews(ofIdle: idle, orGone: gone) }
    }

    private func pushInterval(to employee: AccountID) {
        inside.withLock { inside in
            for id in inside.state.socketMembers(of: employee) { sendInterval(of: employee, to: id, inside) }
        }
    }

    /// Tells an employee's clients of a correction as it is now; not of one of somebody who had the id before.
    private func pushCorrection(_ id: String) {
        inside.withLock { inside in
            let found = store.peek { state -> Correction? in
                guard let correction = state.corrections[id],
                    let user = state.user(AccountID(stored: correction.employeeID))
                else { return nil }
                let start = user.start(at: correction.revokedAt ?? correction.createdAt)
                return correction.isOfAccount(since: start, calendar) ? correction : nil
            }
            guard let correction = found else { return }
            let payload = CorrectionResponse(correction: correction)
            let event = OutgoingEvent(LiveEventName.workCorrection, payload.json)
            for id in inside.state.socketMembers(of: AccountID(stored: correction.employeeID)) {
                inside.sockets[id]?.socket.emitLater(event)
            }
        }
    }

    /// Tells an employee's clients who looks at captures; of live view they hear otherwise. One that is behind gets the newest alone, and can ask for the others.
    private func pushLook(_ record: AuditRecord) {
        let entry = record.entry
        guard [.imageViewed, .thumbnailsViewed].contains(entry.what), let about = entry.about else { return }
        let employee = AccountID(stored: about)
        inside.withLock { inside in
            let members = inside.state.socketMembers(of: employee)
            guard !members.isEmpty, let user = store.peek({ $0.user(employee) }) else { return }
            // Captures of somebody who had the id before are another person's.
            let captured = entry.detail?["ts"]?.text.flatMap { Timestamp(iso8601: $0) }
            guard captured.map({ $0 >= user.start(at: entry.at) }) ?? true else { return }
            let row = AuditRow(
                number: record.number, at: entry.at, who: entry.who, what: entry.what.rawValue, about: about,
                detail: entry.detail)
            let event = OutgoingEvent(LiveEventName.auditLooked, row.json)
            for id in members { inside.sockets[id]?.socket.emitLater(event, replacing: LiveEventName.auditLooked) }
        }
    }

    /// The newest interval there is: whoever sends one under the lock sends that, so that an old one never comes last.
    func sendInterval(of employee: AccountID, to id: LiveState.MemberID, _ inside: borrowing Inside) {
        guard let socket = inside.sockets[id]?.socket else { return }
        let seconds = store.peek { $0.interval(of: employee) }
        let payload = IntervalAssigned(
            employeeID: employee.spelling, interval: seconds.map { .seconds($0) } ?? .unassigned)
        socket.emitLater(OutgoingEvent(LiveEventName.intervalAssigned, payload.json))
    }

    /// Of several clients of an employee, the one that this token belongs to is seen from now on.
    func workStarted(by employee: Identity) {
        inside.withLock { $0.state.workStarted(employee.id, proofID: employee.proof.id) }
    }

    /// Tells an employee's clients which of them tracks in place of another. The newest, as of intervals.
    func trackingMoved(of employee: AccountID) {
        inside.withLock { inside in
            guard let client = store.peek({ $0.client(of: employee) }) else { return }
            let event = OutgoingEvent(LiveEventName.workElsewhere, client.elsewhere.json)
            for id in inside.state.socketMembers(of: employee) { inside.sockets[id]?.socket.emitLater(event) }
        }
    }

    /// Nobody watches those who have ceased to work, and are not at it again, or who are no employees any more.
    private func endViews(ofIdle idle: Set<AccountID>, orGone gone: Set<AccountID>) {
        inside.withLock { inside in
            let ended = store.peek { state in idle.filter { state.openSession(of: $0) == nil } }
            for employee in gone.union(ended) { deliver(inside.state.workEnded(employee), &inside) }
        }
    }

    // MARK: Delivering

    func deliver(_ deliveries: [LiveState.Delivery], _ inside: inout Inside) {
        tellLooks(&inside)
        for delivery in deliveries {
            if let event = delivery.event { events.tell([event]) }
            let event = OutgoingEvent(delivery.name, delivery.payload)
            for id in delivery.members {
                if let joined = inside.sockets[id] {
                    joined.socket.emitLater(event)
                } else if delivery.name == LiveEventName.liveViewTerminate {
                    inside.viewers.removeValue(forKey: id)?.end(.over)
                }
            }
        }
    }

    // MARK: The audit

    /// Tells the audit who begins and ceases to watch. Nobody sees a frame before the audit has it, nor if it can't.
    private func tellLooks(_ inside: inout Inside) {
        for look in inside.state.takeLooks() {
            let watching = Watching(watcher: look.watcher, employee: look.employee)
            let author = Author(account: look.watcher.spelling, address: look.address)
            guard !look.hasBegun else {
                inside.lastLook += 1
                let number = inside.lastLook
                inside.looks[watching] = accounts.now()
                inside.untold[watching] = Untold(number: number)
                store.post(by: author) {
                    $0.note(.liveBegun, about: look.employee.spelling)
                } then: { [weak self] in
                    self?.told(watching, number, $0)
                }
                continue
            }
            inside.untold[watching] = nil
            guard let start = inside.looks.removeValue(forKey: watching) else { continue }
            tellEnd(of: watching, since: start, by: author)
        }
    }

    private func tellEnd(of watching: Watching, since start: Timestamp, by author: Author) {
        let detail = JSONObject([("since", .string(start.iso8601))])
        // Nobody waits for it; where it can't be told, the store says so in the log.
        store.post(by: author) {
            $0.note(.liveEnded, about: watching.employee.spelling, detail)
        } then: { _ in
        }
    }

    private func told(_ watching: Watching, _ number: Int, _ result: Result<Void, StoreError>) {
        inside.withLock { inside in
            guard let untold = inside.untold[watching], untold.number == number else { return }
            inside.untold[watching] = nil
            guard case .failure(let error) = result else {
                guard let frame = untold.frame else { return }
                let outgoing = frame.outgoing
                for id in inside.state.members(of: watching.watcher, watching: watching.employee) {
                    inside.show(frame, outgoing, to: id)
                }
                return
            }
            inside.looks[watching] = nil
            for id in inside.state.members(of: watching.watcher, watching: watching.employee) {
                inside.viewers.removeValue(forKey: id)?.end(.untold(error))
            }
            deliver(inside.state.refuse(watching.watcher, watching: watching.employee), &inside)
        }
    }

    /// Tells the audit of all who still watch that they have ceased to, since the server stops.
    func endLooks() {
        inside.withLock { inside in
            for (watching, start) in inside.looks {
                tellEnd(of: watching, since: start, by: Author(account: watching.watcher.spelling, address: nil))
            }
            inside.looks = [:]
        }
    }

    // MARK: Watching over HTTP

    /// A watch over HTTP.
    struct Watch: Sendable {
        let box: FrameBox
        fileprivate let id: LiveState.MemberID
    }

    /// Watches an employee until ``leave(_:)``, on behalf of a manager.
    /// - Throws: ``APIError`` `not_found` when the employee is offline or does not work; `invalid_token` or `account_removed`
    ///   when the manager's token has just ended.
    func watch(_ employee: AccountID, by manager: Identity, at address: String) throws -> Watch {
        try begin(employee, by: manager, at: address, until: nil)
    }

    /// The watch that requests for single frames with the same token share: it lasts for a while after each.
    /// - Throws: as ``watch(_:by:at:)``.
    func poll(_ employee: AccountID, by manager: Identity, at address: String) throws -> Watch {
        try begin(employee, by: manager, at: address, until: .now + frameWatch)
    }

    /// - Throws: ``APIError`` `not_found` when nobody can watch that employee at the moment.
    func checkIsThere(_ employee: AccountID) throws {
        _ = try inside.withLock { try account(of: employee, $0.state) }
    }

    func leave(_ watch: Watch) { end(watch.id, .over) }

    private func begin(
        _ employee: AccountID, by manager: Identity, at address: String, until deadline: LiveState.Instant?
    ) throws -> Watch {
        let id = inside.withLock { inside in
            inside.lastViewer += 1
            return "http \(inside.lastViewer)"
        }
        let hold = tokens.hold(manager.proof) { [weak self] _ in self?.end(id, .tokenEnded) }
        let member = LiveState.Member(
            account: manager.id, isManager: true, proofID: manager.proof.id, address: address)
        do {
            let watch = try inside.withLock { inside in
                guard !hold.isEnded else { throw tokens.refusal(of: hold) }
                let employee = try account(of: employee, inside.state)
                let (watch, deliveries) =
                    if let deadline {
                        inside.state.poll(employee, as: id, member, until: deadline)
                    } else {
                        (id, inside.state.view(employee, as: id, member))
                    }
                if watch == id { inside.viewers[id] = Viewer(box: FrameBox(), hold: hold) }
                deliver(deliveries, &inside)
                guard let viewer = inside.viewers[watch] else { throw APIError.notToBeSeen }
                return Watch(box: viewer.box, id: watch)
            }
            if watch.id != id { hold.release() } else if deadline != nil { endInTime(id) }
            return watch
        } catch {
            hold.release()
            throw error
        }
    }

    /// - Returns: the id as the account spells it.
    private func account(of employee: AccountID, _ state: borrowing LiveState) throws -> AccountID {
        let account = store.peek { state in
            state.openSession(of: employee) == nil ? nil : state.user(employee)
        }
        guard let account, account.role == .employee, state.isOnline(employee) else { throw APIError.notToBeSeen }
        return account.id
    }

    /// Ends a watch once nobody prolongs it any more.
    private func endInTime(_ id: LiveState.MemberID) {
        Task { [weak self] in
            while let deadline = self?.inside.withLock({ $0.state.deadline(of: id) }) {
                try await Task.sleep(until: deadline, clock: .continuous)
                self?.expire(id)
            }
        }
    }

    private func expire(_ id: LiveState.MemberID) {
        inside.withLock { inside in
            deliver(inside.state.expire(id, at: .now), &inside)
            if inside.state.member(id) == nil { inside.viewers.removeValue(forKey: id)?.end(.over) }
        }
    }

    private func end(_ id: LiveState.MemberID, _ reason: FrameBox.End) {
        inside.withLock { inside in
            deliver(inside.state.disconnect(id), &inside)
            inside.viewers.removeValue(forKey: id)?.end(reason)
        }
    }

    /// Ends everything that is watched over HTTP, since the server stops.
    func endAll() {
        for id in inside.withLock({ Array($0.viewers.keys) }) { end(id, .over) }
    }
}

extension APIError {
    /// An employee whom nobody can watch at the moment.
    static let notToBeSeen = APIError(.notFound, "This employee is not online, or not tracking.")
}
