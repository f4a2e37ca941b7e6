import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// Managers and employees by socket, requests and streams over HTTP, in any order, against a set of who watches whom.
private struct Simulation {
    private struct Watch: Hashable {
        let member: String
        let employee: AccountID
    }

    private struct Poll {
        let id: String
        let deadline: LiveState.Instant
    }

    private struct Person: Hashable {
        let account: AccountID
        let isManager: Bool
    }

    private var state = LiveState()
    private var now = LiveState.Instant.now
    private var generator: SeededGenerator

    // The model.
    private var sockets: [String: Person] = [:]
    /// In the order in which they connected; those who have gone are still there.
    private var arrivals: [String] = []
    private var watches: Set<Watch> = []
    /// By employee and token, as requests for frames share a watch.
    private var polls: [String: Poll] = [:]
    private var names: [String: AccountID] = [:]
    private var streams: Set<String> = []
    private var viewers: Set<String> { streams.union(polls.values.map(\.id)) }
    private var lastViewer = 0

    // What the other side knows.
    private var told: [String: Set<String>] = [:]
    private var ends: [String: Int] = [:]
    private(set) var complaints: [String] = []

    private static let employees = ["mira", "jonas"].map { AccountID(stored: $0) }
    private static let managers = ["boss", "chief"].map { AccountID(stored: $0) }

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    private mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &generator) }

    private func watchers(of employee: AccountID) -> Set<String> {
        Set(watches.filter { $0.employee == employee }.map(\.member))
    }

    private func names(of employee: AccountID) -> Set<String> {
        Set(watchers(of: employee).compactMap { names[$0]?.spelling })
    }

    // MARK: Steps

    mutating func step() {
        switch Int.random(in: 0..<16, using: &generator) {
        case 0, 1: connect()
        case 2: if let id = pick(sockets.keys.sorted()) { disconnect(id) }
        case 3, 4, 5: startOrStop(isStart: true)
        case 6, 7: startOrStop(isStart: false)
        case 8, 9, 10: poll()
        case 11: stream()
        case 12: if let id = pick(streams.sorted()) { leave(id) }
        case 13:
            now += .seconds(Int.random(in: 0..<20, using: &generator))
            if let id = pick(polls.values.map(\.id).sorted()) { expire(id) }
        case 14: terminate()
        default: if let id = pick(polls.values.map(\.id).sorted()) { leave(id) }
        }
    }

    /// Everybody goes.
    mutating func end() {
        for id in viewers.sorted() { leave(id) }
        for id in sockets.keys.sorted() { disconnect(id) }
        if !state.watchedEmployees.isEmpty || !state.onlineEmployees.isEmpty { complain("something is left") }
        for (id, count) in ends where count != 1 { complain("\(id) ended \(count) times") }
    }

    private mutating func connect() {
        let isManager = Bool.random(using: &generator)
        let id = (isManager ? "m" : "e") + "\(Int.random(in: 0..<3, using: &generator))"
        guard sockets[id] == nil, let account = pick(isManager ? Self.managers : Self.employees) else { return }
        sockets[id] = Person(account: account, isManager: isManager)
        names[id] = account
        arrivals.append(id)
        told[id] = []
        check(newSocket: id) {
            $0.connect(id, LiveState.Member(account: account, isManager: isManager, proofID: "\(id)'s"))
        }
    }

    private mutating func disconnect(_ id: String) {
        guard let person = sockets.removeValue(forKey: id) else { return }
        told[id] = nil
        watches = watches.filter { $0.member != id }
        let isOnline = sockets.values.contains { !$0.isManager && $0.account == person.account }
        let lost = person.isManager || isOnline ? [] : watchers(of: person.account).intersection(viewers)
        for id in lost { forget(id) }
        check(ended: lost) { $0.disconnect(id) }
    }

    private mutating func forget(_ viewer: String) {
        watches = watches.filter { $0.member != viewer }
        streams.remove(viewer)
        polls = polls.filter { $0.value.id != viewer }
    }

    private mutating func startOrStop(isStart: Bool) {
        guard let id = pick(sockets.keys.sorted()), let employee = pick(Self.employees) else { return }
        let watch = Watch(member: id, employee: employee)
        guard sockets[id]?.isManager == true else {
            return expectNothing(isStart ? state.start(id, watching: employee) : state.stop(id, watching: employee))
        }
        let isNews = isStart ? !watches.contains(watch) : watches.contains(watch)
        if isStart { watches.insert(watch) } else { watches.remove(watch) }
        let deliveries = check { isStart ? $0.start(id, watching: employee) : $0.stop(id, watching: employee) }
        if !isNews { expectNothing(deliveries) }
    }

    private mutating func makeViewer() -> (id: String, employee: AccountID, manager: LiveState.Member)? {
        lastViewer += 1
        let id = "http \(lastViewer)"
        let token = "token \(Int.random(in: 0..<2, using: &generator))"
        guard let account = pick(Self.managers), let employee = pick(Self.employees) else { return nil }
        names[id] = account
        let member = LiveState.Member(account: account, isManager: true, proofID: "\(account.spelling)'s \(token)")
        return (id, employee, member)
    }

    private mutating func poll() {
        guard let (id, employee, manager) = makeViewer() else { return }
        let key = "\(employee.spelling) \(manager.proofID)"
        let deadline = now + .seconds(30)
        let expected = polls[key]?.id ?? id
        if polls[key] == nil { ends[id] = 0 }
        polls[key] = Poll(id: expected, deadline: deadline)
        watches.insert(Watch(member: expected, employee: employee))
        var watch = ""
        check { state in
            let result = state.poll(employee, as: id, manager, until: deadline)
            watch = result.watch
            return result.deliveries
        }
        if watch != expected { complain("a request watches as \(watch) instead of \(expected)") }
    }

    private mutating func stream() {
        guard let (id, employee, manager) = makeViewer() else { return }
        streams.insert(id)
        ends[id] = 0
        watches.insert(Watch(member: id, employee: employee))
        check { $0.view(employee, as: id, manager) }
    }

    private mutating func leave(_ id: String) {
        forget(id)
        ends[id, default: 0] += 1
        check { $0.disconnect(id) }
    }

    private mutating func expire(_ id: String) {
        guard let deadline = polls.values.first(where: { $0.id == id })?.deadline else { return }
        let isOver = now >= deadline
        if isOver {
            forget(id)
            ends[id, default: 0] += 1
        }
        let time = now
        check { $0.expire(id, at: time) }
        if (state.member(id) == nil) != isOver { complain("\(id) lasts too long or not long enough") }
    }

    private mutating func terminate() {
        guard let (id, person) = pick(sockets.sorted { $0.key < $1.key }.filter { !$0.value.isManager }) else { return }
        let lost = watchers(of: person.account).intersection(viewers)
        for id in lost { forget(id) }
        watches = watches.filter { $0.employee != person.account }
        told[id] = []
        check(ended: lost, terminator: id) { $0.terminate(person.account, by: id) }
    }

    // MARK: Checks

    private mutating func complain(_ text: String) { complaints.append(text) }

    private mutating func expectNothing(_ deliveries: [LiveState.Delivery]) {
        if !deliveries.isEmpty { complain("nothing happened, and \(deliveries.map(\.name)) was told") }
    }

    /// Carries a step out, which the model has made already.
    @discardableResult
    private mutating func check(
        newSocket: String? = nil, ended: Set<String> = [], terminator: String? = nil,
        _ step: (inout LiveState) -> [LiveState.Delivery]
    ) -> [LiveState.Delivery] {
        var before: [AccountID: Bool] = [:]
        for employee in Self.employees { before[employee] = state.isWatched(employee) }
        let deliveries = step(&state)
        for delivery in deliveries where delivery.name == LiveEventName.liveViewTerminate {
            for id in delivery.members where ends[id] != nil { ends[id, default: 0] += 1 }
        }
        for id in ended where ends[id] != 1 { complain("\(id) was not told its end once") }
        for employee in Self.employees { check(employee, deliveries, before[employee] == true, newSocket, terminator) }
        for id in names.keys where sockets[id] == nil && !viewers.contains(id) && state.member(id) != nil {
            complain("\(id) is still there")
        }
        return deliveries
    }

    private mutating func check(
        _ employee: AccountID, _ deliveries: [LiveState.Delivery], _ wasWatched: Bool, _ newSocket: String?,
        _ terminator: String?
    ) {
        let current = names(of: employee)
        let known = Set(state.watchers(of: employee))
        if known != current { complain("\(current) watch, not \(known)") }
        if state.isWatched(employee) != !current.isEmpty { complain("watched by \(current)") }
        let own = sockets.filter { !$0.value.isManager && $0.value.account == employee }.keys
        for id in own {
            var terminations = 0
            for delivery in deliveries where delivery.members.contains(id) {
                let by = delivery.payload.object?["by"]?.text ?? ""
                switch delivery.name {
                case LiveEventName.liveViewInitiate: told[id]?.insert(by)
                case LiveEventName.liveViewWatchers:
                    told[id] = Set(delivery.payload.object?["watchers"]?.array?.compactMap(\.text) ?? [])
                case LiveEventName.liveViewTerminate:
                    terminations += 1
                    told[id] = []
                default: break
                }
            }
            if told[id] != current { complain("\(id) thinks that \(told[id] ?? []) watch, not \(current)") }
            let isEnd = wasWatched && current.isEmpty && id != newSocket && id != terminator
            if terminations != (isEnd ? 1 : 0) { complain("\(id) hears \(terminations) ends") }
        }
        // The newest is seen by all who watch, and by nobody else.
        guard let newest = arrivals.last(where: own.contains) else { return }
        let audience = state.receivers(ofFrameBy: newest)
        if audience != watchers(of: employee) { complain("\(audience) get frames, not \(watchers(of: employee))") }
    }
}

struct LiveStateModelTests {
    /// Whoever watches is known, nobody is watched without a watcher, each watcher ends once, and the employee hears of each
    /// beginning and of the last end.
    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func anyOrderOfRequestsKeepsEverybodyInformed(seed: UInt64) {
        var simulation = Simulation(seed: seed)
        for step in 0..<150 {
            simulation.step()
            guard simulation.complaints.isEmpty else {
                Issue.record("step \(step): \(simulation.complaints)")
                return
            }
        }
        simulation.end()
        #expect(simulation.complaints == [])
    }
}
