import Files
import JSON
import Shared

// A start reads what lies there.
extension StoreLayout {
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
