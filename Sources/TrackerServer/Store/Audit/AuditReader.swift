import Crypto
import Files
import Foundation
import Logging
import Shared
import Synchronization

/// Reads the audit's file backwards, a block at a time, and passes by blocks whose times are not wanted.
final class AuditReader: Sendable {
    /// Lines, the newest first, and where to go on; nil when there is no more.
    struct Page: Sendable {
        var lines: [AuditLine] = []
        var next: PageCursor?
    }

    /// Bytes that are looked at for one page: then it ends, however few lines it has.
    static let budget = 64 << 20
    static let indexName = "audit.index"

    private let path: String
    private let indexPath: String
    private let folders: FolderFlushes
    private let logger: Logger
    private let executor = BlockingExecutor(label: "audit reader")
    private let known = Mutex<Known?>(nil)

    private struct Known {
        /// What tells the file from others, see ``AuditIndex``.
        let head: String
        var index: AuditIndex
    }

    init(_ layout: StoreLayout, folders: FolderFlushes, logger: Logger) {
        path = layout.dataFolder + "/" + AuditLog.fileName
        indexPath = layout.dataFolder + "/" + Self.indexName
        self.folders = folders
        self.logger = logger
    }

    /// - Throws: `FileError`.
    func page(_ query: AuditQuery, budget: Int = budget) async throws -> Page {
        try await executor.run { [self] in try read(query, budget) }
    }

    private func read(_ query: AuditQuery, _ budget: Int) throws -> Page {
        let file: OpenFile
        do throws(FileError) {
            file = try OpenFile(reading: path)
        } catch {
            guard error.isMissing else { throw error }
            return Page()
        }
        let size = try file.size()
        let index = try index(of: file, size)
        var blocks = index.blocks
        if index.end < size { blocks.append(.init(range: index.end..<size, times: nil)) }
        let before = query.before ?? size
        var page = Page()
        var rest = budget
        for block in blocks.reversed() where block.range.lowerBound < before {
            // Times of what is behind the index are not known.
            guard block.range.lowerBound == index.end || block.mayHave(query.times) else { continue }
            guard rest > 0 else {
                let time = page.lines.last?.at ?? query.times.lowerBound
                page.next = PageCursor(auditLine: min(block.range.upperBound, before), at: time.withinYears)
                return page
            }
            let range = block.range.lowerBound..<min(block.range.upperBound, before)
            rest -= range.count
            let bytes = try file.read(count: range.count, from: range.lowerBound)
            for line in Self.lines(of: bytes, at: range.lowerBound, query) {
                if page.lines.count == query.limit {
                    if let last = page.lines.last { page.next = PageCursor(auditLine: last.offset, at: last.at) }
                    return page
                }
                page.lines.append(line)
            }
        }
        return page
    }

    /// Those that are wanted, the last one first.
    private static func lines(
        of bytes: [UInt8], at offset: Int, _ query: AuditQuery
    ) -> some Sequence<AuditLine> {
        let filter = AuditFilter(query)
        return bytes.split(separator: UInt8(ascii: "\n")).reversed().lazy.compactMap { line in
            guard filter.mayInclude(line), let line = AuditLine(line, at: offset + line.startIndex) else { return nil }
            return query.includes(line) ? line : nil
        }
    }

    // MARK: The index

    /// The index up to date with the file; what it lacked is added to the one on disk.
    private func index(of file: OpenFile, _ size: Int) throws -> AuditIndex {
        // A file that is no block has none.
        guard size >= AuditIndex.blockSize else { return AuditIndex() }
        let first = try file.read(count: 64 * 1024, from: 0).prefix { $0 != UInt8(ascii: "\n") }
        let head = SHA256.hash(data: Data(first)).hexadecimal
        var known = known.withLock(\.self)
        if known?.head != head || known?.index.end ?? 0 > size {
            let text = try OpenFile.contents(of: indexPath, limit: StoreLayout.smallFileLimit).map {
                String(decoding: $0, as: UTF8.self)
            }
            known = Known(head: head, index: AuditIndex(text ?? "", head: head, size: size))
        }
        var index = known?.index ?? AuditIndex()
        let count = index.blocks.count
        while index.end + AuditIndex.blockSize <= size,
            index.take(try file.read(count: AuditIndex.blockSize + 64 * 1024, from: index.end))
        {}
        if index.blocks.count > count { keep(index, head) }
        self.known.withLock { $0 = Known(head: head, index: index) }
        return index
    }

    /// An index that can't be kept is made anew by the next start.
    private func keep(_ index: AuditIndex, _ head: String) {
        let text = head + "\n" + index.blocks.map(AuditIndex.line).joined()
        do {
            try WholeFile.write(Array(text.utf8).span, to: indexPath, mode: StoreLayout.mode, folders: folders)
        } catch {
            logger.warning("The audit's index can't be kept", metadata: ["reason": "\(error)"])
        }
    }
}

/// Tells most lines that are not wanted without reading them. Where it is not sure, they may be wanted.
struct AuditFilter: Sendable {
    private let times: Range<Timestamp>
    /// How a line names the account that it is about, in lower case; nil where it need not be looked for.
    private let about: [UInt8]?

    init(_ query: AuditQuery) {
        times = query.times
        let isPlain = query.about.map { id in
            id.folded.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        }
        about = isPlain == true ? query.about.map { Array(#""about":"\#($0.folded)""#.utf8) } : nil
    }

    func mayInclude(_ line: ArraySlice<UInt8>) -> Bool {
        if let time = AuditLine.time(of: line), !times.contains(time) { return false }
        guard let about else { return true }
        return line.withUnsafeBufferPointer { bytes in
            guard let start = Self.position(of: Self.name, in: bytes) else { return true }
            guard start + about.count <= bytes.count else { return false }
            for index in Self.name.count..<about.count {
                let byte = bytes[start + index]
                // Case folding is more than this beyond ASCII.
                guard byte < 0x80 else { return true }
                let lower = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte + 32 : byte
                if lower != about[index] { return false }
            }
            return true
        }
    }

    private static let name = Array(#""about":""#.utf8)

    private static func position(of name: [UInt8], in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard bytes.count >= name.count else { return nil }
        return (0...(bytes.count - name.count)).first { start in
            bytes[start] == name[0] && bytes[start + 1] == name[1]
                && name.indices.allSatisfy { bytes[start + $0] == name[$0] }
        }
    }
}

extension Timestamp {
    /// As cursors have times.
    fileprivate var withinYears: Timestamp { min(max(self, .earliest), .latest) }
}
