import JSON

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
                    writer.key(text: name)
                    writer.value(value)
                }
            }
        } else {
            for key in Record.Key.allCases { write(key, to: &writer) }
        }
        writer.endObject()
    }

    private func write(_ key: Record.Key, to writer: inout JSONWriter) {
        writer.key(text: JSONString(key.rawValue))
        value.write(key, to: &writer)
    }
}
