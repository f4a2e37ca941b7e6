import Files
import JSON
import OrderedCollections
import Shared

/// A data file that can't be used: where, and what was expected there.
struct DamagedFileError: Error, Sendable, CustomStringConvertible {
    let path: String
    let error: JSONError

    var description: String { "\(path): \(error)" }
}

/// What a data file shall hold, taken from a state at one moment. It shares memory with the state.
enum FileContent: Sendable {
    /// Few records: the file is formatted whole.
    case small(@Sendable (inout JSONWriter) -> Void)
    case sessions(SegmentedRows<SessionRow>)
    case uploads(SegmentedRows<UploadRow>)
}

extension TrackerState {
    /// How many things the file has, as people count them.
    func recordCount(of file: DataFile) -> Int {
        switch file {
        case .workSessions: sessions.count
        case .uploadsIndex: uploads.count
        case .users: users.count
        case .organization: 1
        case .intervals: intervals.count
        case .corrections: corrections.count
        case .credentials: secrets.recordCount
        }
    }

    func content(of file: DataFile) -> FileContent {
        switch file {
        case .workSessions: return .sessions(sessions.rows)
        case .uploadsIndex: return .uploads(uploads.rows)
        case .users:
            return .small { [users] writer in
                writer.beginArray()
                for user in users.values { user.write(to: &writer) }
                writer.endArray()
            }
        case .organization: return .small { [organization] in organization.write(to: &$0) }
        case .intervals:
            return .small { [intervals] writer in
                writer.beginObject()
                for (id, seconds) in intervals {
                    writer.key(text: JSONString(id.spelling))
                    writer.number(seconds)
                }
                writer.endObject()
            }
        case .corrections:
            return .small { [corrections] writer in
                writer.beginArray()
                for correction in corrections.all { correction.write(to: &writer) }
                writer.endArray()
            }
        case .credentials:
            return .small { [secrets] in secrets.write(to: &$0) }
        }
    }

    /// What the files hold, but for sessions and uploads; `contents` gives each file's bytes, nil for one that does not
    /// exist and starts out empty.
    /// - Parameter note: gets what those files have that the server does not write.
    init(
        contents: (DataFile) throws -> [UInt8]?, path: (DataFile) -> String, sessions: SessionTable,
        uploads: UploadTable, note: (DataFile, Quirks) -> Void = { _, _ in }
    ) throws {
        func load<Value>(
            _ file: DataFile, empty: Value, _ read: (inout JSONReader, inout Quirks) throws(JSONError) -> Value
        ) throws -> Value {
            guard let bytes = try contents(file) else { return empty }
            var quirks = Quirks()
            let start = JSONReader.start(of: bytes)
            if start > 0 { quirks.note([.byteOrderMark], of: "") }
            var reader = JSONReader(bytes, from: start)
            do throws(JSONError) {
                let value = try read(&reader, &quirks)
                try reader.end()
                note(file, quirks)
                return value
            } catch {
                throw DamagedFileError(path: path(file), error: error)
            }
        }
        let secrets = try load(.credentials, empty: Secrets.Loaded()) { reader, _ throws(JSONError) in
            try Secrets.Loaded(from: &reader)
        }
        self.init(
            users: try load(.users, empty: []) { reader, quirks throws(JSONError) in
                try Self.readUsers(from: &reader, &quirks)
            },
            organization: try load(.organization, empty: Stored(.blank)) { reader, quirks throws(JSONError) in
                try Self.readRecord(from: &reader, &quirks)
            },
            intervals: try load(.intervals, empty: [:]) { reader, quirks throws(JSONError) in
                try Self.readIntervals(from: &reader, &quirks)
            },
            sessions: sessions,
            corrections: try load(.corrections, empty: CorrectionTable()) { reader, quirks throws(JSONError) in
                try Self.readCorrections(from: &reader, &quirks)
            },
            uploads: uploads, secrets: secrets)
    }

    private static func readRecord<Record: FileRecord>(
        from reader: inout JSONReader, _ quirks: inout Quirks
    ) throws(JSONError) -> Stored<Record> {
        var found: Set<Quirk> = []
        let record = try Stored<Record>(from: &reader, in: ReadingSurroundings(), quirks: &found)
        quirks.note(found, of: record.value.caption)
        return record
    }

    private static func readUsers(
        from reader: inout JSONReader, _ quirks: inout Quirks
    ) throws(JSONError) -> [Stored<User>] {
        var users: [Stored<User>] = []
        // Emails that differ in case alone were one account to every version.
        var emails: Set<String> = []
        try reader.array { reader throws(JSONError) in
            let start = reader.position()
            let user: Stored<User> = try readRecord(from: &reader, &quirks)
            guard emails.insert(user.value.email.lowercased()).inserted else {
                throw reader.error("each account once, but \"\(user.value.email)\" stands here again", at: start)
            }
            users.append(user)
        }
        return users
    }

    private static func readCorrections(
        from reader: inout JSONReader, _ quirks: inout Quirks
    ) throws(JSONError) -> CorrectionTable {
        var corrections = CorrectionTable()
        try reader.array { reader throws(JSONError) in
            let start = reader.position()
            let correction: Stored<Correction> = try readRecord(from: &reader, &quirks)
            guard corrections.load(correction) else {
                throw reader.error(
                    "each correction once, but \"\(correction.value.id)\" stands here again", at: start)
            }
        }
        return corrections
    }

    private static func readIntervals(
        from reader: inout JSONReader, _ quirks: inout Quirks
    ) throws(JSONError) -> OrderedDictionary<AccountID, Int> {
        let expected = "an interval in whole seconds, 0 or more"
        var intervals: OrderedDictionary<AccountID, Int> = [:]
        try reader.object { reader, name throws(JSONError) in
            let start = reader.position()
            guard let id = name.text else { throw reader.error("an id without unpaired surrogates", at: start) }
            var found: Set<Quirk> = []
            defer { quirks.note(found, of: id) }
            guard let number = try reader.number(expected, quirks: &found) else {
                found.insert(.intervalMissing)
                intervals[AccountID(stored: id)] = nil
                return
            }
            guard var seconds = Int(exactly: number), seconds >= 0 else { throw reader.error(expected, at: start) }
            // The shortest interval that can be assigned has more seconds than the longest has minutes.
            if CaptureInterval.minutes.contains(seconds) {
                seconds *= 60
                found.insert(.intervalInMinutes)
            }
            intervals[AccountID(stored: id)] = seconds
        }
        return intervals
    }
}

// The two files that grow with time: read in windows, written in segments.

/// A long file's records, and what is known of the file.
struct LoadedTable<Table: Sendable>: Sendable {
    var table: Table
    /// Where its segments lie in the file, by their stamps.
    var ranges: [UInt64: Range<Int>] = [:]
    var quirks = Quirks()
}

extension SessionTable {
    /// - Throws: `JSONError` or `FileError`.
    static func load(
        _ file: OpenFile, in surroundings: ReadingSurroundings = ReadingSurroundings()
    ) throws -> LoadedTable<SessionTable> {
        var loaded = LoadedTable(table: SessionTable())
        var spellings = Spellings()
        var openIDs: Set<String> = []
        var loader = RecordLoader<SessionRow>(
            file,
            readCanonical: { scanner in
                guard let row = SessionRow(&scanner, spellings: &spellings) else { return nil }
                // An open session may be odd in ways that the general reader knows.
                return row.endedAt == nil ? nil : row
            },
            read: { reader throws(JSONError) in
                var found: Set<Quirk> = []
                var session = try Stored<WorkSession>(from: &reader, in: surroundings, quirks: &found)
                return {
                    if session.value.endedAt == nil, !openIDs.insert(session.value.id).inserted {
                        session.value.endedAt = max(session.value.lastHeartbeatAt, session.value.startedAt)
                        session.value.isActive = false
                        found.insert(.openTwice)
                    }
                    loaded.quirks.note(found, of: session.value.caption)
                    return SessionRow(session)
                }
            },
            take: { loaded.table.load($0, accounts: &spellings) })
        try loader.load()
        if loader.hasByteOrderMark { loaded.quirks.note([.byteOrderMark], of: "") }
        loaded.ranges = loader.ranges
        return loaded
    }
}

extension UploadTable.Loaded {
    /// - Throws: `JSONError` or `FileError`.
    static func load(
        _ file: OpenFile, in surroundings: ReadingSurroundings = ReadingSurroundings()
    ) throws -> LoadedTable<UploadTable.Loaded> {
        var loaded = LoadedTable(table: UploadTable.Loaded())
        var loader = RecordLoader<Stored<UploadRecord>>(
            file,
            readCanonical: { scanner in
                guard let row = Stored<UploadRecord>(&scanner, spellings: &loaded.table.spellings) else { return nil }
                return row.value.isOwnPath ? row : nil
            },
            read: { reader throws(JSONError) in
                var found: Set<Quirk> = []
                let upload = try Stored<UploadRecord>(from: &reader, in: surroundings, quirks: &found)
                return {
                    loaded.quirks.note(found, of: upload.value.caption)
                    return upload
                }
            },
            take: { loaded.table.append($0) })
        try loader.load()
        if loader.hasByteOrderMark { loaded.quirks.note([.byteOrderMark], of: "") }
        loaded.ranges = loader.ranges
        return loaded
    }
}
