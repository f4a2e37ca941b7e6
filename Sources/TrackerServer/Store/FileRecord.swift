import JSON
import Shared

/// A record of a data file: an object with a fixed set of keys in a fixed order.
protocol FileRecord: Sendable, Hashable {
    /// The keys in the order of a new record.
    associatedtype Key: RawRepresentable<String>, CaseIterable, Sendable, Hashable

    /// A record to read into; its values mean nothing until every key was read.
    static var blank: Self { get }
    /// By what people know the record.
    var caption: String { get }

    /// - Parameter quirks: gets what the value has that the server does not write.
    mutating func read(
        _ key: Key, from reader: inout JSONReader, quirks: inout Set<Quirk>
    ) throws(JSONError) -> ValueReading
    /// Takes a record that was read as the server has it: what is missing follows from the rest.
    /// - Parameter missing: keys that were not there or had no value.
    /// - Returns: the key that the record can't do without; nil when it is whole.
    mutating func complete(
        _ missing: Set<Key>, in surroundings: ReadingSurroundings, quirks: inout Set<Quirk>
    ) -> Key?
    func write(_ key: Key, to writer: inout JSONWriter)

    /// Keys that a record may lack: the file keeps what it has.
    static var looseKeys: Set<Key> { get }
}

extension FileRecord {
    static var looseKeys: Set<Key> { [] }
}

/// What became of a key's value.
enum ValueReading: Sendable {
    case taken
    /// `null`, or an empty text where one says nothing.
    case missing
    /// Something that the record has no place for, and that stays as it stands in the file; it was not read.
    case kept
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

    /// - Parameter quirks: gets what the record has that the server does not write.
    init(
        from reader: inout JSONReader, in surroundings: ReadingSurroundings, quirks: inout Set<Quirk>
    ) throws(JSONError) {
        let start = reader.position()
        var value = Record.blank
        var found: [Record.Key: ValueReading] = [:]
        var slots: [Slot] = []
        var others = JSONObject()
        try reader.object { reader, name throws(JSONError) in
            let key = name.text.flatMap { Record.Key(rawValue: $0) }
            if let key {
                let reading = try value.read(key, from: &reader, quirks: &quirks)
                if found.updateValue(reading, forKey: key) == nil { slots.append(.known(key)) }
                guard reading == .kept else { return }
            } else if others[name] == nil {
                slots.append(.unknown(name, .null))
            }
            others[name] = try reader.value()
        }
        let missing = Record.Key.allCases.filter { found[$0] == nil || found[$0] == .missing }
        if let key = value.complete(Set(missing), in: surroundings, quirks: &quirks) {
            throw reader.error("a record with the key \"\(key.rawValue)\"", at: start)
        }
        self.value = value
        let absent = missing.filter { found[$0] == nil && !Record.looseKeys.contains($0) }
        layout = Self.layout(slots, adding: absent).map { slot -> Slot in
            switch slot {
            case .known(let key) where found[key] == .kept:
                .unknown(JSONString(key.rawValue), others[JSONString(key.rawValue)] ?? .null)
            case .known: slot
            case .unknown(let name, _): .unknown(name, others[name] ?? .null)
            }
        }
        if layout == Record.Key.allCases.map({ Slot.known($0) }) { layout = nil }
    }

    /// Puts keys that were not there behind those that they follow in a new record.
    private static func layout(_ slots: [Slot], adding absent: [Record.Key]) -> [Slot] {
        var slots = slots
        let keys = Array(Record.Key.allCases)
        for key in absent {
            let before = keys.firstIndex(of: key).flatMap { $0 > 0 ? keys[$0 - 1] : nil }
            let place = before.flatMap { slots.firstIndex(of: .known($0)) }.map { $0 + 1 } ?? 0
            slots.insert(.known(key), at: place)
        }
        return slots
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
        let start = position()
        guard let timestamp = Timestamp(iso8601: try text(Self.expectedTime)) else {
            throw error(Self.expectedTime, at: start)
        }
        return timestamp
    }

    private static var expectedTime: String { "an ISO 8601 time" }

    /// A time as others write it too: as milliseconds since 1970, as JavaScript has them.
    /// - Returns: nil for `null` and for an empty text.
    fileprivate mutating func time(_ quirks: inout Set<Quirk>) throws(JSONError) -> Timestamp? {
        if null() { return nil }
        let start = position()
        guard isAtText else {
            // From the year 1973 on: what is less are seconds, or no time.
            let range = 100_000_000_000...Double(Timestamp.latest.milliseconds)
            let number = try number(Self.expectedTime).double
            guard range.contains(number) else { throw error(Self.expectedTime, at: start) }
            quirks.insert(.timeAsNumber)
            return Timestamp(milliseconds: Int64(number))
        }
        let text = try text()
        if text.isEmpty { return nil }
        guard let time = Timestamp(iso8601: text) else { throw error(Self.expectedTime, at: start) }
        return time
    }

    /// A number as others write it too: as a text.
    /// - Returns: nil for `null` and for an empty text.
    mutating func number(_ expected: String = "a number", quirks: inout Set<Quirk>) throws(JSONError) -> Double? {
        if null() { return nil }
        let start = position()
        guard isAtText else { return try number(expected).double }
        let text = try text(expected)
        if text.isEmpty { return nil }
        guard let number = Double(text), number.isFinite else { throw error(expected, at: start) }
        quirks.insert(.numberAsText)
        return number
    }

    /// - Returns: nil for `null`.
    fileprivate mutating func optionalText() throws(JSONError) -> String? {
        null() ? nil : try text()
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
    static let looseKeys: Set = [Key.createdAt]

    var caption: String { email }

    mutating func read(
        _ key: Key, from reader: inout JSONReader, quirks: inout Set<Quirk>
    ) throws(JSONError) -> ValueReading {
        switch key {
        case .email: email = try reader.text()
        case .name:
            guard let text = try reader.optionalText() else { return .missing }
            name = text
        case .role:
            let start = reader.position()
            guard let text = try reader.optionalText() else { return .missing }
            guard let role = Role(rawValue: text) else {
                throw reader.error("\"employee\", \"manager\" or \"super_admin\"", at: start)
            }
            self.role = role
        case .createdAt:
            var ahead = reader
            do throws(JSONError) {
                createdAt = try ahead.time(&quirks)
            } catch {
                createdAt = nil
            }
            guard createdAt != nil else { return .kept }
            reader = ahead
        }
        return .taken
    }

    mutating func complete(
        _ missing: Set<Key>, in _: ReadingSurroundings, quirks: inout Set<Quirk>
    ) -> Key? {
        if missing.contains(.name) { quirks.insert(.nameMissing) }
        if missing.contains(.role) { quirks.insert(.roleMissing) }
        if createdAt == nil { quirks.insert(.createdAtUnknown) }
        return missing.contains(.email) ? .email : nil
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

    var caption: String { id }

    mutating func read(
        _ key: Key, from reader: inout JSONReader, quirks: inout Set<Quirk>
    ) throws(JSONError) -> ValueReading {
        switch key {
        case .id:
            guard let text = try reader.optionalText() else { return .missing }
            id = text
        case .employeeId: employeeID = try reader.text()
        case .startedAt:
            guard let time = try reader.time(&quirks) else { return .missing }
            startedAt = time
        case .endedAt: endedAt = try reader.time(&quirks)
        case .isActive: return try readActivity(from: &reader, quirks: &quirks)
        case .idleSeconds:
            let start = reader.position()
            guard let seconds = try reader.number(quirks: &quirks) else { return .missing }
            guard seconds.isFinite else { throw reader.error("seconds, 0 or more", at: start) }
            if seconds < 0 { quirks.insert(.idleBelowZero) }
            idleSeconds = max(0, seconds)
        case .lastHeartbeatAt:
            guard let time = try reader.time(&quirks) else { return .missing }
            lastHeartbeatAt = time
        case .date:
            guard let text = try reader.optionalText(), !text.isEmpty else { return .missing }
            date = text
        }
        return .taken
    }

    private mutating func readActivity(
        from reader: inout JSONReader, quirks: inout Set<Quirk>
    ) throws(JSONError) -> ValueReading {
        if reader.null() { return .missing }
        var ahead = reader
        do throws(JSONError) {
            isActive = try reader.bool()
        } catch {
            switch try ahead.value() {
            case .number(let number) where [0, 1].contains(number.integer): isActive = number.integer == 1
            case .string(let string) where ["true", "false"].contains(string.text): isActive = string.text == "true"
            default: throw error
            }
            reader = ahead
            quirks.insert(.activityOdd)
        }
        return .taken
    }

    mutating func complete(
        _ missing: Set<Key>, in surroundings: ReadingSurroundings, quirks: inout Set<Quirk>
    ) -> Key? {
        if let key = [Key.employeeId, .startedAt].first(where: { missing.contains($0) }) { return key }
        if missing.contains(.id) {
            id = "\(employeeID)-\(startedAt.milliseconds)"
            quirks.insert(.idMissing)
        }
        if missing.contains(.endedAt) { quirks.insert(.endMissing) }
        if missing.contains(.isActive) {
            isActive = endedAt == nil
            quirks.insert(.activityOdd)
        }
        if missing.contains(.idleSeconds) { quirks.insert(.idleMissing) }
        if missing.contains(.lastHeartbeatAt) {
            lastHeartbeatAt = max(endedAt ?? startedAt, startedAt)
            quirks.insert(.beatMissing)
        }
        if missing.contains(.date) {
            date = surroundings.calendar.day(of: startedAt).iso8601
            quirks.insert(.dateMissing)
        }
        if endedAt == nil, lastHeartbeatAt < startedAt { quirks.insert(.beatBeforeStart) }
        return nil
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

    var caption: String { file }

    mutating func read(
        _ key: Key, from reader: inout JSONReader, quirks: inout Set<Quirk>
    ) throws(JSONError) -> ValueReading {
        switch key {
        case .file: file = try reader.text()
        case .employeeId:
            guard let text = try reader.optionalText() else { return .missing }
            employeeID = text
        case .ts:
            guard let time = try reader.time(&quirks) else { return .missing }
            ts = time
        }
        return .taken
    }

    mutating func complete(
        _ missing: Set<Key>, in surroundings: ReadingSurroundings, quirks: inout Set<Quirk>
    ) -> Key? {
        if missing.contains(.file) { return .file }
        if !isOwnPath, let name = file.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init),
            name != file, UploadName.isImage(name), surroundings.imageTime(name) != nil
        {
            file = Self.folder + name
            quirks.insert(.imageElsewhere)
        }
        if missing.contains(.employeeId) { quirks.insert(.employeeMissing) }
        if missing.contains(.ts) {
            guard let time = UploadName.time(in: name) ?? surroundings.imageTime(name) else { return .ts }
            ts = time
            quirks.insert(.captureTimeMissing)
        }
        return nil
    }

    /// False when the path has other folders than `uploads/`, or another one: then the image may be somewhere else.
    var isOwnPath: Bool {
        var file = file
        return file.withUTF8 { path in
            let name = path.dropFirst(Self.folder.utf8.count)
            return path.starts(with: Self.folder.utf8)
                && !name.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
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

    var caption: String { "" }

    mutating func read(
        _ key: Key, from reader: inout JSONReader, quirks: inout Set<Quirk>
    ) throws(JSONError) -> ValueReading {
        switch key {
        case .name:
            guard let text = try reader.optionalText() else { return .missing }
            name = text
        case .createdAt: createdAt = try reader.time(&quirks)
        }
        return .taken
    }

    mutating func complete(
        _ missing: Set<Key>, in _: ReadingSurroundings, quirks: inout Set<Quirk>
    ) -> Key? {
        if missing.contains(.name) { quirks.insert(.nameMissing) }
        return nil
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
