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
                    writer.key(JSONString(id.spelling))
                    writer.number(seconds)
                }
                writer.endObject()
            }
        case .credentials:
            return .small { [credentials, revokedTokens] in
                Self.write(credentials, revokedTokens, to: &$0)
            }
        }
    }

    /// What the files hold, but for sessions and uploads; `contents` gives each file's bytes, nil for one that does not
    /// exist and starts out empty.
    init(
        contents: (DataFile) throws -> [UInt8]?, path: (DataFile) -> String, sessions: SessionTable,
        uploads: UploadTable
    ) throws {
        func load<Value>(
            _ file: DataFile, empty: Value, _ read: (inout JSONReader) throws(JSONError) -> Value
        ) throws -> Value {
            guard let bytes = try contents(file) else { return empty }
            var reader = JSONReader(bytes)
            do throws(JSONError) {
                let value = try read(&reader)
                try reader.end()
                return value
            } catch {
                throw DamagedFileError(path: path(file), error: error)
            }
        }
        let secrets = try load(.credentials, empty: ([], [:])) { reader throws(JSONError) in
            try Self.readCredentials(from: &reader)
        }
        self.init(
            users: try load(.users, empty: []) { reader throws(JSONError) in try Self.readUsers(from: &reader) },
            organization: try load(.organization, empty: Stored(.blank)) { reader throws(JSONError) in
                try Stored(from: &reader)
            },
            intervals: try load(.intervals, empty: [:]) { reader throws(JSONError) in
                try Self.readIntervals(from: &reader)
            },
            sessions: sessions, uploads: uploads, credentials: secrets.0, revokedTokens: secrets.1)
    }

    private static func readUsers(from reader: inout JSONReader) throws(JSONError) -> [Stored<User>] {
        var users: [Stored<User>] = []
        // Emails that differ in case alone were one account to every version.
        var emails: Set<String> = []
        try reader.array { reader throws(JSONError) in
            let start = reader.position()
            let user = try Stored<User>(from: &reader)
            guard emails.insert(user.value.email.lowercased()).inserted else {
                throw reader.error("each account once, but \"\(user.value.email)\" stands here again", at: start)
            }
            users.append(user)
        }
        return users
    }

    private static func readIntervals(
        from reader: inout JSONReader
    ) throws(JSONError) -> OrderedDictionary<AccountID, Int> {
        let expected = "an interval in whole seconds, 0 or more"
        var intervals: OrderedDictionary<AccountID, Int> = [:]
        try reader.object { reader, name throws(JSONError) in
            let start = reader.position()
            guard let id = name.text else { throw reader.error("an id without unpaired surrogates", at: start) }
            guard let seconds = try reader.number(expected).integer, seconds >= 0 else {
                throw reader.error(expected, at: start)
            }
            intervals[AccountID(stored: id)] = seconds
        }
        return intervals
    }
}

// credentials.json: {"accounts": {id: {"verifier", "version", "mustChangePassword"}}, "revokedTokens": {jti: time}};
// a member that would be empty is left out.
extension TrackerState {
    private static func write(
        _ credentials: OrderedDictionary<AccountID, Credential>,
        _ revokedTokens: OrderedDictionary<String, Timestamp>, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        if !credentials.isEmpty {
            writer.key("accounts")
            writer.beginObject()
            for (id, credential) in credentials {
                writer.key(JSONString(id.spelling))
                writer.value(credential.json)
            }
            writer.endObject()
        }
        if !revokedTokens.isEmpty {
            writer.key("revokedTokens")
            writer.beginObject()
            for (id, expiresAt) in revokedTokens {
                writer.key(JSONString(id))
                writer.timestamp(expiresAt)
            }
            writer.endObject()
        }
        writer.endObject()
    }

    private static func readCredentials(
        from reader: inout JSONReader
    ) throws(JSONError) -> ([(spelling: String, credential: Credential)], OrderedDictionary<String, Timestamp>) {
        var credentials: [(spelling: String, credential: Credential)] = []
        var revoked: OrderedDictionary<String, Timestamp> = [:]
        try reader.object { reader, member throws(JSONError) in
            let start = reader.position()
            switch member.text {
            case "accounts":
                try reader.object { reader, name throws(JSONError) in
                    let start = reader.position()
                    let value = try reader.value()
                    do throws(JSONFieldError) {
                        credentials.append((name.text ?? "", try Credential(fields: JSONFields(value))))
                    } catch {
                        throw reader.error("an account whose \(error)", at: start)
                    }
                }
            case "revokedTokens":
                try reader.object { reader, name throws(JSONError) in
                    revoked[name.text ?? ""] = try reader.timestamp()
                }
            default: throw reader.error("\"accounts\" or \"revokedTokens\" as the key", at: start)
            }
        }
        return (credentials, revoked)
    }
}

// The two files that grow with time: read in windows, written in segments.
extension SessionTable {
    /// - Returns: the table, and where its segments lie in the file.
    /// - Throws: `JSONError` or `FileError`.
    static func load(_ file: OpenFile) throws -> (SessionTable, [UInt64: Range<Int>]) {
        var table = SessionTable()
        var spellings = Spellings()
        var openIDs: Set<String> = []
        var loader = RecordLoader<SessionRow>(
            file,
            readCanonical: { scanner in
                guard let row = SessionRow(&scanner, spellings: &spellings) else { return nil }
                // An open session may be wrong in ways that the general reader explains.
                return row.endedAt == nil ? nil : row
            },
            read: { reader throws(JSONError) in
                let start = reader.position()
                let session = try Stored<WorkSession>(from: &reader)
                guard session.value.endedAt == nil else { return SessionRow(session) }
                guard openIDs.insert(session.value.id).inserted else {
                    throw reader.error(
                        "each open session once, but \"\(session.value.id)\" stands here again", at: start)
                }
                guard session.value.lastHeartbeatAt >= session.value.startedAt else {
                    throw reader.error("an open session whose last heartbeat is not before its start", at: start)
                }
                return SessionRow(session)
            },
            take: { table.load($0, accounts: &spellings) })
        try loader.load()
        return (table, loader.ranges)
    }
}

extension UploadTable.Loaded {
    /// - Returns: the records, and where their segments lie in the file.
    /// - Throws: `JSONError` or `FileError`.
    static func load(_ file: OpenFile) throws -> (UploadTable.Loaded, [UInt64: Range<Int>]) {
        var loaded = UploadTable.Loaded()
        var loader = RecordLoader<Stored<UploadRecord>>(
            file,
            readCanonical: { Stored<UploadRecord>(&$0, spellings: &loaded.spellings) },
            read: { reader throws(JSONError) in try Stored(from: &reader) },
            take: { loaded.append($0) })
        try loader.load()
        return (loaded, loader.ranges)
    }
}
