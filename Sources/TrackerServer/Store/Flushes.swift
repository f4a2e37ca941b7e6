import Files
import Foundation
import Synchronization

/// Lets what was written reach the disk.
typealias Flush = @Sendable (OpenFile) throws(FileError) -> Void

/// How what the store writes reaches the disk; tests let it fail.
struct Flushes: Sendable {
    /// Records in a file of the journal that has room for them.
    var records: Flush = { file throws(FileError) in try file.flushData() }
    /// New files, and folders with the names in them.
    var files: Flush = { file throws(FileError) in try file.flush() }

    /// Returns when additions to and removals from the folder have reached the disk.
    func folder(_ path: String) throws(FileError) {
        try files(try OpenFile(path, O_RDONLY | O_DIRECTORY))
    }
}

/// Flushes of folders by several keepers. The system tells one of them of a failure, once; what any of them has renamed
/// before is then not known to be on disk, and the next flush may succeed without having written anything.
final class FolderFlushes: Sendable {
    private let flushes: Flushes
    /// How many have failed, by folder.
    private let failures = Mutex<[String: Int]>([:])
    /// One at a time: each knows of those before.
    private let turn = Mutex(())

    init(_ flushes: Flushes) { self.flushes = flushes }

    /// To be asked before a file is renamed, and told to ``flush(_:since:)``.
    func failures(of folder: String) -> Int { failures.withLock { $0[folder, default: 0] } }

    /// Returns when the folder has reached the disk with everything that was renamed since there were so many failures.
    /// Blocks.
    func flush(_ folder: String, since known: Int) throws(FileError) {
        try turn.withLock { _ throws(FileError) in
            do throws(FileError) {
                try flushes.folder(folder)
            } catch {
                failures.withLock { $0[folder, default: 0] += 1 }
                throw error
            }
            guard failures(of: folder) == known else {
                throw FileError(attempt: "flush \(folder), which failed before", code: EIO)
            }
        }
    }
}
