public import JSON

/// A program of `GET /downloads/`, which is an array of them.
public struct Download: JSONEncodable, Hashable {
    public var name: String
    /// In bytes.
    public var size: Int
    /// In hexadecimal digits.
    public var sha256: String

    public init(name: String, size: Int, sha256: String) {
        self.name = name
        self.size = size
        self.sha256 = sha256
    }

    public var json: JSONValue {
        .object(["name": .string(name), "size": .number(size), "sha256": .string(sha256)])
    }
}
