import Files
import Foundation
import JSON
import Shared

/// Where each data file lies. Everything here that touches the disk blocks.
struct DataFolder: Sendable {
    let dataFolder: String
    let uploadFolder: String
    /// Of the zone whose days sessions have that are read without a date.
    var calendar = WorkCalendar(zone: .utc)
    /// What the file systems of the folders can do.
    var abilities = Abilities()

    struct Abilities: Sendable {
        var data = FolderAbilities.all
        var uploads = FolderAbilities.all
    }

    init(dataFolder: String, uploadFolder: String, abilities: Abilities = Abilities()) {
        self.dataFolder = dataFolder
        self.uploadFolder = uploadFolder
        self.abilities = abilities
    }

    func path(of file: DataFile) -> String { folder(of: file) + "/" + file.rawValue }

    func folder(of file: DataFile) -> String { file == .uploadsIndex ? uploadFolder : dataFolder }

    func abilities(of file: DataFile) -> FolderAbilities {
        file == .uploadsIndex ? abilities.uploads : abilities.data
    }

    /// What the server makes is for its user alone, less the process's umask.
    static let mode: mode_t = 0o600

    /// Removes new contents that a crash kept from taking their place: the journal has what they say.
    func removeLeftovers() throws(FileError) {
        for file in DataFile.allCases {
            try Folder.removeFile(try FileLink.follow(path(of: file)) + FileReplacement.suffix)
        }
        for entry in try Folder.files(in: dataFolder) where WholeFile.isUnfinished(entry.name) {
            try Folder.removeFile(dataFolder + "/" + entry.name)
        }
    }

    /// Opens a data file to read it.
    /// - Throws: `FileError`; also for what is no plain file, for links that are not to be followed, and for a file that
    ///   could not be replaced.
    func open(_ file: DataFile) throws(FileError) -> OpenFile {
        let place = try FileLink.follow(path(of: file))
        guard !FileLink.isMountPoint(place) else {
            throw FileError(
                attempt: "replace \(place)", code: EBUSY,
                detail: "it is mounted by itself, and no other file can take its place; mount the folder that it is in")
        }
        return try OpenFile(reading: place)
    }

    /// The files of the journal, in the order of their first records.
    func journalFiles() throws(FileError) -> [(path: String, first: UInt64)] {
        try Folder.files(in: dataFolder)
            .compactMap { entry in
                Journal.firstNumber(ofFileNamed: entry.name).map { (dataFolder + "/" + entry.name, $0) }
            }
            .sorted { $0.first < $1.first }
    }

    /// Sees whether the folders can be written to, and have room for all data files once more, which rewriting them needs.
    /// - Parameter sizes: of the data files, in bytes.
    func checkRoom(sizes: [DataFile: Int]) throws(StoreError) {
        for folder in [dataFolder, uploadFolder] {
            guard access(folder, W_OK | X_OK) == 0 else {
                throw StoreError(.last("write to the folder \(folder)"))
            }
            var status = statvfs()
            guard statvfs(folder, &status) == 0 else { throw StoreError(.last("look at \(folder)")) }
            let needed = sizes.reduce(JournalFile.chunk) { self.folder(of: $1.key) == folder ? $0 + $1.value : $0 }
            if UInt64(status.f_bavail) * UInt64(status.f_frsize) < UInt64(needed) { throw .full }
        }
    }

    /// Bytes of a file that is read whole; those that grow with time are read in windows.
    static let smallFileLimit = 256 << 20
    /// Bytes of a file of the journal.
    static let journalFileLimit = 1 << 30

    /// What the files and the journal hold.
    /// - Throws: ``DamagedFileError``, ``DamagedJournalError`` or `FileError`.
    func load() async throws -> LoadedData {
        // The two long files, side by side.
        async let sessions = BlockingExecutor(label: "sessions").run {
            try load(.workSessions, empty: SessionTable()) { try SessionTable.load($0, in: surroundings) }
        }
        async let uploads = BlockingExecutor(label: "index").run {
            try load(.uploadsIndex, empty: UploadTable.Loaded()) { try UploadTable.Loaded.load($0, in: surroundings) }
        }
        let (small, journal) = try await BlockingExecutor(label: "files").run {
            (try readSmallFiles(), try readJournal())
        }
        let (loadedUploads, knownUploads) = try await uploads
        let uploadTable = await UploadTable(loadedUploads.table)
        let (loadedSessions, knownSessions) = try await sessions
        var known = small.mapValues(\.known)
        known[.workSessions] = knownSessions
        known[.uploadsIndex] = knownUploads
        var quirks = [DataFile.workSessions: loadedSessions.quirks, .uploadsIndex: loadedUploads.quirks]
        let state = try TrackerState(
            contents: { small[$0]?.bytes }, path: path(of:), sessions: loadedSessions.table, uploads: uploadTable,
            note: { quirks[$0] = $1 })
        return LoadedData(state: state, known: known, quirks: quirks, journal: try Journal.Replay(journal))
    }

    /// What records may be completed from.
    var surroundings: ReadingSurroundings {
        ReadingSurroundings(calendar: calendar) { name in
            do throws(FileError) {
                return try PlainFile.at("\(uploadFolder)/\(name)").map {
                    Timestamp(milliseconds: $0.modified * 1000)
                }
            } catch {
                // As a name that is too long: no image has it.
                return nil
            }
        }
    }

    private func load<Table>(
        _ file: DataFile, empty: Table, _ read: (OpenFile) throws -> LoadedTable<Table>
    ) throws -> (LoadedTable<Table>, KnownFile?) {
        do {
            let open = try open(file)
            let loaded = try read(open)
            return (loaded, try KnownFile(open, ranges: loaded.ranges))
        } catch let error as JSONError {
            throw DamagedFileError(path: path(of: file), error: error)
        } catch let error as FileError where error.isMissing {
            return (LoadedTable(table: empty), nil)
        }
    }

    private func readSmallFiles() throws(FileError) -> [DataFile: (bytes: [UInt8], known: KnownFile)] {
        var contents: [DataFile: (bytes: [UInt8], known: KnownFile)] = [:]
        for file in DataFile.allCases where file != .workSessions && file != .uploadsIndex {
            do throws(FileError) {
                let open = try open(file)
                contents[file] = (try open.contents(limit: Self.smallFileLimit), try KnownFile(open))
            } catch {
                guard error.isMissing else { throw error }
            }
        }
        return contents
    }

    private func readJournal() throws(FileError) -> [Journal.File] {
        var files: [Journal.File] = []
        for (path, first) in try journalFiles() {
            let bytes = try OpenFile.contents(of: path, limit: Self.journalFileLimit) ?? []
            files.append(Journal.File(path: path, first: first, bytes: bytes))
        }
        return files
    }
}

/// A data file as the server last read or wrote it.
struct KnownFile: Sendable {
    let identity: FileIdentity
    /// Kept open: some file systems give a file that nobody has open another number when they look at it again.
    private let file: OpenFile
    /// Bytes.
    let size: Int
    /// Where its segments lie, by their stamps; those with other bytes than the server writes are missing.
    let ranges: [UInt64: Range<Int>]

    init(_ file: OpenFile, ranges: [UInt64: Range<Int>] = [:]) throws(FileError) {
        identity = try file.identity()
        self.file = file
        size = try file.size()
        self.ranges = ranges
    }
}

/// What was read at a start, the journal's changes carried out.
struct LoadedData: ~Copyable, Sendable {
    var transaction: Transaction
    /// The files that exist.
    let known: [DataFile: KnownFile]
    /// The files that lack something that the journal holds.
    let outdated: Set<DataFile>
    /// What the files had that the server does not write.
    let quirks: [DataFile: Quirks]
    let journal: Journal.Replay

    fileprivate init(
        state: consuming TrackerState, known: [DataFile: KnownFile], quirks: [DataFile: Quirks],
        journal: Journal.Replay
    ) {
        var outdated: Set<DataFile> = []
        for (change, files) in journal.changes {
            state.apply(change)
            outdated.formUnion(files)
        }
        transaction = Transaction(state: state)
        self.known = known
        self.outdated = outdated
        self.quirks = quirks
        self.journal = journal
    }
}
