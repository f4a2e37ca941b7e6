import Files
import Foundation

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
