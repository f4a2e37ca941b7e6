import FoundationEssentials
public import JSON

/// `GET /api/queue-key`: what an employee's client encrypts its queue under.
public struct QueueKeyResponse: JSONRepresentable, Sendable, Hashable {
    public static let byteCount = 32

    /// ``byteCount`` of them.
    public var key: [UInt8]

    public init(key: [UInt8]) { self.key = key }

    public var json: JSONValue { .object(["key": .string(Data(key).base64EncodedString())]) }

    public init(json: JSONValue) throws(JSONFieldError) {
        guard let key = Data(base64Encoded: try JSONFields(json).text("key")), key.count == Self.byteCount else {
            throw JSONFieldError(field: "key", expected: "\(Self.byteCount) bytes in base64")
        }
        self.init(key: Array(key))
    }
}
