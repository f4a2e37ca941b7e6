public import JSON

/// `GET /api/employees` and `GET /api/managers`: the accounts of that kind, in the order in which they were made.
public struct AccountsResponse: JSONEncodable, Hashable {
    public var users: [User]

    public init(users: [User]) {
        self.users = users
    }

    public var json: JSONValue { .object(["users": .array(users.map(\.json))]) }
}

/// The answer to a request that made an account, renamed it, or set its password.
public struct AccountResponse: JSONEncodable, Hashable {
    /// Nil where only the password was set.
    public var user: User?
    /// One that the server made, to be changed at the first login. It is in this answer and in no other.
    public var temporaryPassword: String?

    public init(user: User? = nil, temporaryPassword: String? = nil) {
        self.user = user
        self.temporaryPassword = temporaryPassword
    }

    public var json: JSONValue {
        var object = JSONObject()
        object["user"] = user?.json
        object["temporaryPassword"] = temporaryPassword.map { .string($0) }
        return .object(object)
    }
}
