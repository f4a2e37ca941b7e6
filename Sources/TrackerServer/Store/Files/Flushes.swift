import Files

/// Lets what was written reach the disk.
typealias Flush = @Sendable (OpenFile) throws(FileError) -> Void

/// How what the store writes reaches the disk; tests let it fail.
struct Flushes: Sendable {
    /// Records in a file of the journal that has room for them.
    let records: Flush
    /// New files.
    let files: Flush
    /// Folders with the names in them.
    let folders: FolderFlushes

    /// - Parameter files: flushes folders, too.
    init(
        records: @escaping Flush = { file throws(FileError) in try file.flushData() },
        files: @escaping Flush = { file throws(FileError) in try file.flush() }
    ) {
        self.records = records
        self.files = files
        folders = FolderFlushes(files)
    }
}
