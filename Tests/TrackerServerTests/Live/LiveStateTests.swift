import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

struct LiveStateTests {
    private typealias Delivery = LiveState.Delivery
    private var state = LiveState()
    private let mira = AccountID(stored: "mira")

    private func employee(_ name: String = "mira", token: String = "token") -> LiveState.Member {
        LiveState.Member(account: AccountID(stored: name), isManager: false, proofID: token)
    }

    private func manager(_ name: String = "boss", token: String = "token") -> LiveState.Member {
        LiveState.Member(account: AccountID(stored: name), isManager: true, proofID: token)
    }

    private func event(_ name: String, _ payload: [(JSONString, String)], to: String...) -> Delivery {
        let members = payload.map { ($0.0, JSONValue.string($0.1)) }
        var delivery = Delivery(name: name, payload: .object(JSONObject(members)), members: Set(to))
        if name.hasPrefix("presence:") {
            delivery.event = .presence(userID: payload.first?.1 ?? "", isOnline: name == LiveEventName.presenceOnline)
        }
        return delivery
    }

    private func watchers(_ names: String..., to id: String) -> [Delivery] {
        [Delivery(name: "live_view:watchers", payload: LiveViewWatchers(watchers: names).json, members: [id])]
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
        let audience = state.receivers(ofFrameBy: "e1")
        #expect(audience == ["m"])
        let end = state.stop("m", watching: AccountID(stored: "strasse"))
        #expect(end == [event("live_view:terminate", [("by", "boss")], to: "e1")])
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
        let audience = state.receivers(ofFrameBy: "e")
        #expect(audience == ["m", "n"])
        let one = state.stop("m", watching: mira)
        #expect(one == watchers("chief", to: "e"))
        let twice = state.stop("m", watching: mira)
        #expect(twice == [])
        let last = state.stop("n", watching: mira)
        #expect(last == [event("live_view:terminate", [("by", "chief")], to: "e")])
        #expect(state.watchedEmployees.isEmpty)
        let nobody = state.receivers(ofFrameBy: "e")
        #expect(nobody.isEmpty)
    }

    @Test mutating func whoBeginsOrCeasesTwiceTellsNobody() {
        _ = state.connect("m", manager())
        _ = state.connect("e", employee())
        for _ in 0..<3 {
            let first = state.start("m", watching: mira)
            #expect(first == [event("live_view:initiate", [("by", "boss")], to: "e")])
            let second = state.start("m", watching: AccountID(stored: "MIRA"))
            #expect(second == [])
            let end = state.stop("m", watching: mira)
            #expect(end == [event("live_view:terminate", [("by", "boss")], to: "e")])
            let again = state.stop("m", watching: mira)
            #expect(again == [])
        }
    }

    /// One manager with two windows: the second wants a picture, and the employee hears of no change when one closes.
    @Test mutating func theSameManagerTwiceIsNamedAsLongAsOneOfThemWatches() {
        for (id, member) in [("m", manager()), ("m2", manager()), ("e", employee())] { _ = state.connect(id, member) }
        _ = state.start("m", watching: mira)
        let second = state.start("m2", watching: mira)
        #expect(second == [event("live_view:initiate", [("by", "boss")], to: "e")])
        #expect(state.watchers(of: mira) == ["boss"])
        let one = state.disconnect("m")
        #expect(one == [])
        let last = state.disconnect("m2")
        #expect(last == [event("live_view:terminate", [("by", "boss")], to: "e")])
    }

    @Test mutating func oneSocketWatchesSoManyAtTheSameTime() {
        _ = state.connect("m", manager())
        let names = (0...LiveState.watchLimit).map { AccountID(stored: "e\($0)") }
        for name in names { _ = state.start("m", watching: name) }
        #expect(state.watchedEmployees == Set(names.dropLast()))
        _ = state.stop("m", watching: names[0])
        _ = state.start("m", watching: names[LiveState.watchLimit])
        #expect(state.watchedEmployees == Set(names.dropFirst()))
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
        let nobody = state.receivers(ofFrameBy: "e1")
        #expect(nobody.isEmpty)
        // Nobody who comes back begins it again.
        let gone = [state.disconnect("e1"), state.disconnect("e2"), state.disconnect("m")]
        #expect(gone[0] == [])
        let back = state.connect("e1", employee())
        #expect(back.map(\.name) == ["presence:online"])
        _ = state.connect("m", manager())
        #expect(state.watchedEmployees.isEmpty)
    }

    @Test mutating func nobodySpeaksForSomebodyElse() {
        for (id, member) in [("e", employee()), ("x", employee("xaver")), ("m", manager())] {
            _ = state.connect(id, member)
        }
        let byEmployee = state.start("x", watching: mira)
        let byNobody = state.start("?", watching: mira)
        #expect(byEmployee == [] && byNobody == [])
        _ = state.start("m", watching: mira)
        for (id, audience) in [("x", []), ("m", []), ("?", []), ("e", ["m"])] as [(String, Set<String>)] {
            let receivers = state.receivers(ofFrameBy: id)
            #expect(receivers == audience)
        }
    }

    // MARK: Several clients of one employee

    @Test mutating func ofSeveralClientsTheOneThatConnectedLastIsShown() {
        for (id, member) in [("m", manager()), ("e1", employee()), ("e2", employee())] { _ = state.connect(id, member) }
        _ = state.start("m", watching: mira)
        // The one that sends nothing keeps nobody from being seen.
        for (id, isShown) in [("e1", true), ("e2", true), ("e1", false), ("e2", true)] {
            let receivers = state.receivers(ofFrameBy: id)
            #expect(receivers.isEmpty != isShown, "\(id)")
        }
        _ = state.disconnect("e2")
        let rest = state.receivers(ofFrameBy: "e1")
        #expect(rest == ["m"])
        // Whoever watches next may see another first.
        _ = state.connect("e3", employee())
        _ = state.receivers(ofFrameBy: "e3")
        _ = state.stop("m", watching: mira)
        _ = state.start("m", watching: mira)
        let older = state.receivers(ofFrameBy: "e1")
        #expect(older == ["m"])
    }

    @Test mutating func theOneThatBeganTheWorkLastComesBeforeAllOthers() {
        for (id, member) in [("m", manager()), ("a", employee(token: "A")), ("b", employee(token: "B"))] {
            _ = state.connect(id, member)
        }
        _ = state.start("m", watching: mira)
        state.workStarted(mira, proofID: "B")
        // Its line was bad: it is there again, and that makes it no newer.
        _ = state.disconnect("a")
        _ = state.connect("a", employee(token: "A"))
        for (id, isShown) in [("a", true), ("b", true), ("a", false)] {
            let receivers = state.receivers(ofFrameBy: id)
            #expect(receivers.isEmpty != isShown, "\(id)")
        }
        state.workStarted(mira, proofID: "A")
        for (id, isShown) in [("a", true), ("b", false)] {
            let receivers = state.receivers(ofFrameBy: id)
            #expect(receivers.isEmpty != isShown, "\(id)")
        }
        let ended = state.workEnded(mira)
        #expect(ended.map(\.name) == ["live_view:terminate", "live_view:terminate"])
    }

    // MARK: Watching over HTTP

    @Test mutating func requestsForFramesShareAWatchThatTheyProlong() {
        let start = LiveState.Instant.now
        _ = state.connect("e", employee())
        let first = state.poll(mira, as: "1", manager(), until: start + .seconds(30))
        #expect(first.watch == "1")
        #expect(first.deliveries == [event("live_view:initiate", [("by", "boss")], to: "e")])
        let second = state.poll(mira, as: "2", manager(), until: start + .seconds(31))
        #expect(second.watch == "1" && second.deliveries == [])
        #expect(state.member("2") == nil)
        let early = state.expire("1", at: start + .seconds(30))
        #expect(early == [])
        #expect(state.deadline(of: "1") == start + .seconds(31))
        // With another token it is another's.
        let other = state.poll(mira, as: "3", manager(token: "other"), until: start + .seconds(40))
        #expect(other.watch == "3")
        let end = state.expire("1", at: start + .seconds(31))
        #expect(end == [])
        #expect(state.deadline(of: "1") == nil && state.member("1") == nil)
        let anew = state.poll(mira, as: "4", manager(), until: start + .seconds(70))
        #expect(anew.watch == "4")
        _ = state.disconnect("4")
        let last = state.expire("3", at: start + .seconds(40))
        #expect(last == [event("live_view:terminate", [("by", "boss")], to: "e")])
    }

    @Test mutating func whatWatchesOverHTTPEndsWithTheViewOrTheEmployee() {
        let later = LiveState.Instant.now + .seconds(30)
        for end in [{ $0.terminate(AccountID(stored: "mira"), by: "e") }, { $0.disconnect("e") }]
            as [(inout LiveState) -> [Delivery]]
        {
            _ = state.connect("e", employee())
            _ = state.view(mira, as: "1", manager())
            _ = state.poll(mira, as: "2", manager(), until: later)
            let deliveries = end(&state)
            #expect(deliveries.first?.members == ["1", "2"])
            #expect(state.member("1") == nil && state.member("2") == nil)
            #expect(state.watchedEmployees.isEmpty)
            let next = state.poll(mira, as: "3", manager(), until: later)
            #expect(next.watch == "3")
            _ = state.disconnect("3")
            _ = state.disconnect("e")
        }
    }

    /// Two managers and an employee, in every order of four steps: the employee knows who watches exactly when somebody
    /// does, and nothing is left when all are gone.
    @Test(.ownThread) func everyOrderOfStartStopAndDisconnectEndsWell() {
        let steps: [(inout LiveState) -> [LiveState.Delivery]] = [
            { $0.start("m", watching: AccountID(stored: "mira")) },
            { $0.stop("m", watching: AccountID(stored: "mira")) },
            { $0.disconnect("m") },
            { $0.start("n", watching: AccountID(stored: "mira")) },
            { $0.stop("n", watching: AccountID(stored: "mira")) },
            { $0.disconnect("n") },
            { $0.disconnect("e") },
            { $0.terminate(AccountID(stored: "mira"), by: "e") },
            {
                $0.connect(
                    "e", LiveState.Member(account: AccountID(stored: "mira"), isManager: false, proofID: "token"))
            },
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
                    isTold = delivery.name != LiveEventName.liveViewTerminate
                }
                let isWatched = !state.receivers(ofFrameBy: "e").isEmpty
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
