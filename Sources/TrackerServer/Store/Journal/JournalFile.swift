import Files
import Foundation

/// The file that the journal's records are appended to. Everything here blocks.
///
/// Its room is written with zeros ahead of the records: a flush then has data to write and nothing else, which takes a
/// third of the time.
struct JournalFile {
    let path: String
    /// Bytes of records.
    private(set) var length = 0
    private var allocated = 0
    private let file: OpenFile
    private let flushes: Flushes

    /// Bytes that the room grows by.
    static let chunk = 256 * 1024

    /// - Parameter first: the number of its first record. A file of that name holds nothing that was acknowledged.
    init(folder: String, first: UInt64, flushes: Flushes) throws(FileError) {
        path = folder + "/" + Journal.fileName(from: first)
        let failures = flushes.folders.failures(of: folder)
        try Folder.removeFile(path)
        file = try OpenFile(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: StoreLayout.mode)
        self.flushes = flushes
        do throws(FileError) {
            try reserve(1)
            try flushes.folders.flush(folder, since: failures)
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Appends records; with `flushing` they have reached the disk when it returns.
    mutating func append(_ bytes: Span<UInt8>, flushing: Bool) throws(FileError) {
        guard try file.identity().isFile(at: path) else {
            throw FileError(attempt: "write \(path), which is gone", code: ENOENT)
        }
        try reserve(bytes.count)
        try file.write(bytes, at: length)
        if flushing { try flushes.records(file) }
        length += bytes.count
    }

    /// Makes room for so many bytes and a zero behind them.
    mutating func reserve(_ count: Int) throws(FileError) {
        guard length + count >= allocated else { return }
        let chunks = (length + count + 1 - allocated + Self.chunk - 1) / Self.chunk
        let zeros = [UInt8](repeating: 0, count: chunks * Self.chunk)
        try file.write(zeros.span, at: allocated)
        try flushes.files(file)
        allocated += zeros.count
    }
}
