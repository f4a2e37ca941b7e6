import JSON
import Shared
import SocketIO

/// Presence and live view as rules over rooms: who is there and what happens in, who is told what out. Pure.
///
/// A member is a socket, or somebody who watches over HTTP. An employee is online while a socket of theirs is a member. What
/// watches over HTTP, see LiveState+Views.swift, is one until its watch ends.
struct LiveState: Sendable {
    typealias MemberID = String
    typealias Instant = ContinuousClock.Instant

    struct Member: Sendable, Hashable {
        /// Spelled as the account is: what is said of it to others is spelled so.
        let account: AccountID
        let isManager: Bool
        /// Of what proved who it is, see ``Proof/id``.
        let proofID: String
        /// What the machine is called that it runs on; nil when it did not say.
        var host: String?
        /// From which IP address, if that is known.
        var address: String?
    }

    /// Somebody begins or ceases to watch an employee, with whatever sockets and requests.
    struct Look: Sendable, Hashable {
        let watcher: AccountID
        let employee: AccountID
        let address: String?
        let hasBegun: Bool
    }

    /// An event for some members. For those who watch over HTTP `live_view:terminate` is the end: they are none any more.
    struct Delivery: Sendable, Hashable {
        let name: String
        let payload: JSONValue
        let members: Set<MemberID>
        /// The same for all who follow the office's events.
        var event: OfficeEvent?
    }

    private enum Room: Hashable {
        case managers
        case sockets(AccountID)
        case watchers(AccountID)
    }

    /// Employees whom one member watches at the same time.
    static let watchLimit = 100

    /// Sockets of one account. Beyond it the oldest goes, and not the newest: it is most likely what is left of a connection
    /// that broke off without a word, and whoever comes back is let in.
    static let socketsOfAnAccount = 10

    private var members: [MemberID: Member] = [:]
    /// The sockets of each account, the oldest first.
    private var arrivals: [AccountID: [MemberID]] = [:]
    private var hub = Hub<MemberID, Room>()
    /// Employees that somebody watches, with their spelling.
    private var watched: Set<AccountID> = []
    private var online: [AccountID: Int] = [:]
    /// Of each employee whose frames somebody sees, the socket that they come from.
    private var shown: [AccountID: MemberID] = [:]
    /// In which sign-in each employee's work was begun last.
    private var starts: [AccountID: String] = [:]
    var views = Views()
    /// What the audit is to be told, in order.
    private var looks: [Look] = []

    // MARK: Asking

    func member(_ id: MemberID) -> Member? { members[id] }
    func isOnline(_ employee: AccountID) -> Bool { online[employee] != nil }
    func isWatched(_ employee: AccountID) -> Bool { watched.contains(employee) }
    /// In alphabetical order.
    var onlineEmployees: [AccountID] { online.keys.sorted { $0.spelling < $1.spelling } }
    var watchedEmployees: Set<AccountID> { watched }
    /// Of each employee every member that watches.
    var watchCount: Int { watched.reduce(0) { $0 + hub.members(of: .watchers($1)).count } }
    /// Each once, in alphabetical order.
    func watchers(of employee: AccountID) -> [String] {
        Set(hub.members(of: .watchers(employee)).compactMap { members[$0]?.account.spelling }).sorted()
    }
    func socketMembers(of employee: AccountID) -> Set<MemberID> { hub.members(of: .sockets(employee)) }

    /// The account's oldest sockets beyond ``socketsOfAnAccount``, which are to be closed.
    func surplus(of account: AccountID) -> ArraySlice<MemberID> {
        arrivals[account]?.dropLast(Self.socketsOfAnAccount) ?? []
    }

    private func employees(watchedBy id: MemberID) -> [AccountID] {
        hub.rooms(of: id).compactMap { if case .watchers(let employee) = $0 { employee } else { nil } }
    }

    func isWatching(_ account: AccountID, _ employee: AccountID) -> Bool {
        hub.members(of: .watchers(employee)).contains { members[$0]?.account == account }
    }

    /// All sockets and requests with which somebody watches.
    func members(of watcher: AccountID, watching employee: AccountID) -> Set<MemberID> {
        hub.members(of: .watchers(employee)).filter { members[$0]?.account == watcher }
    }

    /// Those since the last time.
    mutating func takeLooks() -> [Look] {
        defer { looks = [] }
        return looks
    }

    // MARK: Coming and going

    /// Somebody who watches over HTTP.
    mutating func admit(_ id: MemberID, _ member: Member) { members[id] = member }

    mutating func connect(_ id: MemberID, _ member: Member) -> [Delivery] {
        members[id] = member
        arrivals[member.account, default: []].append(id)
        if member.isManager {
            hub.join(id, .managers)
            let users = onlineEmployees.map(\.spelling)
            return [delivery(LiveEventName.presenceList, PresenceList(users: users), [id])]
        }
        hub.join(id, .sockets(member.account))
        var deliveries: [Delivery] = []
        let count = online[member.account, default: 0]
        online[member.account] = count + 1
        if count == 0 { deliveries.append(presence(of: member.account, isOnline: true)) }
        for watcher in watchers(of: member.account) {
            deliveries.append(delivery(LiveEventName.liveViewInitiate, LiveViewInitiate(by: watcher), [id]))
        }
        return deliveries
    }

    /// Also ends what the member watched.
    mutating func disconnect(_ id: MemberID) -> [Delivery] {
        guard let member = members[id] else { return [] }
        var deliveries = employees(watchedBy: id).flatMap { stop(id, watching: $0) }
        forget(id)
        guard !member.isManager, let count = online[member.account] else { return deliveries }
        if shown[member.account] == id { shown[member.account] = nil }
        online[member.account] = count > 1 ? count - 1 : nil
        guard count == 1 else { return deliveries }
        let offline = LiveViewTerminate(by: member.account.spelling, reason: LiveViewTerminate.offline)
        let audience = hub.members(of: .watchers(member.account))
        if !audience.isEmpty { deliveries.append(delivery(LiveEventName.liveViewTerminate, offline, audience)) }
        deliveries.append(presence(of: member.account, isOnline: false))
        // Sockets go on watching, for when the employee comes back.
        for id in audience where views.contains(id) { forget(id) }
        if hub.members(of: .watchers(member.account)).isEmpty { watched.remove(member.account) }
        return deliveries
    }

    private mutating func forget(_ id: MemberID) {
        guard let member = members[id] else { return }
        for employee in employees(watchedBy: id) { leave(id, employee) }
        members[id] = nil
        hub.remove(id)
        views.remove(id)
        arrivals[member.account]?.removeAll { $0 == id }
        if arrivals[member.account]?.isEmpty == true { arrivals[member.account] = nil }
    }

    // MARK: Watching

    /// A member begins to watch. Without effect when it does already, or watches ``watchLimit`` others.
    mutating func start(_ id: MemberID, watching employee: AccountID) -> [Delivery] {
        guard let member = members[id], member.isManager, !hub.contains(id, .watchers(employee)),
            employees(watchedBy: id).count < Self.watchLimit
        else { return [] }
        if !isWatching(member.account, employee) {
            looks.append(
                Look(watcher: member.account, employee: employee, address: member.address, hasBegun: true))
        }
        hub.join(id, .watchers(employee))
        watched.insert(employee)
        let initiate = LiveViewInitiate(by: member.account.spelling)
        return [delivery(LiveEventName.liveViewInitiate, initiate, socketMembers(of: employee))]
    }

    /// A member ceases to watch. The employee hears of it when nobody watches any more, and who still does when that manager
    /// is no more among them.
    mutating func stop(_ id: MemberID, watching employee: AccountID) -> [Delivery] {
        guard let member = members[id], leave(id, employee) else { return [] }
        let rest = watchers(of: employee)
        let own = socketMembers(of: employee)
        guard rest.isEmpty else {
            guard !rest.contains(member.account.spelling) else { return [] }
            return [delivery(LiveEventName.liveViewWatchers, LiveViewWatchers(watchers: rest), own)]
        }
        unwatch(employee)
        return [delivery(LiveEventName.liveViewTerminate, LiveViewTerminate(by: member.account.spelling), own)]
    }

    /// - Returns: false when the member does not watch.
    @discardableResult
    private mutating func leave(_ id: MemberID, _ employee: AccountID) -> Bool {
        guard let member = members[id], hub.leave(id, .watchers(employee)) else { return false }
        if !isWatching(member.account, employee) {
            looks.append(
                Look(watcher: member.account, employee: employee, address: member.address, hasBegun: false))
        }
        return true
    }

    /// Somebody may not watch, with whatever sockets and requests.
    mutating func refuse(_ watcher: AccountID, watching employee: AccountID) -> [Delivery] {
        let own = members(of: watcher, watching: employee)
        guard !own.isEmpty else { return [] }
        let terminate = LiveViewTerminate(by: employee.spelling)
        var deliveries = [delivery(LiveEventName.liveViewTerminate, terminate, own)]
        for id in own { deliveries += views.contains(id) ? disconnect(id) : stop(id, watching: employee) }
        return deliveries
    }

    private mutating func unwatch(_ employee: AccountID) {
        watched.remove(employee)
        shown[employee] = nil
    }

    /// The employee ends it, on one of their sockets, or ceases to work or to be one: nobody watches any more.
    /// - Parameter id: the socket that knows already.
    mutating func terminate(_ employee: AccountID, by id: MemberID? = nil) -> [Delivery] {
        // As it is spelled there.
        guard let employee = watched.firstIndex(of: employee).map({ watched[$0] }) else { return [] }
        let audience = hub.members(of: .watchers(employee))
        for watcher in audience {
            if views.contains(watcher) { forget(watcher) } else { leave(watcher, employee) }
        }
        unwatch(employee)
        let others = socketMembers(of: employee).subtracting(id.map { [$0] } ?? [])
        let terminate = LiveViewTerminate(by: employee.spelling)
        return [audience, others].filter { !$0.isEmpty }.map {
            delivery(LiveEventName.liveViewTerminate, terminate, $0)
        }
    }

    // MARK: Frames

    /// Who is signed in so began the employee's work, or took part in it, last.
    mutating func workStarted(_ employee: AccountID, proofID: String) { starts[employee] = proofID }

    mutating func workEnded(_ employee: AccountID) -> [Delivery] {
        starts[employee] = nil
        return terminate(employee)
    }

    /// The members that get a frame which comes from this socket. Of several that send frames for one employee one is shown:
    /// that of whoever started the work last, or else connected last.
    mutating func receivers(ofFrameBy id: MemberID) -> Set<MemberID> {
        guard let member = members[id], !member.isManager else { return [] }
        let audience = hub.members(of: .watchers(member.account))
        guard !audience.isEmpty else { return [] }
        if shown[member.account] != id {
            if let current = shown[member.account], precedes(current, id, of: member.account) { return [] }
            shown[member.account] = id
        }
        return audience
    }

    /// True when the first of two sockets of one employee is to be shown rather than the second.
    private func precedes(_ first: MemberID, _ second: MemberID, of employee: AccountID) -> Bool {
        if let start = starts[employee] {
            let (one, other) = (members[first]?.proofID == start, members[second]?.proofID == start)
            if one != other { return one }
        }
        let order = arrivals[employee] ?? []
        return order.firstIndex(of: first) ?? 0 > order.firstIndex(of: second) ?? 0
    }

    private func presence(of employee: AccountID, isOnline: Bool) -> Delivery {
        var delivery = delivery(
            isOnline ? LiveEventName.presenceOnline : LiveEventName.presenceOffline,
            PresenceChange(userID: employee.spelling), hub.members(of: .managers))
        delivery.event = .presence(userID: employee.spelling, isOnline: isOnline)
        return delivery
    }

    private func delivery(_ name: String, _ payload: some JSONRepresentable, _ members: Set<MemberID>) -> Delivery {
        Delivery(name: name, payload: payload.json, members: members)
    }
}
