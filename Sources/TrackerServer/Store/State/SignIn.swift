import JSON
import Shared

/// One login, and all the tokens that refreshes make of it.
struct SignIn: Sendable, Hashable {
    let id: String
    /// Of the credential that its tokens were made under.
    var version: Int
    let createdAt: Timestamp
    /// When the newest of its tokens ends.
    var expiresAt: Timestamp
    /// Written down from time to time: as a rule it is older than the last use.
    var lastUsedAt: Timestamp
    /// Where the login came from, and what program sent it.
    let origin: SignInOrigin

    /// Of an account; beyond them the one that was used longest ago ends.
    static let most = 100
}

/// Where a login comes from.
struct SignInOrigin: Sendable, Hashable {
    let address: String
    /// What the program says of itself, in printable characters.
    let client: String

    /// Characters of what a program says of itself; what is longer is cut.
    static let longestClient = 200

    init(address: String, client: String) {
        self.address = address
        let printable = client.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: printable.drop { $0 == " " }.prefix(Self.longestClient))
        while text.last == " " { text.removeLast() }
        self.client = String(text)
    }
}

/// When something that an account signs in with was used last.
struct LastUse: Sendable, Hashable {
    let account: AccountID
    let id: String
    let time: Timestamp
}

extension SignIn {
    init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        self.init(
            id: try fields.text("id"), version: try fields.integer("version"),
            createdAt: try fields.timestamp("createdAt"), expiresAt: try fields.timestamp("expiresAt"),
            lastUsedAt: try fields.timestamp("lastUsedAt"),
            origin: SignInOrigin(address: try fields.text("address"), client: try fields.text("client")))
    }

    var json: JSONValue {
        .object([
            "id": .string(id), "version": .number(version), "createdAt": .string(createdAt.iso8601),
            "expiresAt": .string(expiresAt.iso8601), "lastUsedAt": .string(lastUsedAt.iso8601),
            "address": .string(origin.address), "client": .string(origin.client),
        ])
    }
}

extension LastUse {
    init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        self.init(
            account: AccountID(stored: try fields.text("account")), id: try fields.text("id"),
            time: try fields.timestamp("at"))
    }

    var json: JSONValue {
        .object(["account": .string(account.spelling), "id": .string(id), "at": .string(time.iso8601)])
    }
}
