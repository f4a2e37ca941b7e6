import JSON
import Shared
import SocketIO

/// Presence and live view as rules over rooms: who is there and what happens in, who is told what out. Pure.
///
/// A member is a socket, or somebody who watches over HTTP. An employee is online while a socket of theirs is a member.
struct LiveState: Sendable {
    typealias MemberID = String
    private typealias Room = Hub<MemberID>.Room

    struct Member: Sendable, Hashable {
        let account: AccountID
        let isManager: Bool
        /// The token that proved who it is; nil for HTTP, where every request brings its own.
        let claims: TokenClaims?
    }

    /// An event for some members.
    struct Delivery: Sendable, Hashable {
        let name: String
        let payload: JSONValue
        let members: Set<MemberID>
    }

    private var members: [MemberID: Member] = [:]
    private var hub = Hub<MemberID>()
    /// Employees that somebody watches, with their spelling.
    private var watched: Set<AccountID> = []
    private var online: [AccountID: Int] = [:]
    /// The sockets of each account, the oldest first.
    private var arrivals: [AccountID: [MemberID]] = [:]

    /// Sockets of one account. Beyond it the oldest goes, and not the newest: it is most likely what is left of a connection
    /// that broke off without a word, and whoever comes back is let in.
    static let socketsOfAnAccount = 10

    private static let managers = Room("managers")
    private func sockets(_ employee: AccountID) -> Room { Room("sockets of \(employee.folded)") }
    private func watchers(_ employee: AccountID) -> Room { Room("watchers of \(employee.folded)") }

    // MARK: Asking

    func member(_ id: MemberID) -> Member? { members[id] }
    func isOnline(_ employee: AccountID) -> Bool { online[employee] != nil }
    /// In alphabetical order.
    var onlineEmployees: [AccountID] { online.keys.sorted { $0.spelling < $1.spelling } }
    var watchedEmployees: Set<AccountID> { watched }
    /// Each once, in alphabetical order.
    func watchers(of employee: AccountID) -> [String] {
        Set(hub.members(of: watchers(employee)).compactMap { members[$0]?.account.spelling }).sorted()
    }
    func socketMembers(of employee: AccountID) -> Set<MemberID> { hub.members(of: sockets(employee)) }

    /// The account's oldest sockets beyond ``socketsOfAnAccount``, which are to be closed.
    func surplus(of account: AccountID) -> ArraySlice<MemberID> {
        arrivals[account]?.dropLast(Self.socketsOfAnAccount) ?? []
    }

    /// The tokens that proved who the sockets are.
    var claims: [(id: MemberID, claims: TokenClaims)] {
        members.compactMap { id, member in member.claims.map { (id, $0) } }
    }

    // MARK: Coming and going

    /// Somebody who watches over HTTP.
    mutating func admit(_ id: MemberID, _ member: Member) { members[id] = member }

    mutating func connect(_ id: MemberID, _ member: Member) -> [Delivery] {
        members[id] = member
        arrivals[member.account, default: []].append(id)
        if member.isManager {
            hub.join(id, Self.managers)
            let users = onlineEmployees.map(\.spelling)
            return [delivery(LiveEventName.presenceList, PresenceList(users: users), [id])]
        }
        hub.join(id, sockets(member.account))
        var deliveries: [Delivery] = []
        let count = online[member.account, default: 0]
        online[member.account] = count + 1
        if count == 0 { deliveries.append(presence(LiveEventName.presenceOnline, member.account)) }
        for watcher in watchers(of: member.account) {
            deliveries.append(delivery(LiveEventName.liveViewInitiate, LiveViewInitiate(by: watcher), [id]))
        }
        return deliveries
    }

    /// Also ends what the member watched.
    mutating func disconnect(_ id: MemberID) -> [Delivery] {
        guard let member = members[id] else { return [] }
        var deliveries = watched.filter { hub.contains(id, watchers($0)) }.flatMap { stop(id, watching: $0) }
        members[id] = nil
        hub.remove(id)
        arrivals[member.account]?.removeAll { $0 == id }
        if arrivals[member.account]?.isEmpty == true { arrivals[member.account] = nil }
        guard !member.isManager, let count = online[member.account] else { return deliveries }
        online[member.account] = count > 1 ? count - 1 : nil
        guard count == 1 else { return deliveries }
        let offline = LiveViewTerminate(by: member.account.spelling, reason: LiveViewTerminate.offline)
        let audience = hub.members(of: watchers(member.account))
        if !audience.isEmpty { deliveries.append(delivery(LiveEventName.liveViewTerminate, offline, audience)) }
        deliveries.append(presence(LiveEventName.presenceOffline, member.account))
        return deliveries
    }

    // MARK: Watching

    /// A member begins to watch.
    mutating func start(_ id: MemberID, watching employee: AccountID) -> [Delivery] {
        guard let member = members[id], member.isManager else { return [] }
        hub.join(id, watchers(employee))
        watched.insert(employee)
        let initiate = LiveViewInitiate(by: member.account.spelling)
        return [delivery(LiveEventName.liveViewInitiate, initiate, socketMembers(of: employee))]
    }

    /// A member ceases to watch. The employee hears of it when nobody watches any more.
    mutating func stop(_ id: MemberID, watching employee: AccountID) -> [Delivery] {
        guard let member = members[id], hub.leave(id, watchers(employee)) else { return [] }
        guard hub.members(of: watchers(employee)).isEmpty else { return [] }
        watched.remove(employee)
        let terminate = LiveViewTerminate(by: member.account.spelling)
        return [delivery(LiveEventName.liveViewTerminate, terminate, socketMembers(of: employee))]
    }

    /// The members that get a frame; nobody when the sender is not the employee it is said to show.
    func receivers(ofFrameBy id: MemberID, showing employee: AccountID) -> Set<MemberID> {
        guard let member = members[id], !member.isManager, member.account == employee else { return [] }
        return hub.members(of: watchers(employee))
    }

    /// The employee ends it, on one of their sockets, or by ceasing to work: nobody watches any more.
    /// - Parameter id: the socket that knows already.
    mutating func terminate(_ employee: AccountID, by id: MemberID? = nil) -> [Delivery] {
        let audience = hub.members(of: watchers(employee))
        guard !audience.isEmpty else { return [] }
        for watcher in audience { hub.leave(watcher, watchers(employee)) }
        watched.remove(employee)
        let others = socketMembers(of: employee).subtracting(id.map { [$0] } ?? [])
        let terminate = LiveViewTerminate(by: employee.spelling)
        return [audience, others].filter { !$0.isEmpty }.map {
            delivery(LiveEventName.liveViewTerminate, terminate, $0)
        }
    }

    private func presence(_ name: String, _ employee: AccountID) -> Delivery {
        delivery(name, PresenceChange(userID: employee.spelling), hub.members(of: Self.managers))
    }

    private func delivery(_ name: String, _ payload: some JSONRepresentable, _ members: Set<MemberID>) -> Delivery {
        Delivery(name: name, payload: payload.json, members: members)
    }
}
