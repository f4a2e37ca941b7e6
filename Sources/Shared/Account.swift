public import JSON

/// What an account may do. The raw value is what files and tokens hold.
public enum Role: String, Sendable, Hashable, CaseIterable {
    case employee
    case manager
    case superAdmin = "super_admin"

    /// Managers and administrators.
    public var isManager: Bool { self != .employee }
}

/// The email of an account: its id everywhere. Two spellings that differ in case alone are the same account.
public struct AccountID: Sendable, Hashable {
    /// As the account was made, or as the caller wrote it.
    public let spelling: String
    private let folded: String

    public static let rule = "1 to 254 characters without white space or control characters"

    /// Trims white space. Nil when the rest breaks ``rule``.
    public init?(_ text: String) {
        var scalars = text.unicodeScalars[...]
        while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        guard
            (1...254).contains(scalars.count),
            !scalars.contains(where: { $0.properties.isWhitespace || $0.properties.generalCategory == .control })
        else { return nil }
        self.init(stored: String(scalars))
    }

    /// An id as a data file holds it, whatever its form.
    public init(stored spelling: String) {
        self.spelling = spelling
        // Nearly every id is its own lower-case form, and then shares its memory.
        let isLowerCase = spelling.utf8.allSatisfy {
            $0 < 0x80 && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
        }
        folded = isLowerCase ? spelling : spelling.lowercased()
    }

    public static func == (left: AccountID, right: AccountID) -> Bool { left.folded == right.folded }
    public func hash(into hasher: inout Hasher) { hasher.combine(folded) }
}

/// An account as files and answers show it; the password's verifier is elsewhere.
public struct User: Sendable, Hashable, JSONRepresentable {
    public var email: String
    public var name: String
    public var role: Role
    /// Nil when the data file has none, or none that is a time.
    public var createdAt: Timestamp?

    public init(email: String, name: String, role: Role, createdAt: Timestamp?) {
        self.email = email
        self.name = name
        self.role = role
        self.createdAt = createdAt
    }

    public var id: AccountID { AccountID(stored: email) }

    public var json: JSONValue {
        .object([
            "email": .string(email), "name": .string(name), "role": .string(role.rawValue),
            "createdAt": .optional(createdAt?.iso8601),
        ])
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        guard let role = Role(rawValue: try fields.text("role")) else {
            throw JSONFieldError(field: "role", expected: "employee, manager or super_admin")
        }
        self.init(
            email: try fields.text("email"), name: try fields.text("name"), role: role,
            createdAt: try fields.optionalTimestamp("createdAt"))
    }
}
