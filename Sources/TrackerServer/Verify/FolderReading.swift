import Files
import Foundation
import JSON
import Shared
import Synchronization

/// Takes looks at folders that a server may be writing to. Everything here blocks; nothing is made or changed.
struct FolderReading: Sendable {
    let folder: DataFolder
    /// True when the tokens' key is in the data folder, not in the settings.
    let keepsKey: Bool
    /// The path of the key of TLS.
    var tlsKey: String?

    /// The server never stops writing for long enough.
    struct NoMoment: Error, CustomStringConvertible {
        var description: String {
            "The server replaces its files faster than they can be opened; try again when less is going on."
        }
    }

    /// - Parameter body: gets what was there at one moment.
    /// - Throws: `FileError` when a folder can't be listed, or ``NoMoment``.
    func look<Value: Sendable>(_ body: @escaping @Sendable (borrowing FolderLook) -> Value) async throws -> Value {
        let queue = BlockingExecutor(label: "files")
        let (before, dataNames, uploadNames, moment) = try await queue.run {
            let before = try holder()
            // Images come before their records: what is listed first and has no record then is an orphan, or under way.
            let uploadNames = try Folder.files(in: folder.uploadFolder).map(\.name)
            let dataNames = try Folder.files(in: folder.dataFolder).map(\.name)
            return (before, dataNames, uploadNames, try Moment(folder))
        }
        // The two long files, side by side. Nobody but the slots keeps the tables: else the journal's changes would copy them.
        let (sessions, uploads) = (Slot<Moment.Table<SessionTable>>(), Slot<Moment.Table<UploadTable>>())
        let surroundings = folder.surroundings
        async let sessionsRead: Void = queue.run {
            sessions.put(
                moment.table(.workSessions, empty: SessionTable()) { try SessionTable.load($0, in: surroundings) })
        }
        async let uploadsRead = BlockingExecutor(label: "index").run {
            moment.table(.uploadsIndex, empty: UploadTable.Loaded()) {
                try UploadTable.Loaded.load($0, in: surroundings)
            }
        }
        uploads.put(await uploadsRead.indexed())
        await sessionsRead
        return try await queue.run {
            var look = try moment.look(sessions: sessions.take(), uploads: uploads.take())
            look.dataNames = dataNames
            look.images = ImageFiles(listed: uploadNames)
            lookForOthers(look.state.uploads, &look.images)
            try lookAtSecrets(&look)
            look.arrivals = Set(try ArrivalNote.images(in: folder.uploadFolder, notedIn: folder.dataFolder))
            look.retention = try RetentionNote.read(in: folder.dataFolder)
            try lookAtNotes(&look)
            look.holder = try holder()
            if look.holder == .nobody { look.holder = before }
            return body(look)
        }
    }

    private func holder() throws(FileError) -> FolderLock.Holder {
        for folder in [folder.dataFolder, folder.uploadFolder] {
            let holder = try FolderLock.holder(folder + "/.lock")
            if holder != .nobody { return holder }
        }
        return .nobody
    }

    /// What has a name in the index and was not listed: it may have arrived since.
    private func lookForOthers(_ uploads: UploadTable, _ images: inout ImageFiles) {
        for stored in uploads.all {
            let name = stored.value.name
            guard images.kind(of: name) == nil, !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else { continue }
            var status = stat()
            guard lstat(folder.uploadFolder + "/" + name, &status) == 0 else { continue }
            images.add(name, status.st_mode & S_IFMT == S_IFREG ? .image : .other)
        }
    }

    private func lookAtSecrets(_ look: inout FolderLook) throws {
        let key = JWTSecret.path(in: folder.dataFolder)
        for path in [folder.path(of: .credentials), key] {
            guard let permissions = try Folder.permissions(of: path) else { continue }
            let exposure = Exposure(of: .file, permissions)
            if exposure != .owner { look.exposed.append((path, .secret(exposure))) }
        }
        if let tlsKey, let permissions = try Folder.permissions(of: tlsKey),
            Exposure(of: .file, permissions) == .everybody
        {
            look.exposed.append((tlsKey, .secret(.everybody)))
        }
        for path in Set([folder.dataFolder, folder.uploadFolder]).sorted() {
            guard let permissions = try Folder.permissions(of: path) else { continue }
            if Exposure(of: .folder, permissions) == .everybody { look.exposed.append((path, .folder)) }
        }
        if keepsKey, let bytes = try OpenFile.contents(of: key, limit: JWTSecret.fileLimit) {
            look.isKeySound = JWTSecret.secret(in: bytes) != nil
        }
    }

    private func lookAtNotes(_ look: inout FolderLook) throws {
        do {
            look.noted = try folder.notedFiles()
        } catch let error as DamagedFileError {
            look.damagedNote = error
        }
    }
}

/// The data files and the journal of one moment. A server replaces its files, and never writes to one that has its place:
/// what was opened stays as it was.
private struct Moment: Sendable {
    private let folder: DataFolder
    private let files: [DataFile: Result<OpenFile, FileError>]
    private let journal: Journal.Replay
    private let damage: DamagedJournalError?

    /// A long file's content; an empty one where it could not be read.
    struct Table<Value: Sendable>: Sendable {
        let value: Value
        let condition: FolderLook.FileCondition
        var quirks = Quirks()
    }

    private static let attempts = 100
    private static let pause: UInt32 = 10_000

    /// Opens the files again and again until none is replaced and no part of the journal comes or goes meanwhile.
    init(_ folder: DataFolder) throws {
        var damage: DamagedJournalError?
        for _ in 0..<Self.attempts {
            var files: [DataFile: Result<OpenFile, FileError>] = [:]
            for file in DataFile.allCases {
                files[file] = Result { () throws(FileError) in
                    try OpenFile(reading: folder.path(of: file))
                }
            }
            if let journal = try Self.journal(of: folder), try Self.isCurrent(files, in: folder) {
                let (replay, found) = Self.replay(journal)
                // A record that is being written may look damaged; one that is damaged still looks so the next time.
                if found == nil || found?.offset == damage?.offset && found?.path == damage?.path {
                    (self.folder, self.files, self.journal, self.damage) = (folder, files, replay, found)
                    return
                }
                damage = found
            }
            usleep(Self.pause)
        }
        throw FolderReading.NoMoment()
    }

    /// Nil when it changed while it was read.
    private static func journal(of folder: DataFolder) throws(FileError) -> [Journal.File]? {
        let listed = try folder.journalFiles()
        var files: [Journal.File] = []
        for (path, first) in listed {
            guard let bytes = try OpenFile.contents(of: path, limit: DataFolder.journalFileLimit) else {
                return nil
            }
            files.append(Journal.File(path: path, first: first, bytes: bytes))
        }
        return try folder.journalFiles().map(\.path) == listed.map(\.path) ? files : nil
    }

    private static func isCurrent(
        _ files: [DataFile: Result<OpenFile, FileError>], in folder: DataFolder
    ) throws(FileError) -> Bool {
        for (file, result) in files {
            let identity: FileIdentity?
            switch result {
            case .success(let open): identity = try open.identity()
            case .failure(let error) where error.isMissing: identity = nil
            case .failure: continue
            }
            guard try FileIdentity.of(folder.path(of: file)) == identity else { return false }
        }
        return true
    }

    /// What a start does with the journal; of a damaged one, with what lies before the damage.
    private static func replay(_ journal: [Journal.File]) -> (Journal.Replay, DamagedJournalError?) {
        var files = journal[...]
        var first: DamagedJournalError?
        while true {
            do throws(DamagedJournalError) {
                return (try Journal.Replay(Array(files)), first)
            } catch {
                first = first ?? error
                let index = files.firstIndex { $0.path == error.path } ?? files.startIndex
                let file = files[index]
                files = files[..<index]
                if error.offset > 0 {
                    let whole = Array(file.bytes.prefix(error.offset))
                    files.append(Journal.File(path: file.path, first: file.first, bytes: whole))
                }
            }
        }
    }

    func table<Value>(
        _ file: DataFile, empty: Value, _ load: (OpenFile) throws -> LoadedTable<Value>
    ) -> Table<Value> {
        guard case .success(let open)? = files[file] else { return Table(value: empty, condition: condition(of: file)) }
        do {
            let loaded = try load(open)
            return Table(value: loaded.table, condition: .sound, quirks: loaded.quirks)
        } catch let error as JSONError {
            return Table(value: empty, condition: .damaged(error))
        } catch {
            return Table(
                value: empty,
                condition: .unreadable(error as? FileError ?? FileError(attempt: "read \(open.path)", code: EIO)))
        }
    }

    private func condition(of file: DataFile) -> FolderLook.FileCondition {
        guard case .failure(let error)? = files[file] else { return .sound }
        return error.isMissing ? .missing : .unreadable(error)
    }

    func look(
        sessions: consuming Table<SessionTable>?, uploads: consuming Table<UploadTable>?
    ) throws -> FolderLook {
        var look = FolderLook(folder)
        look.files = [.workSessions: sessions?.condition ?? .missing, .uploadsIndex: uploads?.condition ?? .missing]
        var contents: [DataFile: [UInt8]] = [:]
        for file in DataFile.allCases where look.files[file] == nil {
            (contents[file], look.files[file]) = content(of: file)
        }
        var quirks = [DataFile.workSessions: sessions?.quirks ?? Quirks(), .uploadsIndex: uploads?.quirks ?? Quirks()]
        look.state = try TrackerState(
            contents: { contents[$0] }, path: folder.path(of:), sessions: sessions?.value ?? SessionTable(),
            uploads: uploads?.value ?? UploadTable(), note: { quirks[$0] = $1 })
        look.quirks = quirks
        sessions = nil
        uploads = nil
        for (change, _) in journal.changes { look.state.apply(change) }
        look.journal.damage = damage
        look.journal.tornBytes = damage == nil ? journal.tornBytes : 0
        look.journal.pending = journal.changes.count
        return look
    }

    /// The bytes of a small file that has its form; nil of any other.
    private func content(of file: DataFile) -> ([UInt8]?, FolderLook.FileCondition) {
        guard case .success(let open)? = files[file] else { return (nil, condition(of: file)) }
        do {
            let bytes = try open.contents(limit: DataFolder.smallFileLimit)
            _ = try TrackerState(
                contents: { $0 == file ? bytes : nil }, path: folder.path(of:), sessions: SessionTable(),
                uploads: UploadTable())
            return (bytes, .sound)
        } catch let error as DamagedFileError {
            return (nil, .damaged(error.error))
        } catch {
            return (nil, .unreadable(error as? FileError ?? FileError(attempt: "read \(open.path)", code: EIO)))
        }
    }
}

extension Moment.Table<UploadTable.Loaded> {
    fileprivate func indexed() async -> Moment.Table<UploadTable> {
        .init(value: await UploadTable(value), condition: condition, quirks: quirks)
    }
}

/// Hands a value on without keeping it.
private final class Slot<Value: Sendable>: Sendable {
    private let content = Mutex<Value?>(nil)

    func put(_ value: consuming Value) {
        let value = value
        content.withLock { $0 = value }
    }

    func take() -> Value? {
        content.withLock { $0.take() }
    }
}
