import Files
import Foundation
import Logging
import Shared
import TestSupport

@testable import TrackerServer

/// A data and an upload folder of a test's own, removed with the value.
struct DataFiles {
    let folder: TemporaryFolder
    let files: StoreLayout

    init() throws {
        folder = try TemporaryFolder()
        try Folder.make(folder.path + "/data")
        try Folder.make(folder.path + "/up/loads")
        files = StoreLayout(dataFolder: folder.path + "/data", uploadFolder: folder.path + "/up/loads")
    }

    init(_ contents: [DataFile: String]) throws {
        try self.init()
        for (file, text) in contents { try put(Array(text.utf8), in: file) }
    }

    func put(_ bytes: [UInt8], in file: DataFile) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: files.path(of: file)))
    }

    func bytes(of file: DataFile) throws -> [UInt8] {
        try OpenFile.contents(of: files.path(of: file)) ?? []
    }

    func text(_ file: DataFile) throws -> String { String(decoding: try bytes(of: file), as: UTF8.self) }

    /// Names in the data folder that are neither data files nor their note nor the journal's.
    func strangers() throws -> [String] {
        try folder.names(in: "data").filter {
            DataFile(rawValue: $0) == nil && $0 != FileNote.name && !$0.hasPrefix("journal-")
        }
    }

    func journals() throws -> [String] { try folder.names(in: "data").filter { $0.hasPrefix("journal-") } }

    func open(
        logger: Logger = .silent, now: @escaping @Sendable () -> Timestamp = { .now }, clock: StoreClock = .system,
        flushes: Flushes = Flushes()
    ) async throws -> JSONFileStore {
        try await JSONFileStore.open(files, logger: logger, now: now, clock: clock, flushes: flushes)
    }

    /// Both folders as they are now, as a kill or a power failure leaves them, whatever the server writes later.
    func copy() throws -> DataFiles {
        let copy = try DataFiles()
        // The journal first, and of its files the newest: they are removed from the oldest on, once the data files have
        // what they say.
        let journals = try files.journalFiles().reversed().map { String($0.path.dropFirst(folder.path.count + 1)) }
        let others = try ["data", "up/loads"].flatMap { folder in
            try Folder.files(in: "\(self.folder.path)/\(folder)").map { "\(folder)/\($0.name)" }
        }
        for path in journals + others.filter({ !$0.hasPrefix("data/journal-") }) {
            // A file that is renamed or removed meanwhile is as it would be a moment later.
            guard let bytes = try OpenFile.contents(of: "\(folder.path)/\(path)") else { continue }
            try copy.folder.write(bytes, to: path)
        }
        return copy
    }

    /// What the journal holds, notes aside, in order.
    func journalled() throws -> [Change] {
        var records: [Journal.Record] = []
        for (path, first) in try files.journalFiles() {
            records.removeAll { $0.number >= first }
            let bytes = try OpenFile.contents(of: path) ?? []
            records += try Journal.read(bytes, first: first, path: path).records
        }
        return records.flatMap { record -> [Change] in
            guard case .changes(let changes) = record.content else { return [] }
            return changes
        }
    }

    /// Loads the files, carries `changes` out and writes every file again.
    func rewrite(_ changes: [Change] = []) async throws {
        var loaded = try await files.load()
        for change in changes { loaded.transaction.record(change) }
        _ = loaded.transaction.apply()
        let keepers = FileKeepers(files, known: loaded.known, logger: .silent, now: { .now })
        var contents: [DataFile: FileContent] = [:]
        for file in DataFile.allCases { contents[file] = loaded.transaction.state.content(of: file) }
        _ = try await keepers.write(.init(number: 1, contents: contents, isComplete: true))
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

extension TrackerState {
    var allSessions: [WorkSession] { sessions.all.map(\.value) }
    var allUploads: [UploadRecord] { uploads.all.map(\.value) }
}
