import TestSupport
import Testing

@testable import TrackerServer

@Suite struct HashQueueTests {
    private func claim(
        _ account: String, _ network: String = "office", _ line: HashQueue.Line = .strangers, isGuess: Bool = true
    ) -> HashQueue.Claim {
        HashQueue.Claim(line: line, network: network, account: account, isGuess: isGuess)
    }

    /// Carries out what waits, one at a time, and returns in which order.
    private func drain(_ queue: inout HashQueue) -> [UInt64] {
        var order: [UInt64] = []
        while let number = queue.next() {
            order.append(number)
            queue.end(number)
        }
        return order
    }

    @Test func whoComesFirstIsServedFirstAmongEquals() {
        var queue = HashQueue(threads: 1)
        for number in 0..<5 { #expect(queue.add(UInt64(number), claim("a\(number)", "n\(number)")) == .waits) }
        #expect(drain(&queue) == [0, 1, 2, 3, 4])
    }

    @Test func asManyAreServedAtATimeAsThereAreThreads() {
        var queue = HashQueue(threads: 2)
        for number in 0..<3 { _ = queue.add(UInt64(number), claim("a\(number)")) }
        #expect(queue.next() == 0)
        #expect(queue.next() == 1)
        #expect(queue.next() == nil)
        queue.end(0)
        #expect(queue.next() == 2)
    }

    @Test func guessesForOneAccountWaitForEachOther() {
        var queue = HashQueue(threads: 2)
        _ = queue.add(0, claim("eva"))
        _ = queue.add(1, claim("eva", "another"))
        _ = queue.add(2, claim("eva", isGuess: false))
        #expect(queue.next() == 0)
        #expect(queue.next() == 2)
        queue.end(2)
        #expect(queue.next() == nil)
        queue.end(0)
        #expect(queue.next() == 1)
    }

    @Test func networksTakeTurnsAndSoDoAccounts() {
        var queue = HashQueue(threads: 1)
        for number in 0..<4 { _ = queue.add(UInt64(number), claim("eva", "crowd")) }
        for number in 4..<6 { _ = queue.add(UInt64(number), claim("bob", "crowd")) }
        for number in 6..<8 { _ = queue.add(UInt64(number), claim("mira", "home")) }
        #expect(drain(&queue) == [0, 6, 4, 7, 1, 5, 2, 3])
    }

    /// However many employees' devices and strangers wait.
    @Test func linesTakeTurns() {
        var queue = HashQueue(threads: 1)
        for number in 0..<40 { _ = queue.add(UInt64(number), claim("e\(number)", "n\(number)", .employees)) }
        for number in 40..<80 { _ = queue.add(UInt64(number), claim("s\(number)", "n\(number)")) }
        _ = queue.add(80, claim("boss", "office", .managersElsewhere))
        _ = queue.add(81, claim("root", "office", .managers))
        #expect(Set(drain(&queue).prefix(4)) == [0, 40, 80, 81])
    }

    @Test func anAdministratorWaitsForFewHashesBehindTwoHundredLogins() throws {
        var queue = HashQueue(threads: 2)
        var served: [UInt64] = []
        for number in 0..<200 {
            _ = queue.add(UInt64(number), claim("e\(number)", "office", .employees))
            if let next = queue.next() { served.append(next) }
        }
        #expect(queue.add(1000, claim("root", "office", .managers)) != .refused)
        for number in served { queue.end(number) }
        let order = drain(&queue)
        #expect(try #require(order.firstIndex(of: 1000)) <= 1)
    }

    @Test func anAccountTakesSoManyPlacesAndNoMore() {
        var queue = HashQueue(threads: 1)
        for number in 0..<HashQueue.placesOfAccount {
            #expect(queue.add(UInt64(number), claim("eva", "n\(number)")) == .waits)
        }
        #expect(queue.add(100, claim("eva", "another")) == .refused)
        #expect(queue.add(101, claim("bob", "another")) == .waits)
    }

    @Test func whoComesToAFullHouseOfEqualsIsSentAway() {
        var queue = HashQueue(threads: 1)
        for number in 0..<HashQueue.places { _ = queue.add(UInt64(number), claim("a\(number)", "n\(number)")) }
        #expect(queue.add(1000, claim("late", "late")) == .refused)
        #expect(queue.waitingCount == HashQueue.places)
    }

    @Test func whoTakesMostMakesRoom() {
        var queue = HashQueue(threads: 1)
        // A network that has most, of several accounts, of which one has most.
        for number in 0..<64 { _ = queue.add(UInt64(number), claim("a\(number)", "n\(number)")) }
        for number in 64..<100 { _ = queue.add(UInt64(number), claim("b\(number)", "crowd")) }
        for number in 100..<128 { _ = queue.add(UInt64(number), claim("eva", "crowd")) }
        #expect(queue.add(1000, claim("late", "late")) == .displaces(127))
        #expect(queue.add(1001, claim("eva", "crowd")) == .refused)
        #expect(queue.add(1002, claim("other", "crowd")) == .displaces(126))
        // A line that has most.
        #expect(queue.add(1003, claim("root", "crowd", .managers)) == .displaces(125))
        #expect(queue.waitingCount == HashQueue.places)
    }

    @Test func whoIsGoneIsServedNoMore() {
        var queue = HashQueue(threads: 1)
        for number in 0..<3 { _ = queue.add(UInt64(number), claim("a\(number)")) }
        #expect(queue.next() == 0)
        queue.remove(1)
        // Its turn has come already.
        queue.remove(0)
        #expect(queue.next() == nil)
        queue.end(0)
        #expect(drain(&queue) == [2])
    }

    /// Whatever comes and goes: nobody is lost or served twice, and no more wait than may.
    @Test func everybodyIsServedOrSentAway() {
        var generator = SeededGenerator(seed: 18)
        var queue = HashQueue(threads: 2)
        var (waiting, running): (Set<UInt64>, Set<UInt64>) = ([], [])
        for number in UInt64(0)..<5000 {
            let line = HashQueue.Line.allCases.randomElement(using: &generator) ?? .strangers
            let new = claim(
                "a\(Int.random(in: 0..<50, using: &generator))", "n\(Int.random(in: 0..<20, using: &generator))", line)
            switch queue.add(number, new) {
            case .waits: waiting.insert(number)
            case .displaces(let other):
                #expect(waiting.remove(other) != nil)
                waiting.insert(number)
            case .refused: break
            }
            if Bool.random(using: &generator), let gone = waiting.randomElement(using: &generator) {
                queue.remove(gone)
                waiting.remove(gone)
            }
            if Int.random(in: 0..<3, using: &generator) == 0 {
                while let next = queue.next() {
                    #expect(waiting.remove(next) != nil)
                    running.insert(next)
                }
                #expect(running.count <= 2)
                for number in running { queue.end(number) }
                running = []
            }
            #expect(queue.waitingCount == waiting.count && waiting.count <= HashQueue.places)
        }
        #expect(Set(drain(&queue)) == waiting)
    }
}
