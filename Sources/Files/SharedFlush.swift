import Synchronization

/// Flushes a folder for many at a time: whoever asks while one flush runs shares the next.
public final class SharedFlush: Sendable {
    /// Called with the reason when the flush failed. It runs on the thread of one of those who asked.
    public typealias Completion = @Sendable (FileError?) -> Void

    private struct State {
        var isRunning = false
        var waiting: [Completion] = []
    }

    private let folder: String
    private let state = Mutex(State())

    public init(folder: String) {
        self.folder = folder
    }

    /// Calls `completion` when all additions to and removals from the folder that were made before have reached the disk.
    ///
    /// Blocks while it flushes, for the caller and for those who come meanwhile; they return at once.
    public func flush(_ completion: @escaping Completion) {
        let isRunning = state.withLock { state in
            state.waiting.append(completion)
            defer { state.isRunning = true }
            return state.isRunning
        }
        guard !isRunning else { return }
        while case let group = nextGroup(), !group.isEmpty {
            let error = failure()
            for completion in group { completion(error) }
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
