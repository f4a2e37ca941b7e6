/// A value that is written as JSON.
public protocol JSONEncodable: Sendable {
    var json: JSONValue { get }
}

/// A value that crosses the wire as JSON and is read at the other end.
public protocol JSONRepresentable: JSONEncodable {
    /// Keys that the type does not know are ignored.
    init(json: JSONValue) throws(JSONFieldError)
}
