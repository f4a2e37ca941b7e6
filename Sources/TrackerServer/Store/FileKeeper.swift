import Files
import Foundation
import JSON
import Logging
import Shared

/// The keepers of all data files. Those that grow with time have one each, so that nobody who waits for a small file waits
/// for a long one.
struct FileKeepers: Sendable {
    private let sessions: FileKeeper
    private let uploads: FileKeeper
    private let others: FileKeeper

    init(
        _ folder: DataFolder, known: [DataFile: KnownFile], logger: Logger, now: @escaping @Sendable () -> Timestamp,
        flushes: Flushes = Flushes()
    ) {
        // Each holds its own files open, and no other's: what is replaced is to be gone.
        func keeper(_ isOwn: (DataFile) -> Bool) -> FileKeeper {
            FileKeeper(
                folder, known: known.filter { isOwn($0.key) }, logger: logger, now: now, flushes: flushes)
        }
        sessions = keeper { $0 == .workSessions }
        uploads = keeper { $0 == .uploadsIndex }
        others = keeper { $0 != .workSessions && $0 != .uploadsIndex }
    }

    private func keeper(of file: DataFile) -> FileKeeper {
        switch file {
        case .workSessions: sessions
        case .uploadsIndex: uploads
        default: others
        }
    }

    /// Puts the contents in their places; when it throws, some may be there. On disk when this returns.
    /// - Returns: the sizes of the files that were not on disk like that before, in bytes.
    func write(_ snapshot: FileKeeper.Snapshot) async throws(StoreError) -> [DataFile: Int] {
        try await withKeepers(of: snapshot) { keeper, files throws(StoreError) in
            try await keeper.write(files, of: snapshot)
        }
    }

    /// Puts the contents in their places, for readers alone: what they are renamed to reaches the disk with the next
    /// ``write(_:)``. They are written and flushed before it is known whether they may go there.
    /// - Returns: the sizes of the files that were written, in bytes; nil when they may not.
    func place(
        _ snapshot: FileKeeper.Snapshot, when settlement: Settlement
    ) async throws(StoreError) -> [DataFile: Int]? {
        let sizes = try await withKeepers(of: snapshot) { keeper, files throws(StoreError) in
            try await keeper.place(files, of: snapshot) { settlement.wait() }
        }
        return settlement.isSettled ? sizes : nil
    }

    private func withKeepers(
        of snapshot: FileKeeper.Snapshot,
        _ body: @escaping @Sendable (FileKeeper, [DataFile]) async throws(StoreError) -> [DataFile: Int]
    ) async throws(StoreError) -> [DataFile: Int] {
        let parts = Dictionary(grouping: snapshot.contents.keys) { ObjectIdentifier(keeper(of: $0)) }
        let results = await withTaskGroup(of: Result<[DataFile: Int], StoreError>.self) { group in
            for files in parts.values {
                guard let keeper = files.first.map(keeper(of:)) else { continue }
                group.addTask {
                    do throws(StoreError) {
                        return .success(try await body(keeper, files))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var sizes: [DataFile: Int] = [:]
        for result in results { sizes.merge(try result.get()) { $1 } }
        return sizes
    }

    /// The files that others have changed or removed since they were written. The next snapshot of them is written in any
    /// case.
    func changedByOthers() async throws(StoreError) -> Set<DataFile> {
        var files: Set<DataFile> = []
        for file in DataFile.allCases where try await keeper(of: file).findChange(of: file) { files.insert(file) }
        return files
    }

    /// Removes what a crash has left beside the files.
    func removeLeftovers() async throws(StoreError) { try await others.removeLeftovers() }

    /// Removes files of the journal; all that they say must be in the data files.
    func removeJournal(_ paths: [String]) async throws(StoreError) { try await others.removeJournal(paths) }
}

/// Rewrites data files, in the background of the requests. It runs on a thread of its own, since writing blocks.
actor FileKeeper {
    private let folder: DataFolder
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let flushes: Flushes
    private var known: [DataFile: KnownFile]
    /// The contents that were put in their places.
    private var placed: [DataFile: Placed] = [:]
    /// Files whose owner or permissions could not be kept, which is said once.
    private var ownerless: Set<DataFile> = []
    private let queue = BlockingExecutor(label: "data files")

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// The state of some files after one record of the journal, which is on disk.
    struct Snapshot: Sendable {
        let number: UInt64
        let contents: [DataFile: FileContent]
        /// True when the files that are not in it lack nothing.
        let isComplete: Bool
        /// The last records that concern the files, where that is known.
        var touched: [DataFile: UInt64] = [:]
    }

    private struct Placed {
        /// Up to which record of the journal the file is current.
        let number: UInt64
        /// Of ``FolderFlushes``, before the file was renamed.
        let failures: Int
        /// Its name, too.
        var isOnDisk = false
    }

    /// What is flushed at a time while a long file is written, so that requests do not wait behind all of it.
    private static let slice = 8 << 20

    init(
        _ folder: DataFolder, known: [DataFile: KnownFile], logger: Logger, now: @escaping @Sendable () -> Timestamp,
        flushes: Flushes = Flushes()
    ) {
        self.folder = folder
        self.known = known
        self.logger = logger
        self.now = now
        self.flushes = flushes
    }

    func removeLeftovers() throws(StoreError) {
        do throws(FileError) {
            try folder.removeLeftovers()
        } catch {
            throw StoreError(error)
        }
    }

    /// True when the file is not as it was written last; then it counts as not written.
    func findChange(of file: DataFile) throws(StoreError) -> Bool {
        do throws(FileError) {
            guard try FileIdentity.of(folder.path(of: file)) != known[file]?.identity else { return false }
            placed[file] = nil
            return true
        } catch {
            throw StoreError(error)
        }
    }

    func removeJournal(_ paths: [String]) throws(StoreError) {
        do throws(FileError) {
            let failures = flushes.folders.failures(of: folder.dataFolder)
            for path in paths { try Folder.removeFile(path) }
            try flushes.folders.flush(folder.dataFolder, since: failures)
        } catch {
            throw StoreError(error)
        }
    }

    /// Puts the contents of some files in their places, and returns when they are on disk.
    /// - Returns: the sizes of the files that were not on disk like that before, in bytes.
    func write(_ wanted: [DataFile], of snapshot: Snapshot) throws(StoreError) -> [DataFile: Int] {
        _ = try place(wanted, of: snapshot) { true }
        let new = wanted.filter { placed[$0]?.isOnDisk == false }
        do throws(FileError) {
            for (path, files) in Dictionary(grouping: new, by: folder.folder(of:)) {
                guard let failures = files.compactMap({ placed[$0]?.failures }).min() else { continue }
                try flushes.folders.flush(path, since: failures)
                for file in files { placed[file]?.isOnDisk = true }
            }
        } catch {
            // What is in its place but not known to be on disk is written anew.
            placed = placed.filter(\.value.isOnDisk)
            throw StoreError(error)
        }
        return sizes(of: new)
    }

    /// Puts the contents of some files in their places, each whole, for every reader at once. First all are written beside
    /// the files, where a full disk hurts nobody; then they are renamed, in the order of ``DataFile``.
    /// - Parameter isSettled: asked before the first is renamed; may block. When it says no, none is.
    /// - Returns: the new sizes of the files that were written, in bytes.
    func place(
        _ wanted: [DataFile], of snapshot: Snapshot, when isSettled: @Sendable () -> Bool
    ) throws(StoreError) -> [DataFile: Int] {
        let files = wanted.filter { file in
            placed[file].map { $0.number < snapshot.touched[file] ?? snapshot.number } ?? true
        }.sorted()
        var replacements: [(file: DataFile, replacement: FileReplacement, known: KnownFile)] = []
        var committed = 0
        defer { for (_, replacement, _) in replacements.dropFirst(committed) { replacement.discard() } }
        do throws(FileError) {
            for file in files {
                guard let content = snapshot.contents[file] else { continue }
                let old = try unchanged(file)
                var (replacement, new) = try replace(file, by: content, from: old)
                if let old, try old.file.identity() != old.known.identity {
                    // Somebody wrote to it while it was copied.
                    replacement.discard()
                    (replacement, new) = try replace(file, by: content, from: nil)
                }
                replacements.append((file, replacement, new))
            }
            guard isSettled() else { return [:] }
            for (file, replacement, new) in replacements {
                let (own, linked) = (folder.folder(of: file), replacement.folder)
                let failures = (own: flushes.folders.failures(of: own), linked: flushes.folders.failures(of: linked))
                placed[file] = nil
                try put(replacement, at: file)
                known[file] = new
                // Behind a link it is another folder, whose flush nobody else asks for.
                if linked != own { try flushes.folders.flush(linked, since: failures.linked) }
                placed[file] = Placed(number: snapshot.number, failures: failures.own)
                committed += 1
            }
        } catch {
            throw StoreError(error)
        }
        return sizes(of: replacements.map(\.file))
    }

    private func sizes(of files: [DataFile]) -> [DataFile: Int] {
        Dictionary(uniqueKeysWithValues: files.compactMap { file in known[file].map { (file, $0.size) } })
    }

    private func replace(
        _ file: DataFile, by content: FileContent, from old: (file: OpenFile, known: KnownFile)?
    ) throws(FileError) -> (FileReplacement, KnownFile) {
        var ranges: [UInt64: Range<Int>] = [:]
        let replacement = try FileReplacement(
            of: folder.path(of: file), mode: DataFolder.mode, abilities: folder.abilities(of: file)
        ) { open throws(FileError) in
            ranges = try content.write(to: open, from: old, slice: Self.slice)
            try flushes.files(open)
        }
        if !replacement.keepsOwner, ownerless.insert(file).inserted {
            logger.warning(
                "A data file's owner, group or permissions can't be kept when it is rewritten; no more people can read it",
                metadata: ["file": "\(folder.path(of: file))"])
        }
        return (replacement, try KnownFile(replacement.file, ranges: ranges))
    }

    /// The file as it was written last, to copy from; nil when it is another one meanwhile, or can't be opened.
    private func unchanged(_ file: DataFile) throws(FileError) -> (file: OpenFile, known: KnownFile)? {
        guard let known = known[file], !known.ranges.isEmpty else { return nil }
        do throws(FileError) {
            let open = try OpenFile(reading: folder.path(of: file))
            return try open.identity() == known.identity ? (open, known) : nil
        } catch {
            guard error.isMissing || error.code == EACCES || error.code == EINVAL else { throw error }
            return nil
        }
    }

    /// Puts a content in its place. What others have made of the file since it was written stays beside it.
    private func put(_ replacement: FileReplacement, at file: DataFile) throws(FileError) {
        let path = folder.path(of: file)
        let expected = known[file]?.identity
        let found = try replacement.commit(over: expected) { place throws(FileError) in
            try nameForEdited(place)
        }
        switch found {
        case .expected: break
        case .nothing:
            guard expected != nil else { return }
            logger.warning(
                "A data file was removed while the server ran; it is written again", metadata: ["file": "\(path)"])
        case .other(let copy):
            logger.warning(
                "A data file was changed by hand while the server ran; the change does not count, and is kept beside it",
                metadata: ["file": "\(path)", "kept": "\(copy)"])
        }
    }

    /// One that no file has: there may be two of one millisecond.
    private func nameForEdited(_ path: String) throws(FileError) -> String {
        var time = now()
        func name() -> String { path + ".edited-" + UploadName.fileTime(time) }
        while try Folder.exists(name()) { time = time.adding(milliseconds: 1) }
        return name()
    }
}

extension FileContent {
    /// Writes the content, copying those segments that the old file has already.
    /// - Returns: where the segments lie, by their stamps.
    fileprivate func write(
        to file: OpenFile, from old: (file: OpenFile, known: KnownFile)?, slice: Int
    ) throws(FileError) -> [UInt64: Range<Int>] {
        switch self {
        case .small(let write):
            var writer = JSONWriter(.pretty)
            write(&writer)
            try file.write(writer.bytes.span)
            return [:]
        case .sessions(let rows):
            var writer = SegmentWriter(file: file, old: old, slice: slice)
            return try writer.write(rows) { $0.stored.write(to: &$1) }
        case .uploads(let rows):
            var writer = SegmentWriter(file: file, old: old, slice: slice)
            return try writer.write(rows) { $0.stored.write(to: &$1) }
        }
    }
}

/// Writes an array of records whose segments are formatted or copied.
private struct SegmentWriter {
    let file: OpenFile
    let old: (file: OpenFile, known: KnownFile)?
    /// Bytes between two flushes.
    let slice: Int

    /// Formatted bytes that are not written yet.
    private var buffer: [UInt8] = []
    /// The part of the old file that comes next; never set while there is something in the buffer.
    private var copy: Range<Int>?
    private var length = 0
    private var flushed = 0

    init(file: OpenFile, old: (file: OpenFile, known: KnownFile)?, slice: Int) {
        self.file = file
        self.old = old
        self.slice = slice
    }

    mutating func write<Row>(
        _ rows: SegmentedRows<Row>, _ record: (Row, inout JSONWriter) -> Void
    ) throws(FileError) -> [UInt64: Range<Int>] {
        var ranges: [UInt64: Range<Int>] = [:]
        try append([UInt8(ascii: "[")])
        for (index, segment) in rows.segments.enumerated() {
            let separator = index == 0 ? 0 : 1
            let start = length + separator
            if let range = old?.known.ranges[segment.stamp] {
                if let copy, copy.upperBound + separator == range.lowerBound {
                    self.copy = copy.lowerBound..<range.upperBound
                    length += separator + range.count
                } else {
                    if separator > 0 { try append([UInt8(ascii: ",")]) }
                    try flushBuffer()
                    copy = range
                    length += range.count
                }
                if let copy, copy.count >= slice { try flushCopy() }
            } else {
                if separator > 0 { try append([UInt8(ascii: ",")]) }
                var writer = JSONWriter(.pretty)
                writer.beginArray()
                for row in segment.rows { record(row, &writer) }
                try append(writer.bytes.dropFirst())
            }
            ranges[segment.stamp] = start..<length
        }
        try append(rows.count == 0 ? [UInt8(ascii: "]")] : Array("\n]".utf8))
        try flushBuffer()
        return ranges
    }

    private mutating func append(_ bytes: some Collection<UInt8>) throws(FileError) {
        try flushCopy()
        buffer.append(contentsOf: bytes)
        length += bytes.count
        if buffer.count >= 1 << 20 { try flushBuffer() }
    }

    private mutating func flushBuffer() throws(FileError) {
        try flushCopy()
        guard !buffer.isEmpty else { return }
        try file.write(buffer.span)
        buffer.removeAll(keepingCapacity: true)
        try flushSlice()
    }

    private mutating func flushCopy() throws(FileError) {
        guard let range = copy, let old else { return }
        copy = nil
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + slice, range.upperBound)
            try file.append(start..<end, of: old.file)
            try file.flushData()
            start = end
        }
        flushed = length
    }

    private mutating func flushSlice() throws(FileError) {
        guard length - flushed >= slice else { return }
        try file.flushData()
        flushed = length
    }
}
