public import JSON

extension JSONFields {
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
