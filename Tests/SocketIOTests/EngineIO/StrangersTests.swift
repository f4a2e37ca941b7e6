import SocketIO
import TestSupport
import Testing

@Suite struct StrangersTests {
    private let nobody = Strangers(limits: Strangers.Limits(sessions: 5, sessionsOfAnAddress: 3))

    @Test func whoWasSilentLongestGoesForOneThatComes() {
        var strangers = nobody
        for (sid, address) in [("a1", "a"), ("b1", "b"), ("c1", "c"), ("b2", "b"), ("c2", "c")] {
            #expect(strangers.enter(sid, from: address) == nil)
        }
        #expect(strangers.enter("d1", from: "d") == "a1")
        strangers.heard("b1")
        #expect(strangers.enter("d2", from: "d") == "c1")
        #expect(strangers.count == 5)
    }

    /// Others have nothing to do with an address that sends too many.
    @Test func ofAnAddressWithTooManyItsOwnGoes() {
        var strangers = nobody
        for sid in ["b1", "a1", "a2", "a3"] { _ = strangers.enter(sid, from: String(sid.prefix(1))) }
        #expect(strangers.enter("a4", from: "a") == "a1")
        strangers.heard("a2")
        #expect(strangers.enter("a5", from: "a") == "a3")
        #expect(strangers.count == 4)
    }

    @Test func whoHasSaidWhoTheyAreMakesRoom() {
        var strangers = nobody
        for number in 1...3 { _ = strangers.enter("a\(number)", from: "a") }
        strangers.leave("a2")
        strangers.leave("a2")
        #expect(strangers.enter("a4", from: "a") == nil)
        strangers.heard("a2")
        strangers.leave("nobody")
        #expect(strangers.count == 3)
        for sid in ["a1", "a3", "a4"] { strangers.leave(sid) }
        #expect(strangers.count == 0)
    }

    @Test func whoComesAgainCountsOnce() {
        var strangers = nobody
        for _ in 1...20 { #expect(strangers.enter("a1", from: "a") == nil) }
        #expect(strangers.count == 1)
    }

    /// Beside a list that is looked through each time.
    @Test func everyOrderOfComingSpeakingAndLeavingIsThatOfAPlainList() {
        for seed in 0..<50 {
            var generator = SeededGenerator(seed: UInt64(seed))
            var strangers = Strangers(limits: Strangers.Limits(sessions: 40, sessionsOfAnAddress: 15))
            var list: [(sid: String, address: String)] = []
            for step in 0..<2000 {
                let sid = "\(Int.random(in: 0..<80, using: &generator))"
                let place = list.firstIndex { $0.sid == sid }
                switch Int.random(in: 0..<4, using: &generator) {
                case 0:
                    strangers.leave(sid)
                    if let place { list.remove(at: place) }
                case 1:
                    strangers.heard(sid)
                    if let place { list.append(list.remove(at: place)) }
                default:
                    guard place == nil else { continue }
                    let address = "\(Int.random(in: 0..<4, using: &generator))"
                    var longest: String?
                    if list.count(where: { $0.address == address }) >= 15 {
                        longest = list.first { $0.address == address }?.sid
                    } else if list.count >= 40 {
                        longest = list.first?.sid
                    }
                    list.removeAll { $0.sid == longest }
                    list.append((sid, address))
                    #expect(strangers.enter(sid, from: address) == longest, "seed \(seed), step \(step)")
                }
                #expect(strangers.count == list.count)
            }
        }
    }
}
