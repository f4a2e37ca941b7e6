public import FoundationEssentials
public import JSON

extension JSONFields {
    public func uuid(_ name: String) throws(JSONFieldError) -> UUID {
        guard let uuid = try optionalUUID(name) else { throw JSONFieldError(field: name, expected: "a UUID") }
        return uuid
    }

    public func optionalUUID(_ name: String) throws(JSONFieldError) -> UUID? {
        guard let text = try optionalText(name) else { return nil }
        guard let uuid = UUID(uuidString: text) else { throw JSONFieldError(field: name, expected: "a UUID") }
        return uuid
    }
}

extension UUID {
    /// In lower case, as RFC 9562 (section 4) wants it written.
    public var json: JSONValue { .string(uuidString.lowercased()) }
}
