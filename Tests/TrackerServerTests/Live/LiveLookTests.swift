import Shared
import Testing

@testable import TrackerServer

/// What the audit is told of those who watch live.
struct LiveLookTests {
    private var state = LiveState()
    private let mira = AccountID(stored: "mira")

    private func member(_ name: String, isManager: Bool = true, token: String = "token") -> LiveState.Member {
        LiveState.Member(
            account: AccountID(stored: name), isManager: isManager, proofID: token, address: "10.0.0.7")
    }

    private func look(by name: String = "boss", _ hasBegun: Bool) -> LiveState.Look {
        LiveState.Look(
            watcher: AccountID(stored: name), employee: mira, address: "10.0.0.7", hasBegun: hasBegun)
    }

    @Test mutating func somebodyWatchesFromTheFirstSocketToTheLast() {
        var looks: [LiveState.Look] = []
        _ = state.connect("e", member("mira", isManager: false))
        for id in ["m1", "m2"] { _ = state.connect(id, member("boss")) }
        _ = state.start("m1", watching: mira)
        looks = state.takeLooks()
        #expect(looks == [look(true)])
        _ = state.start("m1", watching: mira)
        _ = state.start("m2", watching: mira)
        _ = state.stop("m1", watching: mira)
        looks = state.takeLooks()
        #expect(looks == [])
        _ = state.disconnect("m2")
        looks = state.takeLooks()
        #expect(looks == [look(false)])
        _ = state.stop("m1", watching: mira)
        looks = state.takeLooks()
        #expect(looks == [])
    }

    @Test mutating func requestsForFramesAreOneWatch() {
        var looks: [LiveState.Look] = []
        _ = state.connect("e", member("mira", isManager: false))
        let now = ContinuousClock.now
        for number in 0..<5 {
            _ = state.poll(mira, as: "http \(number)", member("boss"), until: now + .seconds(30 + number))
        }
        looks = state.takeLooks()
        #expect(looks == [look(true)])
        _ = state.expire("http 0", at: now + .seconds(33))
        looks = state.takeLooks()
        #expect(looks == [])
        _ = state.expire("http 0", at: now + .seconds(34))
        looks = state.takeLooks()
        #expect(looks == [look(false)])
    }

    @Test mutating func whateverEndsItIsTold() {
        var looks: [LiveState.Look] = []
        _ = state.connect("m", member("boss"))
        for end in 0..<3 {
            _ = state.connect("e", member("mira", isManager: false))
            _ = state.start("m", watching: mira)
            _ = state.view(mira, as: "http \(end)", member("chief"))
            looks = state.takeLooks()
            #expect(looks == [look(true), look(by: "chief", true)])
            switch end {
            case 0: _ = state.terminate(mira, by: "e")
            case 1: _ = state.workEnded(mira)
            default:
                // The socket goes on watching, for when the employee comes back.
                _ = state.disconnect("e")
                looks = state.takeLooks()
                #expect(looks == [look(by: "chief", false)])
                _ = state.stop("m", watching: mira)
                looks = state.takeLooks()
                #expect(looks == [look(false)])
                continue
            }
            looks = state.takeLooks()
            #expect(Set(looks) == [look(false), look(by: "chief", false)])
            _ = state.disconnect("e")
        }
    }

    @Test mutating func whoMayNotWatchIsToldTheEndAndOthersGoOn() {
        var looks: [LiveState.Look] = []
        _ = state.connect("e", member("mira", isManager: false))
        _ = state.connect("m", member("boss"))
        _ = state.start("m", watching: mira)
        _ = state.view(mira, as: "http 1", member("boss"))
        _ = state.view(mira, as: "http 2", member("chief"))
        _ = state.takeLooks()
        let deliveries = state.refuse(AccountID(stored: "boss"), watching: mira)
        #expect(deliveries.first?.members == ["m", "http 1"])
        #expect(deliveries.first?.name == LiveEventName.liveViewTerminate)
        #expect(state.watchers(of: mira) == ["chief"])
        looks = state.takeLooks()
        #expect(looks == [look(false)])
    }
}
