public import JSON

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

    /// False when no account may be made with this email any more, or only with another spelling.
    public var hasProperID: Bool { AccountID(email)?.spelling == email }

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
