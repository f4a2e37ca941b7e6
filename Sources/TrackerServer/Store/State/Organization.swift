import JSON
import Shared

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
