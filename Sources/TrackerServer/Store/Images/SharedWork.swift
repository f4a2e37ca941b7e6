import NIOPosix
import Synchronization

/// Work that several may ask for at once: what has the same key is done once for all of them, on the threads of a pool, and
/// so for as many keys at a time as there are threads.
final class SharedWork<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Job {
        let work: @Sendable () throws -> Value
        var waiting: [UInt64: CheckedContinuation<Value, any Error>] = [:]
        var hasBegun = false
    }

    private struct State {
        var jobs: [Key: Job] = [:]
        var last: UInt64 = 0
    }

    private let pool: NIOThreadPool
    private let patience: Duration
    private let sleep: @Sendable (Duration) async throws -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - pool: serves who comes first, and nobody else.
    ///   - patience: how long the work may wait to be begun.
    ///   - sleep: returns when that time is over.
    init(
        pool: NIOThreadPool, patience: Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.pool = pool
        self.patience = patience
        self.sleep = sleep
    }

    /// How many wait for work that has begun or not.
    var waiting: Int { state.withLock { $0.jobs.values.reduce(0) { $0 + $1.waiting.count } } }

    /// What the work makes, or what it throws.
    /// - Parameter work: blocks. Not called when another's is under way, or when nobody waits for it any more.
    /// - Throws: ``TurnTooLate`` when others' work took too long, or `CancellationError`.
    func value(of key: Key, _ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        var alarm: Task<Void, Never>?
        defer { alarm?.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isFirst = state.withLock { state in
                    defer { state.jobs[key, default: Job(work: work)].waiting[number] = continuation }
                    return state.jobs[key] == nil
                }
                if isFirst { pool.submit { self.run(key, isActive: $0 == .active) } }
                alarm = setAlarm(for: key, number)
                // Who was cancelled before is not woken by the handler.
                if Task.isCancelled { wake(key, number, evenIfBegun: true, CancellationError()) }
            }
        } onCancel: {
            wake(key, number, evenIfBegun: true, CancellationError())
        }
    }

    private func run(_ key: Key, isActive: Bool) {
        let work = state.withLock { state -> (@Sendable () throws -> Value)? in
            guard let job = state.jobs[key], !job.hasBegun else { return nil }
            state.jobs[key]?.hasBegun = true
            return job.work
        }
        guard let work else { return }
        let result = Result {
            guard isActive else { throw CancellationError() }
            return try work()
        }
        let waiting = state.withLock { $0.jobs.removeValue(forKey: key)?.waiting }
        for continuation in (waiting ?? [:]).values { continuation.resume(with: result) }
    }

    private func setAlarm(for key: Key, _ number: UInt64) -> Task<Void, Never> {
        Task { [weak self, patience, sleep] in
            do {
                try await sleep(patience)
            } catch {
                // Served before.
                return
            }
            self?.wake(key, number, evenIfBegun: false, TurnTooLate())
        }
    }

    /// Lets one who waits go with an error. Work that nobody waits for is not begun.
    private func wake(_ key: Key, _ number: UInt64, evenIfBegun: Bool, _ error: any Error) {
        let continuation = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            guard let job = state.jobs[key], evenIfBegun || !job.hasBegun,
                let continuation = state.jobs[key]?.waiting.removeValue(forKey: number)
            else { return nil }
            if !job.hasBegun, state.jobs[key]?.waiting.isEmpty == true { state.jobs[key] = nil }
            return continuation
        }
        continuation?.resume(throwing: error)
    }
}

/// Others' work took so long that this one's turn did not come.
struct TurnTooLate: Error, Sendable {
    /// After so many seconds it may be worth another try.
    static let seconds = 5
}
