import OrderedCollections
import Shared

/// A data file that can't be used: where, and what was expected there.
struct DamagedFileError: Error, Sendable, CustomStringConvertible {
    let path: String
    let error: JSONError

    var description: String { "\(path): \(error)" }
}

extension TrackerState {
    /// The whole content of `file`, with the bytes of `JSON.stringify(value, null, 2)`.
    func bytes(of file: DataFile) -> [UInt8] {
        var writer = JSONWriter(.pretty)
        switch file {
        case .users: writer.records(users.values)
        case .organization: organization.write(to: &writer)
        case .intervals:
            writer.beginObject()
            for (id, seconds) in intervals {
                writer.key(JSONString(id.spelling))
                writer.number(seconds)
            }
            writer.endObject()
        case .workSessions: writer.records(sessions)
        case .uploadsIndex: writer.records(uploads)
        case .credentials: writeCredentials(to: &writer)
        }
        return writer.bytes
    }

    /// Reads the files; `contents` gives each file's bytes, nil for one that does not exist and starts out empty.
    init(
        contents: (DataFile) throws -> [UInt8]?, path: (DataFile) -> String
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
        let secrets = try load(.credentials, empty: ([:], [:])) { reader throws(JSONError) in
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
            sessions: try load(.workSessions, empty: []) { reader throws(JSONError) in
                try Self.readSessions(from: &reader)
            },
            uploads: try load(.uploadsIndex, empty: []) { reader throws(JSONError) in try reader.records() },
            credentials: secrets.0, revokedTokens: secrets.1)
    }

    private static func readUsers(from reader: inout JSONReader) throws(JSONError) -> [Stored<User>] {
        var users: [Stored<User>] = []
        var ids: Set<AccountID> = []
        try reader.array { reader throws(JSONError) in
            let start = reader.position()
            let user = try Stored<User>(from: &reader)
            guard ids.insert(user.value.id).inserted else {
                throw reader.error("each account once, but \"\(user.value.email)\" stands here again", at: start)
            }
            users.append(user)
        }
        return users
    }

    private static func readSessions(from reader: inout JSONReader) throws(JSONError) -> [Stored<WorkSession>] {
        var sessions: [Stored<WorkSession>] = []
        var ids: Set<String> = []
        try reader.array { reader throws(JSONError) in
            let start = reader.position()
            let session = try Stored<WorkSession>(from: &reader)
            guard ids.insert(session.value.id).inserted else {
                throw reader.error("each session once, but \"\(session.value.id)\" stands here again", at: start)
            }
            guard session.value.endedAt != nil || session.value.lastHeartbeatAt >= session.value.startedAt else {
                throw reader.error("an open session whose last heartbeat is not before its start", at: start)
            }
            sessions.append(session)
        }
        return sessions
    }

    private static func readIntervals(
        from reader: inout JSONReader
    ) throws(JSONError) -> OrderedDictionary<AccountID, Int> {
        let expected = "an interval in whole seconds, 1 or more"
        var intervals: OrderedDictionary<AccountID, Int> = [:]
        try reader.object { reader, name throws(JSONError) in
            let start = reader.position()
            guard let id = name.text else { throw reader.error("an id without unpaired surrogates", at: start) }
            guard let seconds = try reader.number(expected).integer, seconds > 0 else {
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
    private func writeCredentials(to writer: inout JSONWriter) {
        writer.beginObject()
        if !credentials.isEmpty {
            writer.key("accounts")
            writer.beginObject()
            for (id, credential) in credentials {
                writer.key(JSONString(id.spelling))
                writer.value(
                    .object([
                        "verifier": .optional(credential.verifier), "version": .number(credential.version),
                        "mustChangePassword": .bool(credential.mustChangePassword),
                    ]))
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
    ) throws(JSONError) -> (OrderedDictionary<AccountID, Credential>, OrderedDictionary<String, Timestamp>) {
        var credentials: OrderedDictionary<AccountID, Credential> = [:]
        var revoked: OrderedDictionary<String, Timestamp> = [:]
        try reader.object { reader, member throws(JSONError) in
            let start = reader.position()
            switch member.text {
            case "accounts":
                try reader.object { reader, name throws(JSONError) in
                    let start = reader.position()
                    let value = try reader.value()
                    do throws(JSONFieldError) {
                        credentials[AccountID(stored: name.text ?? "")] = try Credential(fields: JSONFields(value))
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

extension Credential {
    fileprivate init(fields: JSONFields) throws(JSONFieldError) {
        self.init(
            verifier: try fields.optionalText("verifier"), version: try fields.integer("version"),
            mustChangePassword: try fields.flag("mustChangePassword"))
    }
}

extension JSONWriter {
    fileprivate mutating func records<Record>(_ records: some Sequence<Stored<Record>>) {
        beginArray()
        for record in records { record.write(to: &self) }
        endArray()
    }
}

extension JSONReader {
    fileprivate mutating func records<Record>() throws(JSONError) -> [Stored<Record>] {
        var records: [Stored<Record>] = []
        try array { reader throws(JSONError) in records.append(try Stored(from: &reader)) }
        return records
    }
}
