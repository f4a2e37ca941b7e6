import Synchronization

@testable import TrackerServer

/// The store's time as the test lets it pass.
final class StoreTime: Sendable {
    private struct State {
        var now = ContinuousClock.now
        var waiting: [(due: ContinuousClock.Instant, body: @Sendable () -> Void)] = []
    }

    private let state = Mutex(State())

    var clock: StoreClock {
        StoreClock(
            now: { [self] in state.withLock(\.now) },
            after: { [self] delay, body in state.withLock { $0.waiting.append(($0.now + delay, body)) } })
    }

    /// Calls what is due by then.
    func pass(_ time: Duration) {
        let due = state.withLock { state in
            state.now += time
            let now = state.now
            defer { state.waiting.removeAll { $0.due <= now } }
            return state.waiting.filter { $0.due <= now }
        }
        for (_, body) in due { body() }
    }

    /// Passes in steps until it is so; each lets a rewrite begin that is due after no long one.
    func passUntil(_ condition: () throws -> Bool) async throws {
        while try !condition() {
            pass(RewritePace.pause)
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}
