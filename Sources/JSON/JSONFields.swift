/// Which field of a JSON object is not as it must be, and what was expected of it.
public struct JSONFieldError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The field's name; nil when the value as a whole is wrong.
    public let field: String?
    /// For a sentence, for example `a whole number from 2 to 20`.
    public let expected: String

    public init(field: String?, expected: String) {
        self.field = field
        self.expected = expected
    }

    public var description: String {
        field.map { "\"\($0)\" must be \(expected)." } ?? "The JSON must be \(expected)."
    }
}

/// Reads the members of a JSON object by name and type. A missing member and `null` are the same.
public struct JSONFields: Sendable {
    private let object: JSONObject

    public init(_ value: JSONValue) throws(JSONFieldError) {
        guard let object = value.object else { throw JSONFieldError(field: nil, expected: "an object") }
        self.object = object
    }

    public subscript(name: String) -> JSONValue? {
        guard let value = object[JSONString(name)], value != .null else { return nil }
        return value
    }

    /// True also for a member that is `null`.
    public func has(_ name: String) -> Bool { object[JSONString(name)] != nil }

    public func text(_ name: String) throws(JSONFieldError) -> String {
        guard let text = try optionalText(name) else { throw JSONFieldError(field: name, expected: "a text") }
        return text
    }

    public func optionalText(_ name: String) throws(JSONFieldError) -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.text else { throw JSONFieldError(field: name, expected: "a text") }
        return text
    }

    public func texts(_ name: String) throws(JSONFieldError) -> [String] {
        let error = JSONFieldError(field: name, expected: "a list of texts")
        guard let elements = self[name]?.array else { throw error }
        var texts: [String] = []
        for element in elements {
            guard let text = element.text else { throw error }
            texts.append(text)
        }
        return texts
    }

    public func integer(_ name: String) throws(JSONFieldError) -> Int {
        guard let integer = try optionalInteger(name) else {
            throw JSONFieldError(field: name, expected: "a whole number")
        }
        return integer
    }

    public func optionalInteger(_ name: String) throws(JSONFieldError) -> Int? {
        guard let value = self[name] else { return nil }
        guard case .number(let number) = value, let integer = number.integer else {
            throw JSONFieldError(field: name, expected: "a whole number")
        }
        return integer
    }

    public func double(_ name: String) throws(JSONFieldError) -> Double {
        guard case .number(let number)? = self[name] else { throw JSONFieldError(field: name, expected: "a number") }
        return number.double
    }

    /// False when the member is missing.
    public func flag(_ name: String) throws(JSONFieldError) -> Bool {
        guard let value = self[name] else { return false }
        guard case .bool(let flag) = value else { throw JSONFieldError(field: name, expected: "true or false") }
        return flag
    }
}
