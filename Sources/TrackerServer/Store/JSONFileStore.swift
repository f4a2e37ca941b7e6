import Files
import Foundation
import Shared

/// The store on the JSON files of two folders: every transaction replaces the files that it touches, whole and
/// atomically, before it returns.
///
/// The actor runs on a thread of its own, since writing blocks.
actor JSONFileStore: Store {
    private let files: DataFolder
    private let queue = BlockingExecutor(label: "store")
    private var state: TrackerState
    /// Files of which it is not known that they hold the state.
    private var outdated: Set<DataFile> = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// Loads every file, and makes those that are missing.
    /// - Throws: ``DamagedFileError`` or ``StoreError``; then no file was changed.
    init(files: DataFolder) throws {
        self.files = files
        state = try files.load()
        try files.removeLeftovers()
        try files.replace(files.missing(), with: state)
    }

    func read<Value: Sendable>(_ body: @Sendable (TrackerState) throws -> Value) async throws -> Value {
        try body(state)
    }

    func transact<Value: Sendable>(_ body: @Sendable (inout Transaction) throws -> Value) async throws -> Value {
        var transaction = Transaction(state: state)
        let value = try body(&transaction)
        guard !transaction.changes.isEmpty else { return value }
        let changed = outdated.union(transaction.changes.flatMap(\.files))
        do throws(StoreError) {
            try files.replace(changed.sorted(), with: transaction.state)
            outdated = []
        } catch {
            // Where some file shows the change already, memory must not say otherwise; the next write takes all along.
            if case .uncertain = error {
                state = transaction.state
                outdated = changed
            }
            throw error
        }
        state = transaction.state
        return value
    }
}

/// Where each data file lies, and how it is read and replaced. Everything here blocks.
struct DataFolder: Sendable {
    let dataFolder: String
    let uploadFolder: String

    func path(of file: DataFile) -> String {
        (file == .uploadsIndex ? uploadFolder : dataFolder) + "/" + file.rawValue
    }

    func load() throws -> TrackerState {
        try TrackerState(contents: { try OpenFile.contents(of: path(of: $0)) }, path: path(of:))
    }

    /// Removes new contents that a crash kept from taking their place; nobody was told that they were stored.
    func removeLeftovers() throws(FileError) {
        for file in DataFile.allCases { try Folder.removeFile(path(of: file) + FileReplacement.suffix) }
    }

    func missing() throws -> [DataFile] {
        try DataFile.allCases.filter { try !Folder.exists(path(of: $0)) }
    }

    /// Writes all new contents beside the old ones first and renames them last, so that a full disk leaves every file
    /// as it was.
    /// - Throws: ``StoreError/uncertain(_:)`` when the disk failed after the first file had taken its place.
    func replace(_ changed: [DataFile], with state: TrackerState) throws(StoreError) {
        var written: [FileReplacement] = []
        var committed = 0
        do throws(FileError) {
            for file in changed {
                let mode: mode_t = file == .credentials ? 0o600 : 0o644
                written.append(try FileReplacement(of: path(of: file), by: state.bytes(of: file).span, mode: mode))
            }
            for replacement in written {
                try replacement.commit()
                committed += 1
            }
            for folder in Set(changed.map { $0 == .uploadsIndex ? uploadFolder : dataFolder }) {
                try WholeFile.flushFolder(folder)
            }
        } catch {
            for replacement in written.dropFirst(committed) { replacement.discard() }
            throw committed == 0 ? StoreError(error) : .uncertain(error.description)
        }
    }
}

extension StoreError {
    init(_ error: FileError) {
        self = error.isFullDisk ? .full : .unavailable(error.description)
    }
}
