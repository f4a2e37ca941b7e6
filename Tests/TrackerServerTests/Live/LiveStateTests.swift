import JSON
import Shared
import Testing

@testable import TrackerServer

struct LiveStateTests {
    private typealias Delivery = LiveState.Delivery
    private var state = LiveState()
    private let mira = AccountID(stored: "mira")

    private func employee(_ name: String = "mira") -> LiveState.Member {
        LiveState.Member(account: AccountID(stored: name), isManager: false, claims: nil)
    }

    private func manager(_ name: String = "boss") -> LiveState.Member {
        LiveState.Member(account: AccountID(stored: name), isManager: true, claims: nil)
    }

    private func event(_ name: String, _ payload: [(JSONString, String)], to: String...) -> Delivery {
        let members = payload.map { ($0.0, JSONValue.string($0.1)) }
        return Delivery(name: name, payload: .object(JSONObject(members)), members: Set(to))
    }

    private func list(_ users: [String], to id: String) -> [Delivery] {
        [Delivery(name: "presence:list", payload: PresenceList(users: users).json, members: [id])]
    }

    @Test mutating func presenceCountsSockets() {
        let greeting = state.connect("m", manager())
        #expect(greeting == list([], to: "m"))
        let first = state.connect("e1", employee())
        #expect(first == [event("presence:online", [("userId", "mira")], to: "m")])
        let second = state.connect("e2", employee("MIRA"))
        #expect(second == [])
        let late = state.connect("m2", manager("chief"))
        #expect(late == list(["mira"], to: "m2"))
        let one = state.disconnect("e1")
        #expect(one == [])
        #expect(state.isOnline(mira))
        let last = state.disconnect("e2")
        #expect(last == [event("presence:offline", [("userId", "MIRA")], to: "m", "m2")])
        #expect(!state.isOnline(mira))
        let again = state.disconnect("e2")
        #expect(again == [])
    }

    @Test mutating func anEmployeeIsWatchedInEverySpelling() {
        _ = state.connect("m", manager())
        _ = state.connect("e1", employee("Stra\u{DF}e"))
        let start = state.start("m", watching: AccountID(stored: "STRASSE"))
        #expect(start == [event("live_view:initiate", [("by", "boss")], to: "e1")])
        #expect(state.receivers(ofFrameBy: "e1", showing: AccountID(stored: "strasse")) == ["m"])
    }

    @Test(arguments: [true, false])
    mutating func beyondTenSocketsOfAnAccountTheOldestAreToGo(isManager: Bool) {
        let member = isManager ? manager("mira") : employee()
        for number in 1...10 { _ = state.connect("s\(number)", member) }
        _ = state.connect("other", employee("jonas"))
        state.admit("http 1", manager("mira"))
        #expect(state.surplus(of: mira).isEmpty)
        _ = state.connect("s11", isManager ? manager("MIRA") : employee("MIRA"))
        #expect(state.surplus(of: mira) == ["s1"])
        _ = state.connect("s12", member)
        #expect(state.surplus(of: mira) == ["s1", "s2"])
        _ = state.disconnect("s1")
        _ = state.disconnect("s7")
        #expect(state.surplus(of: mira).isEmpty)
        #expect(state.surplus(of: AccountID(stored: "jonas")).isEmpty)
    }

    @Test mutating func theEmployeeHearsOfTheFirstAndOfTheEndOfWatching() {
        for (id, member) in [("m", manager()), ("n", manager("chief")), ("e", employee())] {
            _ = state.connect(id, member)
        }
        let first = state.start("m", watching: mira)
        #expect(first == [event("live_view:initiate", [("by", "boss")], to: "e")])
        let second = state.start("n", watching: mira)
        #expect(second == [event("live_view:initiate", [("by", "chief")], to: "e")])
        #expect(state.receivers(ofFrameBy: "e", showing: mira) == ["m", "n"])
        let one = state.stop("m", watching: mira)
        #expect(one == [])
        let twice = state.stop("m", watching: mira)
        #expect(twice == [])
        let last = state.stop("n", watching: mira)
        #expect(last == [event("live_view:terminate", [("by", "chief")], to: "e")])
        #expect(state.watchedEmployees.isEmpty)
        #expect(state.receivers(ofFrameBy: "e", showing: mira).isEmpty)
    }

    @Test mutating func aWatcherThatVanishesHasStopped() {
        _ = state.connect("e", employee())
        _ = state.connect("m", manager())
        _ = state.start("m", watching: mira)
        let gone = state.disconnect("m")
        #expect(gone == [event("live_view:terminate", [("by", "boss")], to: "e")])
    }

    @Test mutating func anEmployeeWhoReturnsIsToldWhoWatches() {
        for (id, member) in [("e", employee()), ("m", manager()), ("n", manager("chief"))] {
            _ = state.connect(id, member)
        }
        _ = state.start("m", watching: mira)
        _ = state.start("n", watching: mira)
        let gone = state.disconnect("e")
        #expect(
            gone == [
                event("live_view:terminate", [("by", "mira"), ("reason", "offline")], to: "m", "n"),
                event("presence:offline", [("userId", "mira")], to: "m", "n"),
            ])
        let back = state.connect("e", employee())
        #expect(
            back == [
                event("presence:online", [("userId", "mira")], to: "m", "n"),
                event("live_view:initiate", [("by", "boss")], to: "e"),
                event("live_view:initiate", [("by", "chief")], to: "e"),
            ])
    }

    @Test mutating func theEmployeeEndsItForAll() {
        for (id, member) in [("e1", employee()), ("e2", employee()), ("m", manager())] {
            _ = state.connect(id, member)
        }
        _ = state.start("m", watching: mira)
        let ended = state.terminate(mira, by: "e1")
        #expect(
            ended == [
                event("live_view:terminate", [("by", "mira")], to: "m"),
                event("live_view:terminate", [("by", "mira")], to: "e2"),
            ])
        let twice = state.terminate(mira, by: "e1")
        #expect(twice == [])
        #expect(state.receivers(ofFrameBy: "e1", showing: mira).isEmpty)
    }

    @Test mutating func nobodySpeaksForSomebodyElse() {
        for (id, member) in [("e", employee()), ("x", employee("xaver")), ("m", manager())] {
            _ = state.connect(id, member)
        }
        let byEmployee = state.start("x", watching: mira)
        let byNobody = state.start("?", watching: mira)
        #expect(byEmployee == [] && byNobody == [])
        _ = state.start("m", watching: mira)
        #expect(state.receivers(ofFrameBy: "x", showing: mira).isEmpty)
        #expect(state.receivers(ofFrameBy: "m", showing: mira).isEmpty)
        #expect(state.receivers(ofFrameBy: "?", showing: mira).isEmpty)
        #expect(state.receivers(ofFrameBy: "e", showing: AccountID(stored: "Mira")) == ["m"])
    }

    /// Two managers and an employee, in every order of four steps: the employee knows who watches exactly when somebody
    /// does, and nothing is left when all are gone.
    @Test func everyOrderOfStartStopAndDisconnectEndsWell() {
        let steps: [(inout LiveState) -> [LiveState.Delivery]] = [
            { $0.start("m", watching: AccountID(stored: "mira")) },
            { $0.stop("m", watching: AccountID(stored: "mira")) },
            { $0.disconnect("m") },
            { $0.start("n", watching: AccountID(stored: "mira")) },
            { $0.stop("n", watching: AccountID(stored: "mira")) },
            { $0.disconnect("n") },
            { $0.disconnect("e") },
            { $0.terminate(AccountID(stored: "mira"), by: "e") },
            { $0.connect("e", LiveState.Member(account: AccountID(stored: "mira"), isManager: false, claims: nil)) },
        ]
        for number in 0..<(9 * 9 * 9 * 9 * 9) {
            var state = LiveState()
            for (id, member) in [("e", employee()), ("m", manager()), ("n", manager("chief"))] {
                _ = state.connect(id, member)
            }
            var isTold = false
            var isThere = true
            var rest = number
            for _ in 0..<5 {
                let step = rest % 9
                rest /= 9
                if step == 8, isThere { continue }
                if step == 6 { (isThere, isTold) = (false, false) }
                if step == 7 { isTold = false }
                if step == 8 { isThere = true }
                for delivery in steps[step](&state) where delivery.members.contains("e") {
                    isTold = delivery.name == LiveEventName.liveViewInitiate
                }
                let isWatched = !state.receivers(ofFrameBy: "e", showing: mira).isEmpty
                if isTold != isWatched {
                    Issue.record("order \(number): told \(isTold), watched \(isWatched)")
                    return
                }
            }
            for id in ["e", "m", "n"] { _ = state.disconnect(id) }
            if !state.watchedEmployees.isEmpty || !state.onlineEmployees.isEmpty {
                Issue.record("order \(number) leaves something")
                return
            }
        }
    }
}
