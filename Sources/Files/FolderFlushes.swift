import Glibc
import Synchronization

/// The flushes of folders by all of a process who rename files in them. The system tells one of them of a failure, once;
/// what any of them has renamed before is then not known to be on disk, and the next flush may succeed without having
/// written anything.
///
/// A folder goes by its path: whoever spells it in another way is not counted with it.
public final class FolderFlushes: Sendable {
    private final class Flushed: Sendable {
        /// How many flushes have failed.
        let failures = Atomic<Int>(0)
        /// One at a time: each knows of those before.
        let turn = Mutex(())
    }

    private let flushFolder: @Sendable (OpenFile) throws(FileError) -> Void
    private let folders = Mutex<[String: Flushed]>([:])

    /// - Parameter flush: lets a folder reach the disk.
    public init(
        _ flush: @escaping @Sendable (OpenFile) throws(FileError) -> Void = { folder throws(FileError) in
            try folder.flush()
        }
    ) {
        flushFolder = flush
    }

    private func flushed(_ path: String) -> Flushed {
        folders.withLock { folders in
            if let flushed = folders[path] { return flushed }
            let flushed = Flushed()
            folders[path] = flushed
            return flushed
        }
    }

    /// To be asked before a file is made, renamed or removed, and told to ``flush(_:since:)``. Never waits for a flush.
    public func failures(of path: String) -> Int { flushed(path).failures.load(ordering: .acquiring) }

    /// Returns when the folder has reached the disk with everything that was renamed since there were so many failures.
    /// Blocks.
    public func flush(_ path: String, since known: Int) throws(FileError) {
        let flushed = flushed(path)
        try flushed.turn.withLock { _ throws(FileError) in
            do throws(FileError) {
                try flushFolder(try OpenFile(path, O_RDONLY | O_DIRECTORY))
            } catch {
                flushed.failures.add(1, ordering: .releasing)
                throw error
            }
            guard flushed.failures.load(ordering: .acquiring) == known else {
                throw FileError(attempt: "flush \(path), which failed before", code: EIO)
            }
        }
    }
}
