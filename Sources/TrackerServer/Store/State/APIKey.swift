import Crypto
import JSON
import OrderedCollections
import Shared

/// What a program signs its requests with in place of a token. Its secret is not kept.
struct APIKey: Sendable, Hashable {
    let id: String
    let account: AccountID
    let name: String
    let scope: Scope
    let createdAt: Timestamp
    let expiresAt: Timestamp
    /// Nil before the first use. Written down from time to time: as a rule it is older than the last use.
    var lastUsedAt: Timestamp?
    /// SHA-256 of the secret, in hexadecimal. Of 256 random bits a fast hash is as good as a slow one.
    let digest: String

    /// What may be done with it.
    enum Scope: String, Sendable, Hashable, CaseIterable {
        /// Looking.
        case read
        /// Whatever its account may, but for what concerns the sign-in itself.
        case manage
    }

    /// Of an account.
    static let most = 50
    static let days = 1...365
    static let usualDays = 90

    /// `tt_` and 32 random bytes in base64url.
    struct Secret: Sendable {
        let text: String

        static let prefix = "tt_"
        static let length = 46

        /// Nil for a text that is nobody's.
        init?(_ text: String) {
            guard text.utf8.count == Self.length, text.utf8.starts(with: Self.prefix.utf8) else { return nil }
            self.text = text
        }

        private init(bytes: [UInt8]) { text = Self.prefix + bytes.base64URL }

        static func make() -> Secret { Secret(bytes: .random(count: 32)) }

        var digest: String { SHA256.hash(data: Array(text.utf8)).hexadecimal }
    }
}

/// The keys of all accounts.
struct APIKeyTable: Sendable {
    private var keys: OrderedDictionary<String, APIKey> = [:]
    /// Ids by digests.
    private var ids: [String: String] = [:]

    /// In the order in which they were made, also those that have expired.
    var all: some Collection<APIKey> { keys.values }
    var isEmpty: Bool { keys.isEmpty }
    var count: Int { keys.count }

    subscript(id: String) -> APIKey? { keys[id] }

    func key(withDigest digest: String) -> APIKey? { ids[digest].flatMap { keys[$0] } }
    func all(of account: AccountID) -> [APIKey] { keys.values.filter { $0.account == account } }
    func hasExpired(at now: Timestamp) -> Bool { keys.values.contains { $0.expiresAt <= now } }

    mutating func record(_ key: APIKey) {
        keys[key.id] = key
        ids[key.digest] = key.id
        // The order may not depend on how often changes were carried out.
        keys.sort { ($0.value.createdAt, $0.key) < ($1.value.createdAt, $1.key) }
    }

    mutating func note(_ use: LastUse) { keys[use.id]?.lastUsedAt = use.time }

    mutating func remove(_ id: String) { keep { $0.id != id } }
    mutating func removeAll(of account: AccountID) { keep { $0.account != account } }
    mutating func forgetExpired(at now: Timestamp) { keep { $0.expiresAt > now } }

    private mutating func keep(_ isKept: (APIKey) -> Bool) {
        for key in Array(keys.values) where !isKept(key) {
            keys[key.id] = nil
            ids[key.digest] = nil
        }
    }
}

extension APIKey {
    init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        guard let scope = Scope(rawValue: try fields.text("scope")) else {
            throw JSONFieldError(field: "scope", expected: "\"read\" or \"manage\"")
        }
        self.init(
            id: try fields.text("id"), account: AccountID(stored: try fields.text("account")),
            name: try fields.text("name"), scope: scope, createdAt: try fields.timestamp("createdAt"),
            expiresAt: try fields.timestamp("expiresAt"), lastUsedAt: try fields.optionalTimestamp("lastUsedAt"),
            digest: try fields.text("digest"))
    }

    var json: JSONValue {
        .object([
            "id": .string(id), "account": .string(account.spelling), "name": .string(name),
            "scope": .string(scope.rawValue), "createdAt": .string(createdAt.iso8601),
            "expiresAt": .string(expiresAt.iso8601), "lastUsedAt": .optional(lastUsedAt?.iso8601),
            "digest": .string(digest),
        ])
    }
}

extension [UInt8] {
    /// RFC 4648, section 5, without padding.
    var base64URL: String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        var (bits, count) = (0, 0)
        for byte in self {
            (bits, count) = (bits << 8 | Int(byte), count + 8)
            while count >= 6 {
                count -= 6
                text.append(alphabet[bits >> count & 63])
            }
            bits &= (1 << count) - 1
        }
        if count > 0 { text.append(alphabet[bits << (6 - count) & 63]) }
        return String(decoding: text, as: UTF8.self)
    }
}
