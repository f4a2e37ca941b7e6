import Files
import Foundation
import Shared
import Synchronization

/// Reads folders that a server may be writing to. Everything here blocks; nothing is made or changed.
struct EvidenceReader: Sendable {
    let layout: StoreLayout
    /// True when the tokens' key is in the data folder, not in the settings.
    let keepsKey: Bool
    /// The path of the key of TLS.
    var tlsKey: String?
    /// The path of the key of the image keys.
    var uploadKey: String?
    /// See ``Evidence/imageKeysFault``.
    var imageKeysFault: String?

    /// The server never stops writing for long enough.
    struct NoMoment: Error, CustomStringConvertible {
        var description: String {
            "The server replaces its files faster than they can be opened; try again when less is going on."
        }
    }

    /// - Parameter body: gets what was there at one moment.
    /// - Throws: `FileError` when a folder can't be listed, or ``NoMoment``.
    func read<Value: Sendable>(_ body: @escaping @Sendable (borrowing Evidence) -> Value) async throws -> Value {
        let queue = BlockingExecutor(label: "files")
        let (before, dataNames, uploadNames, opened) = try await queue.run {
            let before = try holder()
            // Images come before their records: what is listed first and has no record then is an orphan, or under way.
            let uploadNames = try Folder.files(in: layout.uploadFolder).map(\.name)
            let dataNames = try Folder.files(in: layout.dataFolder).map(\.name)
            return (before, dataNames, uploadNames, try OpenedStore(layout))
        }
        // The two long files, side by side. Nobody but the slots keeps the tables: else the journal's changes would copy them.
        let (sessions, uploads) = (Slot<OpenedStore.Table<SessionTable>>(), Slot<OpenedStore.Table<UploadTable>>())
        let surroundings = layout.surroundings
        async let sessionsRead: Void = queue.run {
            sessions.put(
                opened.table(.workSessions, empty: SessionTable()) { try SessionTable.load($0, in: surroundings) })
        }
        async let uploadsRead = BlockingExecutor(label: "index").run {
            opened.table(.uploadsIndex, empty: UploadTable.Loaded()) {
                try UploadTable.Loaded.load($0, in: surroundings)
            }
        }
        uploads.put(await uploadsRead.indexed())
        await sessionsRead
        return try await queue.run {
            var evidence = try opened.evidence(sessions: sessions.take(), uploads: uploads.take())
            evidence.dataNames = dataNames
            evidence.images = ImageFiles(listed: uploadNames)
            findOthers(evidence.state.uploads, &evidence.images)
            try readSecrets(&evidence)
            evidence.imageKeysFault = imageKeysFault
            evidence.arrivals = Set(try ArrivalNote.images(in: layout.uploadFolder, notedIn: layout.dataFolder))
            evidence.retention = try RetentionNote.read(in: layout.dataFolder)
            try readNotes(&evidence)
            evidence.holder = try holder()
            if evidence.holder == .nobody { evidence.holder = before }
            return body(evidence)
        }
    }

    private func holder() throws(FileError) -> FolderLock.Holder {
        for folder in [layout.dataFolder, layout.uploadFolder] {
            let holder = try FolderLock.holder(folder + "/.lock")
            if holder != .nobody { return holder }
        }
        return .nobody
    }

    /// What has a name in the index and was not listed: it may have arrived since.
    private func findOthers(_ uploads: UploadTable, _ images: inout ImageFiles) {
        for stored in uploads.all {
            let name = stored.value.name
            guard images.kind(of: name) == nil, !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else { continue }
            guard let isPlain = PlainFile.isPlain(layout.uploadFolder + "/" + name) else { continue }
            images.add(name, isPlain ? .image : .other)
        }
    }

    private func readSecrets(_ evidence: inout Evidence) throws {
        let key = JWTSecret.path(in: layout.dataFolder)
        let imageKeys = ImageKeyFile.path(in: layout.dataFolder)
        for path in [layout.path(of: .credentials), key, imageKeys] + [uploadKey].compactMap({ $0 }) {
            guard let permissions = try Folder.permissions(of: path) else { continue }
            let exposure = Exposure(of: .file, permissions)
            if exposure != .owner { evidence.exposed.append((path, .secret(exposure))) }
        }
        if let tlsKey, let permissions = try Folder.permissions(of: tlsKey),
            Exposure(of: .file, permissions) == .everybody
        {
            evidence.exposed.append((tlsKey, .secret(.everybody)))
        }
        for path in Set([layout.dataFolder, layout.uploadFolder]).sorted() {
            guard let permissions = try Folder.permissions(of: path) else { continue }
            if Exposure(of: .folder, permissions) == .everybody { evidence.exposed.append((path, .folder)) }
        }
        if keepsKey, let bytes = try OpenFile.contents(of: key, limit: JWTSecret.fileLimit) {
            evidence.isKeySound = JWTSecret.secret(in: bytes) != nil
        }
    }

    private func readNotes(_ evidence: inout Evidence) throws {
        do {
            evidence.noted = try layout.notedFiles()
        } catch let error as DamagedFileError {
            evidence.damagedNote = error
        }
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
