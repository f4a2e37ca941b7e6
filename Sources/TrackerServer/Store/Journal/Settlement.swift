import Dispatch
import Synchronization

/// Whether a batch is on disk: the journal's thread finds out, others wait.
final class Settlement: Sendable {
    private let outcome = Mutex(false)
    private let isOver = DispatchSemaphore(value: 0)

    /// False as long as that is not known.
    var isSettled: Bool { outcome.withLock { $0 } }

    /// To be called once.
    func end(_ isSettled: Bool) {
        outcome.withLock { $0 = isSettled }
        isOver.signal()
    }

    /// Blocks. Any number may wait.
    func wait() -> Bool {
        isOver.wait()
        isOver.signal()
        return isSettled
    }
}
