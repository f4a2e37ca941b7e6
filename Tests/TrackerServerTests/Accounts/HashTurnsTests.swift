import TestSupport
import Testing

@testable import TrackerServer

@Suite struct HashTurnsTests {
    private func claim(_ account: String) -> HashQueue.Claim {
        HashQueue.Claim(line: .strangers, network: "office", account: account, isGuess: true)
    }

    /// Keeps its thread until it is told to go.
    private final class Held: Sendable {
        private let (stream, go) = AsyncStream.makeStream(of: Void.self)
        func wait() async { for await _ in stream {} }
        func end() { go.finish() }
    }

    /// The only thread, until `held` is over.
    private func take(_ turns: HashTurns, until held: Held, _ group: inout ThrowingTaskGroup<Void, any Error>) async {
        let begun = Held()
        group.addTask {
            try await turns.run(claim("first"), for: nil) {
                begun.end()
                await held.wait()
            }
        }
        await begun.wait()
    }

    @Test func whoIsCancelledWhileWaitingIsNotRun() async throws {
        let (turns, held) = (HashTurns(threads: 1), Held())
        let ran = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            await take(turns, until: held, &group)
            let second = Task { try await turns.run(claim("second"), for: nil) { _ = ran.next() } }
            while turns.waiting < 1 { await Task.yield() }
            second.cancel()
            await #expect(throws: CancellationError.self) { try await second.value }
            #expect(turns.waiting == 0)
            held.end()
            try await group.waitForAll()
        }
        #expect(ran.next() == 1, "it was not run")
        #expect(try await turns.run(claim("third"), for: nil) { 3 } == 3)
    }

    @Test func whoFindsNoPlaceIsToldAtOnce() async throws {
        let (turns, held) = (HashTurns(threads: 1), Held())
        try await withThrowingTaskGroup(of: Void.self) { group in
            await take(turns, until: held, &group)
            for number in 0..<HashQueue.places {
                group.addTask { try await turns.run(claim("a\(number)"), for: nil) {} }
            }
            while turns.waiting < HashQueue.places { await Task.yield() }
            await #expect(throws: TooManyHashes.self) { try await turns.run(claim("late"), for: nil) {} }
            held.end()
            try await group.waitForAll()
        }
        #expect(turns.waiting == 0)
    }

    @Test func whatFailsGivesItsTurnBack() async throws {
        let turns = HashTurns(threads: 1)
        await #expect(throws: SenderGone.self) { try await turns.run(claim("a"), for: nil) { throw SenderGone() } }
        #expect(try await turns.run(claim("a"), for: nil) { 1 } == 1)
    }
}
