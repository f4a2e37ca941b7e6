import NIOCore
import SocketIOServer
import Synchronization

/// Lets those who want a password hashed wait for their turn, as ``HashQueue`` says.
final class HashTurns: Sendable {
    private struct State {
        var queue: HashQueue
        var waiting: [UInt64: CheckedContinuation<Void, any Error>] = [:]
        var last: UInt64 = 0
    }

    private let state: Mutex<State>

    init(threads: Int) { state = Mutex(State(queue: HashQueue(threads: threads))) }

    /// How many wait.
    var waiting: Int { state.withLock { $0.queue.waitingCount } }

    /// Runs `body` when it is the claim's turn.
    /// - Parameter connection: whoever waits is given up when it ends; nil for what is nobody's request.
    /// - Throws: ``TooManyHashes`` when there is no place, ``SenderGone``, `CancellationError`, or what `body` throws.
    func run<Value: Sendable>(
        _ claim: HashQueue.Claim, for connection: (any Channel)?, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        try await wait(number, claim, connection)
        defer {
            act { state in
                state.queue.end(number)
                return []
            }
        }
        return try await body()
    }

    private func wait(_ number: UInt64, _ claim: HashQueue.Claim, _ connection: (any Channel)?) async throws {
        var isWatched = false
        defer { if isWatched, let connection { ConnectionWatch.watch(connection, nil) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                act { state in
                    state.waiting[number] = continuation
                    switch state.queue.add(number, claim) {
                    case .waits: return []
                    case .displaces(let other): return [(other, TooManyHashes())]
                    case .refused: return [(number, TooManyHashes())]
                    }
                }
                isWatched = state.withLock { $0.waiting[number] != nil }
                if isWatched, let connection {
                    ConnectionWatch.watch(connection) { event in
                        if case .closed = event { self.giveUp(number, SenderGone()) }
                    }
                }
                // Who was cancelled before is not woken by the handler.
                if Task.isCancelled { giveUp(number, CancellationError()) }
            }
        } onCancel: {
            giveUp(number, CancellationError())
        }
    }

    private func giveUp(_ number: UInt64, _ error: any Error) {
        act { state in
            state.queue.remove(number)
            return [(number, error)]
        }
    }

    /// Changes who waits, and wakes those whom it concerns: those that it sends away, and those whose turn has come since.
    private func act(_ change: (inout State) -> [(UInt64, any Error)]) {
        let (refused, called) = state.withLock { state in
            let refused = change(&state).compactMap { number, error in
                state.waiting.removeValue(forKey: number).map { ($0, error) }
            }
            var called: [CheckedContinuation<Void, any Error>] = []
            while let number = state.queue.next() {
                if let continuation = state.waiting.removeValue(forKey: number) { called.append(continuation) }
            }
            return (refused, called)
        }
        for (continuation, error) in refused { continuation.resume(throwing: error) }
        for continuation in called { continuation.resume() }
    }
}

/// More passwords wait to be hashed than may.
struct TooManyHashes: Error, Sendable {
    static let seconds = HashQueue.pause
}

/// Whoever asked is not there any more.
struct SenderGone: Error, Sendable {}
