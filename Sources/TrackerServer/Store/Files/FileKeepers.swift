import Logging
import Shared

/// The keepers of all data files. Those that grow with time have one each, so that nobody who waits for a small file waits
/// for a long one.
struct FileKeepers: Sendable {
    private let sessions: FileKeeper
    private let uploads: FileKeeper
    private let others: FileKeeper

    init(
        _ layout: StoreLayout, known: [DataFile: KnownFile], logger: Logger, now: @escaping @Sendable () -> Timestamp,
        flushes: Flushes = Flushes()
    ) {
        // Each holds its own files open, and no other's: what is replaced is to be gone.
        func keeper(_ isOwn: (DataFile) -> Bool) -> FileKeeper {
            FileKeeper(
                layout, known: known.filter { isOwn($0.key) }, logger: logger, now: now, flushes: flushes)
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
