import Logging
import Synchronization

/// Whether the store takes writes, for whoever watches over the server.
///
/// Everybody may ask, and trying a disk that has failed costs writes: it is asked a few times a second at most, and whoever
/// asks in between hears what was found last.
final class Readiness: Sendable {
    static let lifetime = Duration.milliseconds(200)

    private struct State {
        var lastCheck: ContinuousClock.Instant?
        var refusal: StoreError?
    }

    private let store: JSONFileStore
    private let state = Mutex(State())

    init(store: JSONFileStore) { self.store = store }

    /// Why no write is taken; nil when one is.
    func refusal() async -> StoreError? {
        let now = store.clock.now()
        let isDue = state.withLock { state in
            if let last = state.lastCheck, now - last < Self.lifetime { return false }
            state.lastCheck = now
            return true
        }
        guard isDue else { return state.withLock(\.refusal) }
        let refusal = await store.refusal()
        let earlier = state.withLock { state in
            defer { state.refusal = refusal }
            return state.refusal
        }
        if (earlier == nil) != (refusal == nil) { log(refusal) }
        return refusal
    }

    /// Once for each change, however often it is asked.
    private func log(_ refusal: StoreError?) {
        if let refusal {
            store.logger.error("Writes are not taken any more", metadata: ["reason": "\(refusal)"])
        } else {
            store.logger.notice("Writes are taken again")
        }
    }
}
