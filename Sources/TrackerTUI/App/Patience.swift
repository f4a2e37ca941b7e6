import Synchronization

/// Waits for work, but only so long; the work goes on then, and nobody learns of its end. A task group would not do: it
/// waits for its tasks, and a thread that is stuck in a write cannot be cancelled.
func waiting(atMost limit: Duration, for work: @escaping @Sendable () async -> Void) async {
    await withCheckedContinuation { continuation in
        let isOver = OnlyOnce()
        Task {
            await work()
            if isOver.claim() { continuation.resume() }
        }
        Task {
            // Nothing cancels this task; if something did, the wait would only be shorter.
            try? await Task.sleep(for: limit)
            if isOver.claim() { continuation.resume() }
        }
    }
}

private final class OnlyOnce: Sendable {
    private let isClaimed = Mutex(false)

    /// True for the first caller.
    func claim() -> Bool {
        isClaimed.withLock { isClaimed in
            defer { isClaimed = true }
            return !isClaimed
        }
    }
}
