import Files
import Foundation
import Logging
import Synchronization

/// The audit's own file: the lines of what the journal has are appended to it, and never changed.
///
/// The journal is what makes an entry durable: nobody waits for this file. It is written to when the journal has been flushed, so
/// that whoever reads it finds all that was answered; it is flushed before a file of the journal goes. What it lacks after a
/// crash, the next start takes from the journal; each line has its number, so that none stands there twice.
final class AuditLog: Sendable {
    static let fileName = "audit.jsonl"

    let path: String
    private let folder: String
    private let flushes: Flushes
    private let logger: Logger
    private let executor = BlockingExecutor(label: "audit")
    /// Locked by the journal's thread, and by ``flush()`` and readers for no longer than a write takes.
    private let inside: Mutex<Inside>

    private struct Inside {
        var chain: AuditChain
        /// Nil until there is something to write.
        var file: OpenFile?
        /// Bytes of the file that are known to be on disk.
        var flushed: Int
        /// What comes behind them.
        var tail: [UInt8] = []
        /// How much of it was written.
        var written = 0

        var end: Int { flushed + written }
    }

    /// Opens the file, mends its end, and appends what it lacks. Blocks.
    /// - Parameter records: what the journal holds, in order.
    init(_ layout: StoreLayout, records: [AuditRecord], flushes: Flushes, logger: Logger) throws(FileError) {
        folder = layout.dataFolder
        path = folder + "/" + Self.fileName
        self.flushes = flushes
        self.logger = logger
        guard try Folder.exists(path) else {
            inside = Mutex(Inside(chain: AuditChain(), file: nil, flushed: 0))
            try complete(with: records)
            return
        }
        let file = try Self.open(path)
        let tail = try AuditTail(file)
        if tail.torn > 0 {
            try file.cut(to: tail.length)
            logger.notice(
                "The audit ends in a line that was being written when the server stopped; it is dropped, and written again where the journal has it",
                metadata: ["file": "\(path)", "bytes": "\(tail.torn)"])
        }
        if tail.strangers > 0 {
            logger.error(
                "The audit ends in lines that this server has not written; it goes on behind them",
                metadata: ["file": "\(path)", "lines": "\(tail.strangers)"])
        }
        inside = Mutex(Inside(chain: tail.chain, file: file, flushed: tail.length))
        try complete(with: records)
    }

    private func complete(with records: [AuditRecord]) throws(FileError) {
        let last = last
        let missing = records.filter { $0.number > last }
        guard let first = missing.first else { return }
        if first.number > last + 1 {
            logger.error(
                "The audit lacks lines that were there: somebody has cut or removed its file",
                metadata: ["file": "\(path)", "lines": "\(last + 1) to \(first.number - 1)"])
        }
        take(missing)
        try flushNow()
    }

    private static func open(_ path: String) throws(FileError) -> OpenFile {
        let file = try OpenFile(path, O_RDWR | O_NONBLOCK | O_NOCTTY)
        guard try file.isPlain() else {
            throw FileError(attempt: "write \(path)", code: EINVAL, detail: "it is not a file")
        }
        return file
    }

    /// The number of the last line, written or not.
    var last: Int { inside.withLock(\.chain.last) }

    // MARK: The journal's thread

    /// Makes lines of what the journal is about to get; ``write()`` is owed once it has them.
    func take(_ records: [AuditRecord]) {
        guard !records.isEmpty else { return }
        inside.withLock { inside in
            for record in records { inside.chain.append(record, to: &inside.tail) }
        }
    }

    /// Writes what the file lacks, without waiting for the disk. Nothing where it lacks nothing. Blocks.
    func write() throws(FileError) {
        try inside.withLock { inside throws(FileError) in try write(&inside) }
    }

    private func write(_ inside: inout Inside) throws(FileError) {
        guard inside.written < inside.tail.count else { return }
        let file = try current(&inside)
        try file.write(inside.tail.span.extracting(inside.written...), at: inside.end)
        inside.written = inside.tail.count
    }

    /// The file, if it is as this server left it; else it goes on at the end of whatever there is now.
    private func current(_ inside: inout Inside) throws(FileError) -> OpenFile {
        if let file = inside.file {
            guard try file.identity().isFile(at: path) else {
                logger.error(
                    "Somebody has removed the audit's file while the server ran; it goes on in a new one",
                    metadata: ["file": "\(path)"])
                return try make(&inside)
            }
            let size = try file.size()
            guard size != inside.end else { return file }
            // A write that failed half-way has left its beginning, and is done again.
            if size > inside.end, try isOwn(size - inside.end, file, inside) { return file }
            logger.error(
                "Somebody else has written to the audit's file, or cut it; it goes on at its end",
                metadata: ["file": "\(path)", "bytes": "\(size)", "expected": "\(inside.end)"])
            inside.tail.removeFirst(inside.written)
            (inside.flushed, inside.written) = (size, 0)
            let lineBreak = UInt8(ascii: "\n")
            if size > 0, try file.read(count: 1, from: size - 1) != [lineBreak] { inside.tail.insert(lineBreak, at: 0) }
            return file
        }
        return try make(&inside)
    }

    /// True when what lies behind the written bytes is the beginning of those that are still to be written.
    private func isOwn(_ count: Int, _ file: OpenFile, _ inside: borrowing Inside) throws(FileError) -> Bool {
        guard count <= inside.tail.count - inside.written else { return false }
        return try file.read(count: count, from: inside.end).elementsEqual(inside.tail[inside.written...].prefix(count))
    }

    /// Also where some of what was written went with the file that was there: what is not known to be on disk is written again.
    private func make(_ inside: inout Inside) throws(FileError) -> OpenFile {
        let failures = flushes.folders.failures(of: folder)
        let file = try OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: StoreLayout.mode)
        try flushes.folders.flush(folder, since: failures)
        inside.file = file
        (inside.flushed, inside.written) = (try file.size(), 0)
        return file
    }

    // MARK: Whoever rewrites the data files

    /// Returns when the file has everything that was taken, on disk.
    func flush() async throws(StoreError) {
        do throws(FileError) {
            try await executor.run { [self] () throws(FileError) in try flushNow() }
        } catch {
            throw StoreError(error)
        }
    }

    /// Blocks; holds nobody up while the disk works.
    private func flushNow() throws(FileError) {
        let (file, end) = try inside.withLock { inside throws(FileError) in
            try write(&inside)
            return (inside.written > 0 ? inside.file : nil, inside.end)
        }
        guard let file else { return }
        do throws(FileError) {
            try flushes.files(file)
        } catch {
            // What a failed flush has left is unknown, and flushing it again would not tell: it is written once more.
            inside.withLock { $0.written = 0 }
            throw error
        }
        inside.withLock { inside in
            let count = end - inside.flushed
            guard inside.file === file, count > 0, count <= inside.written else { return }
            inside.tail.removeFirst(count)
            inside.written -= count
            inside.flushed = end
        }
    }
}
