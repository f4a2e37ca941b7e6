import Dispatch
import Glibc
import Synchronization

/// Flushes a folder for many at a time: whoever asks while one flush runs shares the next.
public final class SharedFlush: Sendable {
    /// Called with the reason when the flush failed.
    public typealias Completion = @Sendable (FileError?) -> Void

    private struct State {
        var isRunning = false
        var waiting: [Completion] = []
    }

    private let folder: String
    private let gatherTime: Duration
    private let queue = DispatchQueue(label: "shared flush")
    private let state = Mutex(State())

    /// - Parameter gatherTime: the least time between two flushes while several wait together.
    public init(folder: String, gatherTime: Duration) {
        self.folder = folder
        self.gatherTime = gatherTime
    }

    /// Calls `completion` when all additions to and removals from the folder that were made before have reached the disk,
    /// on a thread that others wait for too.
    public func flush(_ completion: @escaping Completion) {
        let isRunning = state.withLock { state in
            state.waiting.append(completion)
            defer { state.isRunning = true }
            return state.isRunning
        }
        if !isRunning { queue.async { [self] in flushAll() } }
    }

    private func flushAll() {
        while case let group = nextGroup(), !group.isEmpty {
            let start = ContinuousClock.now
            let error = failure()
            for completion in group { completion(error) }
            let rest = gatherTime - (ContinuousClock.now - start)
            if group.count > 1, rest > .zero { usleep(UInt32(rest / .microseconds(1))) }
        }
    }

    /// Nobody, when all are served.
    private func nextGroup() -> [Completion] {
        state.withLock { state in
            defer { state.waiting = [] }
            state.isRunning = !state.waiting.isEmpty
            return state.waiting
        }
    }

    private func failure() -> FileError? {
        do throws(FileError) {
            try WholeFile.flushFolder(folder)
            return nil
        } catch {
            return error
        }
    }
}
