import Files
import Foundation
import JSON
import Shared

/// The data files and the journal of one moment. A server replaces its files, and never writes to one that has its place:
/// what was opened stays as it was.
struct OpenedStore: Sendable {
    private let layout: StoreLayout
    private let files: [DataFile: Result<OpenFile, FileError>]
    private let journal: Journal.Replay
    private let damage: DamagedJournalError?

    /// A long file's content; an empty one where it could not be read.
    struct Table<Value: Sendable>: Sendable {
        let value: Value
        let condition: Evidence.FileCondition
        var quirks = Quirks()
    }

    private static let attempts = 100
    private static let pause: UInt32 = 10_000

    /// Opens the files again and again until none is replaced and no part of the journal comes or goes meanwhile.
    /// - Parameter wanted: which files; of the others nothing is known.
    init(_ layout: StoreLayout, _ wanted: [DataFile] = DataFile.allCases) throws {
        var damage: DamagedJournalError?
        for _ in 0..<Self.attempts {
            var files: [DataFile: Result<OpenFile, FileError>] = [:]
            for file in wanted {
                files[file] = Result { () throws(FileError) in
                    try OpenFile(reading: layout.path(of: file))
                }
            }
            if let journal = try Self.journal(of: layout), try Self.isCurrent(files, in: layout) {
                let (replay, found) = Self.replay(journal)
                // A record that is being written may look damaged; one that is damaged still looks so the next time.
                if found == nil || found?.offset == damage?.offset && found?.path == damage?.path {
                    (self.layout, self.files, self.journal, self.damage) = (layout, files, replay, found)
                    return
                }
                damage = found
            }
            usleep(Self.pause)
        }
        throw EvidenceReader.NoMoment()
    }

    /// Nil when it changed while it was read.
    private static func journal(of layout: StoreLayout) throws(FileError) -> [Journal.File]? {
        let listed = try layout.journalFiles()
        var files: [Journal.File] = []
        for (path, first) in listed {
            guard let bytes = try OpenFile.contents(of: path, limit: StoreLayout.journalFileLimit) else {
                return nil
            }
            files.append(Journal.File(path: path, first: first, bytes: bytes))
        }
        return try layout.journalFiles().map(\.path) == listed.map(\.path) ? files : nil
    }

    private static func isCurrent(
        _ files: [DataFile: Result<OpenFile, FileError>], in layout: StoreLayout
    ) throws(FileError) -> Bool {
        for (file, result) in files {
            let identity: FileIdentity?
            switch result {
            case .success(let open): identity = try open.identity()
            case .failure(let error) where error.isMissing: identity = nil
            case .failure: continue
            }
            guard try FileIdentity.of(layout.path(of: file)) == identity else { return false }
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

    private func condition(of file: DataFile) -> Evidence.FileCondition {
        guard case .failure(let error)? = files[file] else { return .sound }
        return error.isMissing ? .missing : .unreadable(error)
    }

    func evidence(
        sessions: consuming Table<SessionTable>?, uploads: consuming Table<UploadTable>?
    ) throws -> Evidence {
        var evidence = Evidence(layout)
        evidence.files = [
            .workSessions: sessions?.condition ?? .missing, .uploadsIndex: uploads?.condition ?? .missing,
        ]
        var contents: [DataFile: [UInt8]] = [:]
        for file in files.keys where evidence.files[file] == nil {
            (contents[file], evidence.files[file]) = content(of: file)
        }
        var quirks = [DataFile.workSessions: sessions?.quirks ?? Quirks(), .uploadsIndex: uploads?.quirks ?? Quirks()]
        evidence.state = try TrackerState(
            contents: { contents[$0] }, path: layout.path(of:), sessions: sessions?.value ?? SessionTable(),
            uploads: uploads?.value ?? UploadTable(), note: { quirks[$0] = $1 })
        evidence.quirks = quirks
        sessions = nil
        uploads = nil
        for (change, _) in journal.changes { evidence.state.apply(change) }
        evidence.journal.damage = damage
        evidence.journal.tornBytes = damage == nil ? journal.tornBytes : 0
        evidence.journal.pending = journal.changes.count
        return evidence
    }

    /// The bytes of a small file that has its form; nil of any other.
    private func content(of file: DataFile) -> ([UInt8]?, Evidence.FileCondition) {
        guard case .success(let open)? = files[file] else { return (nil, condition(of: file)) }
        do {
            let bytes = try open.contents(limit: StoreLayout.smallFileLimit)
            _ = try TrackerState(
                contents: { $0 == file ? bytes : nil }, path: layout.path(of:), sessions: SessionTable(),
                uploads: UploadTable())
            return (bytes, .sound)
        } catch let error as DamagedFileError {
            return (nil, .damaged(error.error))
        } catch {
            return (nil, .unreadable(error as? FileError ?? FileError(attempt: "read \(open.path)", code: EIO)))
        }
    }
}

extension OpenedStore.Table<UploadTable.Loaded> {
    func indexed() async -> OpenedStore.Table<UploadTable> {
        .init(value: await UploadTable(value), condition: condition, quirks: quirks)
    }
}
