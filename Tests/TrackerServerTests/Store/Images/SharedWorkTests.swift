import Dispatch
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import TrackerServer

/// Threads of the pool are held up until the test lets them go, and patience ends when it says so.
struct SharedWorkTests {
    private struct Failed: Error {}

    private func run(
        threads: Int = 1, _ body: (NIOThreadPool, Alarm, SharedWork<String, Int>) async throws -> Void
    ) async throws {
        let pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
        let alarm = Alarm()
        let work = SharedWork<String, Int>(pool: pool, patience: .seconds(10)) { _ in await alarm.wait() }
        do {
            try await body(pool, alarm, work)
        } catch {
            alarm.ring(forGood: true)
            try await pool.shutdownGracefully()
            throw error
        }
        alarm.ring(forGood: true)
        try await pool.shutdownGracefully()
    }

    private func wait(until isTrue: () -> Bool) async {
        while !isTrue() { await Task.yield() }
    }

    @Test func whatManyAskForAtOnceIsDoneOnce() async throws {
        try await run { _, _, work in
            let (calls, gate) = (Counter(), DispatchSemaphore(value: 0))
            let results = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await work.value(of: "a") {
                            gate.wait()
                            return calls.next()
                        }
                    }
                }
                await wait { work.waiting == 50 }
                gate.signal()
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(results == Array(repeating: 1, count: 50))
            let again = try await work.value(of: "a") { calls.next() }
            #expect(again == 2)
            #expect(work.waiting == 0)
        }
    }

    @Test func soManyAreDoneAtATimeAsThereAreThreads() async throws {
        try await run(threads: 2) { _, _, work in
            let (begun, gate, most) = (Level(), DispatchSemaphore(value: 0), Level())
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<6 {
                    group.addTask {
                        try await work.value(of: "\(number)") {
                            most.raise(to: begun.add(1))
                            gate.wait()
                            _ = begun.add(-1)
                            return number
                        }
                    }
                }
                await wait { work.waiting == 6 && begun.value == 2 }
                for _ in 0..<6 { gate.signal() }
                let sum = try await group.reduce(0, +)
                #expect(sum == 15)
            }
            #expect(most.value == 2)
        }
    }

    @Test func whoseTurnDoesNotComeIsToldAndTheWorkIsNotDone() async throws {
        try await run { _, alarm, work in
            let (gate, begun, calls) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), Counter())
            let first = Task {
                try await work.value(of: "a") {
                    begun.signal()
                    gate.wait()
                    return 1
                }
            }
            await Self.blocking { begun.wait() }
            let second = Task { try await work.value(of: "b") { calls.next() } }
            await wait { work.waiting == 2 && alarm.waiting == 2 }
            alarm.ring()
            await #expect(throws: TurnTooLate.self) { try await second.value }
            gate.signal()
            // It has begun, and so it is waited for.
            let own = try await first.value
            #expect(own == 1)
            let third = try await work.value(of: "c") { calls.next() }
            #expect(third == 1)
        }
    }

    @Test func whoIsCancelledGoesAndTheOthersStay() async throws {
        try await run { _, _, work in
            let (gate, begun) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let first = Task {
                try await work.value(of: "a") {
                    begun.signal()
                    gate.wait()
                    return 1
                }
            }
            await Self.blocking { begun.wait() }
            let second = Task { try await work.value(of: "a") { 2 } }
            await wait { work.waiting == 2 }
            first.cancel()
            await #expect(throws: CancellationError.self) { try await first.value }
            gate.signal()
            let answer = try await second.value
            #expect(answer == 1)
        }
    }

    @Test func anErrorIsEverybodysAndNotRemembered() async throws {
        try await run { _, _, work in
            await #expect(throws: Failed.self) { try await work.value(of: "a") { throw Failed() } }
            let answer = try await work.value(of: "a") { 1 }
            #expect(answer == 1)
        }
    }

    @Test func aPoolThatIsShutDownDoesNothingMore() async throws {
        try await run { pool, _, work in
            try await pool.shutdownGracefully()
            await #expect(throws: CancellationError.self) { try await work.value(of: "a") { 1 } }
        }
    }

    private static func blocking(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                body()
                continuation.resume()
            }
        }
    }
}

private final class Level: Sendable {
    private let level = Mutex(0)

    var value: Int { level.withLock { $0 } }

    func add(_ step: Int) -> Int {
        level.withLock { level in
            level += step
            return level
        }
    }

    func raise(to value: Int) { level.withLock { $0 = max($0, value) } }
}

/// Whoever waits is woken when it rings.
private final class Alarm: Sendable {
    private let state = Mutex<(isOver: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    var waiting: Int { state.withLock { $0.waiting.count } }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isOver { state.waiting.append(continuation) }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
    }

    /// - Parameter forGood: nobody waits any more afterwards.
    func ring(forGood: Bool = false) {
        let waiting = state.withLock { state in
            defer { state = (forGood, []) }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
