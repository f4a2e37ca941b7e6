import Files
import Foundation

/// The journal as its thread has it.
struct OpenJournal: Sendable {
    var file: JournalFile
    let folder: String
    let flushes: Flushes
    /// Records that were written, or should have been, since the last flush, and their numbers.
    private var unflushed: [UInt8] = []
    private var firstUnflushed: UInt64
    private(set) var lastUnflushed: UInt64
    /// Files that were left: full ones, and such as could not be flushed.
    var left: [String] = []

    /// A file that is longer is left when all that it says is in the data files.
    static let longFile = 1 << 20

    init(file: JournalFile, folder: String, flushes: Flushes, firstUnflushed: UInt64) {
        self.file = file
        self.folder = folder
        self.flushes = flushes
        self.firstUnflushed = firstUnflushed
        lastUnflushed = firstUnflushed - 1
    }

    mutating func append(_ batch: StoreMemory.Batch) throws(FileError) {
        guard !batch.group.records.isEmpty else { return }
        var bytes: [UInt8] = []
        for record in batch.group.records { Journal.append(record, to: &bytes) }
        unflushed += bytes
        lastUnflushed = batch.group.last
        // Notes alone can wait for the next flush: a start without them does more than it must, and nothing wrong.
        let flushing = batch.group.transactions > 0
        try file.append(bytes.span, flushing: flushing)
        if flushing { flushed() }
    }

    /// Begins a new file with all that is not known to be on disk: notes, and what should have been flushed when that
    /// failed. What a failed flush has left of the old file is unknown, and flushing it again would not tell.
    mutating func beginAnew() throws(FileError) {
        var new = try JournalFile(folder: folder, first: firstUnflushed, flushes: flushes)
        do throws(FileError) {
            try new.append(unflushed.span, flushing: true)
        } catch {
            unlink(new.path)
            throw error
        }
        if file.path != new.path { left.append(file.path) }
        file = new
        flushed()
    }

    private mutating func flushed() {
        unflushed.removeAll(keepingCapacity: true)
        firstUnflushed = lastUnflushed + 1
    }
}
