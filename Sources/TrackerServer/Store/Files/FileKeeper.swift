import Files
import Foundation
import Logging
import Shared

/// Rewrites data files, in the background of the requests. It runs on a thread of its own, since writing blocks.
actor FileKeeper {
    private let layout: StoreLayout
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
        _ layout: StoreLayout, known: [DataFile: KnownFile], logger: Logger, now: @escaping @Sendable () -> Timestamp,
        flushes: Flushes = Flushes()
    ) {
        self.layout = layout
        self.known = known
        self.logger = logger
        self.now = now
        self.flushes = flushes
    }

    func removeLeftovers() throws(StoreError) {
        do throws(FileError) {
            try layout.removeLeftovers()
        } catch {
            throw StoreError(error)
        }
    }

    /// True when the file is not as it was written last; then it counts as not written.
    func findChange(of file: DataFile) throws(StoreError) -> Bool {
        do throws(FileError) {
            guard try FileIdentity.of(layout.path(of: file)) != known[file]?.identity else { return false }
            placed[file] = nil
            return true
        } catch {
            throw StoreError(error)
        }
    }

    func removeJournal(_ paths: [String]) throws(StoreError) {
        do throws(FileError) {
            let failures = flushes.folders.failures(of: layout.dataFolder)
            for path in paths { try Folder.removeFile(path) }
            try flushes.folders.flush(layout.dataFolder, since: failures)
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
            for (path, files) in Dictionary(grouping: new, by: layout.folder(of:)) {
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
                let (own, linked) = (layout.folder(of: file), replacement.folder)
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
            of: layout.path(of: file), mode: StoreLayout.mode, abilities: layout.abilities(of: file)
        ) { open throws(FileError) in
            ranges = try content.write(to: open, from: old, slice: Self.slice)
            try flushes.files(open)
        }
        if !replacement.keepsOwner, ownerless.insert(file).inserted {
            logger.warning(
                "A data file's owner, group or permissions can't be kept when it is rewritten; no more people can read it",
                metadata: ["file": "\(layout.path(of: file))"])
        }
        return (replacement, try KnownFile(replacement.file, ranges: ranges))
    }

    /// The file as it was written last, to copy from; nil when it is another one meanwhile, or can't be opened.
    private func unchanged(_ file: DataFile) throws(FileError) -> (file: OpenFile, known: KnownFile)? {
        guard let known = known[file], !known.ranges.isEmpty else { return nil }
        do throws(FileError) {
            let open = try OpenFile(reading: layout.path(of: file))
            return try open.identity() == known.identity ? (open, known) : nil
        } catch {
            guard error.isMissing || error.code == EACCES || error.code == EINVAL else { throw error }
            return nil
        }
    }

    /// Puts a content in its place. What others have made of the file since it was written stays beside it.
    private func put(_ replacement: FileReplacement, at file: DataFile) throws(FileError) {
        let path = layout.path(of: file)
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
