import SocketIO
import TestSupport
import Testing

@Suite struct StrangersTests {
    private var strangers = Strangers(limits: Strangers.Limits(sessions: 5, sessionsOfAnAddress: 3))

    @Test mutating func whoWasSilentLongestGoesForOneThatComes() {
        for (sid, address) in [("a1", "a"), ("b1", "b"), ("c1", "c"), ("b2", "b"), ("c2", "c")] {
            let gone = strangers.enter(sid, from: address)
            #expect(gone == nil)
        }
        let first = strangers.enter("d1", from: "d")
        #expect(first == "a1")
        strangers.heard("b1")
        let second = strangers.enter("d2", from: "d")
        #expect(second == "c1")
        #expect(strangers.count == 5)
    }

    /// Others have nothing to do with an address that sends too many.
    @Test mutating func ofAnAddressWithTooManyItsOwnGoes() {
        _ = strangers.enter("b1", from: "b")
        for number in 1...3 { _ = strangers.enter("a\(number)", from: "a") }
        let first = strangers.enter("a4", from: "a")
        #expect(first == "a1")
        strangers.heard("a2")
        let second = strangers.enter("a5", from: "a")
        #expect(second == "a3")
        #expect(strangers.count == 4)
    }

    @Test mutating func whoHasSaidWhoTheyAreMakesRoom() {
        for number in 1...3 { _ = strangers.enter("a\(number)", from: "a") }
        strangers.leave("a2")
        strangers.leave("a2")
        let gone = strangers.enter("a4", from: "a")
        #expect(gone == nil)
        strangers.heard("a2")
        strangers.leave("nobody")
        #expect(strangers.count == 3)
        for sid in ["a1", "a3", "a4"] { strangers.leave(sid) }
        #expect(strangers.count == 0)
    }

    @Test mutating func whoComesAgainCountsOnce() {
        for _ in 1...20 {
            let gone = strangers.enter("a1", from: "a")
            #expect(gone == nil)
        }
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
