public import JSON

/// A key for programs, as its owner sees it.
public struct APIKeyRow: JSONEncodable, Sendable, Hashable {
    public var id: String
    public var name: String
    /// `read` or `manage`.
    public var scope: String
    public var createdAt: Timestamp
    public var expiresAt: Timestamp
    /// Nil before the first use.
    public var lastUsedAt: Timestamp?
    /// Whose it is, in lists.
    public var account: String?

    public init(
        id: String, name: String, scope: String, createdAt: Timestamp, expiresAt: Timestamp, lastUsedAt: Timestamp?,
        account: String?
    ) {
        self.id = id
        self.name = name
        self.scope = scope
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.account = account
    }

    public var json: JSONValue {
        var object = JSONObject([
            ("id", .string(id)), ("name", .string(name)), ("scope", .string(scope)),
            ("createdAt", .string(createdAt.iso8601)), ("expiresAt", .string(expiresAt.iso8601)),
            ("lastUsedAt", .optional(lastUsedAt?.iso8601)),
        ])
        object["account"] = account.map { .string($0) }
        return .object(object)
    }
}

/// `GET /api/keys`.
public struct KeysResponse: JSONEncodable, Sendable, Hashable {
    public var keys: [APIKeyRow]

    public init(keys: [APIKeyRow]) { self.keys = keys }

    public var json: JSONValue { .object(["keys": .array(keys.map(\.json))]) }
}

/// `POST /api/keys`: the only time that the secret is seen.
public struct MadeKeyResponse: JSONEncodable, Sendable, Hashable {
    public var key: APIKeyRow
    public var secret: String

    public init(key: APIKeyRow, secret: String) {
        self.key = key
        self.secret = secret
    }

    public var json: JSONValue { .object(["key": key.json, "secret": .string(secret)]) }
}
