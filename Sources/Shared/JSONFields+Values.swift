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

    public func timestamp(_ name: String) throws(JSONFieldError) -> Timestamp {
        guard let timestamp = try optionalTimestamp(name) else {
            throw JSONFieldError(field: name, expected: "an ISO 8601 time")
        }
        return timestamp
    }

    public func optionalTimestamp(_ name: String) throws(JSONFieldError) -> Timestamp? {
        guard let text = try optionalText(name) else { return nil }
        guard let timestamp = Timestamp(iso8601: text) else {
            throw JSONFieldError(field: name, expected: "an ISO 8601 time")
        }
        return timestamp
    }
}

extension JSONFields {
    public func day(_ name: String) throws(JSONFieldError) -> CivilDate {
        guard let day = CivilDate(iso8601: try optionalText(name) ?? "") else {
            throw JSONFieldError(field: name, expected: CivilDate.rule)
        }
        return day
    }
}

extension UUID {
    /// In lower case, as RFC 9562 (section 4) wants it written.
    public var json: JSONValue { .string(uuidString.lowercased()) }
}
