import JSON
import Shared

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
