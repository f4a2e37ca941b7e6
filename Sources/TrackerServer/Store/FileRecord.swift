import JSON
import Shared

/// A record of a data file: an object with a fixed set of keys in a fixed order.
protocol FileRecord: Sendable, Hashable {
    /// The keys in the order of a new record.
    associatedtype Key: RawRepresentable<String>, CaseIterable, Sendable, Hashable

    /// A record to read into; its values mean nothing until every key was read.
    static var blank: Self { get }
    mutating func read(_ key: Key, from reader: inout JSONReader) throws(JSONError)
    func write(_ key: Key, to writer: inout JSONWriter)

    /// Keys that a record may lack, or have with a value that says nothing to the server; the file keeps what it has.
    static var looseKeys: [Key] { get }
    /// - Returns: false when the value of a loose key says nothing to the server.
    mutating func take(_ key: Key, _ value: JSONValue) -> Bool
}

extension FileRecord {
    static var looseKeys: [Key] { [] }
    mutating func take(_ key: Key, _ value: JSONValue) -> Bool { false }
}

/// A record together with what its file knows beyond the fixed keys: other keys and their places, and another order.
struct Stored<Record: FileRecord>: Sendable, Hashable {
    var value: Record
    /// Nil when the record has exactly the fixed keys in their order, as nearly all have.
    private var layout: [Slot]?

    private enum Slot: Sendable, Hashable {
        case known(Record.Key)
        case unknown(JSONString, JSONValue)
    }

    init(_ value: Record) {
        self.value = value
    }

    init(from reader: inout JSONReader) throws(JSONError) {
        let start = reader.position()
        var value = Record.blank
        var slots: [Slot] = []
        var seen: Set<Record.Key> = []
        var unknown = JSONObject()
        try reader.object { reader, name throws(JSONError) in
            if let text = name.text, let key = Record.Key(rawValue: text), !Record.looseKeys.contains(key) {
                try value.read(key, from: &reader)
                if seen.insert(key).inserted { slots.append(.known(key)) }
            } else {
                if unknown[name] == nil { slots.append(.unknown(name, .null)) }
                unknown[name] = try reader.value()
            }
        }
        for key in Record.looseKeys {
            let name = JSONString(key.rawValue)
            if let known = unknown[name], value.take(key, known) {
                slots = slots.map { $0 == .unknown(name, .null) ? .known(key) : $0 }
            }
            seen.insert(key)
        }
        for key in Record.Key.allCases where !seen.contains(key) {
            throw reader.error("a record with the key \"\(key.rawValue)\"", at: start)
        }
        self.value = value
        guard !slots.elementsEqual(Record.Key.allCases.map { .known($0) }) else { return }
        layout = slots.map { slot in
            if case .unknown(let name, _) = slot { .unknown(name, unknown[name] ?? .null) } else { slot }
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        if let layout {
            for slot in layout {
                switch slot {
                case .known(let key): write(key, to: &writer)
                case .unknown(let name, let value):
                    writer.key(name)
                    writer.value(value)
                }
            }
        } else {
            for key in Record.Key.allCases { write(key, to: &writer) }
        }
        writer.endObject()
    }

    private func write(_ key: Record.Key, to writer: inout JSONWriter) {
        writer.key(JSONString(key.rawValue))
        value.write(key, to: &writer)
    }
}

extension JSONReader {
    mutating func timestamp() throws(JSONError) -> Timestamp {
        let expected = "an ISO 8601 time"
        let start = position()
        guard let timestamp = Timestamp(iso8601: try text(expected)) else { throw error(expected, at: start) }
        return timestamp
    }

    mutating func optionalTimestamp() throws(JSONError) -> Timestamp? {
        if null() { return nil }
        return try timestamp()
    }
}

extension JSONWriter {
    mutating func timestamp(_ timestamp: Timestamp?) {
        if let timestamp { string(timestamp.iso8601) } else { null() }
    }
}

extension User: FileRecord {
    enum Key: String, CaseIterable { case email, name, role, createdAt }

    static let blank = User(email: "", name: "", role: .employee, createdAt: nil)
    static let looseKeys = [Key.createdAt]

    mutating func take(_ key: Key, _ value: JSONValue) -> Bool {
        createdAt = value.text.flatMap { Timestamp(iso8601: $0) }
        return createdAt != nil
    }

    mutating func read(_ key: Key, from reader: inout JSONReader) throws(JSONError) {
        switch key {
        case .email: email = try reader.text()
        case .name: name = try reader.text()
        case .role:
            let start = reader.position()
            guard let role = Role(rawValue: try reader.text()) else {
                throw reader.error("\"employee\", \"manager\" or \"super_admin\"", at: start)
            }
            self.role = role
        case .createdAt: _ = take(key, try reader.value())
        }
    }

    func write(_ key: Key, to writer: inout JSONWriter) {
        switch key {
        case .email: writer.string(email)
        case .name: writer.string(name)
        case .role: writer.string(role.rawValue)
        case .createdAt: writer.timestamp(createdAt)
        }
    }
}

extension WorkSession: FileRecord {
    enum Key: String, CaseIterable {
        case id, employeeId, startedAt, endedAt, isActive, idleSeconds, lastHeartbeatAt, date
    }

    static let blank = WorkSession(
        id: "", employeeID: "", startedAt: Timestamp(milliseconds: 0), endedAt: nil, isActive: false, idleSeconds: 0,
        lastHeartbeatAt: Timestamp(milliseconds: 0), date: "")

    mutating func read(_ key: Key, from reader: inout JSONReader) throws(JSONError) {
        switch key {
        case .id: id = try reader.text()
        case .employeeId: employeeID = try reader.text()
        case .startedAt: startedAt = try reader.timestamp()
        case .endedAt: endedAt = try reader.optionalTimestamp()
        case .isActive: isActive = try reader.bool()
        case .idleSeconds:
            let start = reader.position()
            idleSeconds = try reader.number().double
            guard idleSeconds.isFinite, idleSeconds >= 0 else { throw reader.error("seconds, 0 or more", at: start) }
        case .lastHeartbeatAt: lastHeartbeatAt = try reader.timestamp()
        case .date: date = try reader.text()
        }
    }

    func write(_ key: Key, to writer: inout JSONWriter) {
        switch key {
        case .id: writer.string(id)
        case .employeeId: writer.string(employeeID)
        case .startedAt: writer.timestamp(startedAt)
        case .endedAt: writer.timestamp(endedAt)
        case .isActive: writer.bool(isActive)
        case .idleSeconds: writer.number(idleSeconds)
        case .lastHeartbeatAt: writer.timestamp(lastHeartbeatAt)
        case .date: writer.string(date)
        }
    }
}

extension UploadRecord: FileRecord {
    enum Key: String, CaseIterable { case file, employeeId, ts }

    static let blank = UploadRecord(file: "", employeeID: "", ts: Timestamp(milliseconds: 0))

    mutating func read(_ key: Key, from reader: inout JSONReader) throws(JSONError) {
        switch key {
        case .file: file = try reader.text()
        case .employeeId: employeeID = try reader.text()
        case .ts: ts = try reader.timestamp()
        }
    }

    func write(_ key: Key, to writer: inout JSONWriter) {
        switch key {
        case .file: writer.string(file)
        case .employeeId: writer.string(employeeID)
        case .ts: writer.timestamp(ts)
        }
    }
}

/// The one record of `organization.json`.
struct Organization: FileRecord {
    var name: String
    /// When the name was first saved.
    var createdAt: Timestamp?

    enum Key: String, CaseIterable { case name, createdAt }

    static let blank = Organization(name: "", createdAt: nil)

    mutating func read(_ key: Key, from reader: inout JSONReader) throws(JSONError) {
        switch key {
        case .name: name = try reader.text()
        case .createdAt: createdAt = try reader.optionalTimestamp()
        }
    }

    func write(_ key: Key, to writer: inout JSONWriter) {
        switch key {
        case .name: writer.string(name)
        case .createdAt: writer.timestamp(createdAt)
        }
    }

    var json: JSONValue {
        .object(["name": .string(name), "createdAt": .optional(createdAt?.iso8601)])
    }
}
