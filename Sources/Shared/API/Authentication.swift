public import JSON

/// `POST /api/auth/login`.
public struct LoginRequest: JSONRepresentable, Hashable {
    public var email: String
    public var password: String
    /// When given, it must be the account's.
    public var role: String?
    /// Also sets the web admin's cookie.
    public var cookie: Bool
    /// Of the account's second factor.
    public var code: String?
    /// Also sets the cookie by which this device is known again, so that strangers' guesses can't shut it out.
    public var device: Bool

    public init(
        email: String, password: String, role: String? = nil, cookie: Bool = false, code: String? = nil,
        device: Bool = false
    ) {
        self.email = email
        self.password = password
        self.role = role
        self.cookie = cookie
        self.code = code
        self.device = device
    }

    public var json: JSONValue {
        var object = JSONObject([("email", .string(email)), ("password", .string(password))])
        object["role"] = role.map { .string($0) }
        if cookie { object["cookie"] = .bool(true) }
        object["code"] = code.map { .string($0) }
        if device { object["device"] = .bool(true) }
        return .object(object)
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        self.init(
            email: try fields.text("email"), password: try fields.text("password"),
            role: try fields.optionalText("role"), cookie: try fields.flag("cookie"),
            code: try fields.optionalText("code"), device: try fields.flag("device"))
    }
}

/// The answer of login, refresh and password change.
public struct LoginResponse: JSONRepresentable, Hashable {
    public var token: String
    public var role: Role
    public var expiresAt: Timestamp
    /// True while the password is one that the server made: nothing but changing it, and logout, is allowed.
    public var mustChangePassword: Bool

    /// Bytes of a token: a server takes no longer one, and a header has room for it.
    public static let longestToken = 4096

    /// True for a text that a request's header can carry as a token.
    public static func canBeToken(_ text: String) -> Bool {
        (1...longestToken).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    public init(token: String, role: Role, expiresAt: Timestamp, mustChangePassword: Bool) {
        self.token = token
        self.role = role
        self.expiresAt = expiresAt
        self.mustChangePassword = mustChangePassword
    }

    public var json: JSONValue {
        .object([
            "token": .string(token), "role": .string(role.rawValue), "expiresAt": .string(expiresAt.iso8601),
            "mustChangePassword": .bool(mustChangePassword),
        ])
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        guard let role = Role(rawValue: try fields.text("role")) else {
            throw JSONFieldError(field: "role", expected: "employee, manager or super_admin")
        }
        let token = try fields.text("token")
        guard Self.canBeToken(token) else {
            throw JSONFieldError(
                field: "token", expected: "a text of 1 to \(Self.longestToken) visible characters of ASCII")
        }
        self.init(
            token: token, role: role, expiresAt: try fields.timestamp("expiresAt"),
            mustChangePassword: try fields.flag("mustChangePassword"))
    }
}

/// `GET /api/me`: whose token or cookie it is.
public struct SignedIn: JSONEncodable, Sendable, Hashable {
    public var user: User
    public var expiresAt: Timestamp
    public var mustChangePassword: Bool
    /// In which the server cuts days.
    public var zone: String
    /// Whether a manager's login needs a code; nil for employees.
    public var secondFactor: Bool?

    public init(user: User, expiresAt: Timestamp, mustChangePassword: Bool, zone: String, secondFactor: Bool?) {
        self.user = user
        self.expiresAt = expiresAt
        self.mustChangePassword = mustChangePassword
        self.zone = zone
        self.secondFactor = secondFactor
    }

    public var json: JSONValue {
        var object = JSONObject([
            ("email", .string(user.email)), ("name", .string(user.name)), ("role", .string(user.role.rawValue)),
            ("expiresAt", .string(expiresAt.iso8601)), ("mustChangePassword", .bool(mustChangePassword)),
            ("zone", .string(zone)),
        ])
        object["secondFactor"] = secondFactor.map { .bool($0) }
        return .object(object)
    }
}

/// `GET /api/auth/sessions`: what the account is signed in with, newest first.
public struct SignInsResponse: JSONEncodable, Sendable, Hashable {
    public var sessions: [SignInRow]

    public init(sessions: [SignInRow]) { self.sessions = sessions }

    public var json: JSONValue { .object(["sessions": .array(sessions.map(\.json))]) }
}

/// One login, and all the tokens that refreshes made of it.
public struct SignInRow: JSONEncodable, Sendable, Hashable {
    public var id: String
    public var createdAt: Timestamp
    /// When its newest token ends.
    public var expiresAt: Timestamp
    public var lastUsedAt: Timestamp
    /// Where the login came from.
    public var address: String
    /// What the program that logged in said of itself.
    public var client: String
    /// True for the one that asks.
    public var isCurrent: Bool

    public init(
        id: String, createdAt: Timestamp, expiresAt: Timestamp, lastUsedAt: Timestamp, address: String, client: String,
        isCurrent: Bool
    ) {
        self.id = id
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.address = address
        self.client = client
        self.isCurrent = isCurrent
    }

    public var json: JSONValue {
        .object([
            "id": .string(id), "createdAt": .string(createdAt.iso8601), "expiresAt": .string(expiresAt.iso8601),
            "lastUsedAt": .string(lastUsedAt.iso8601), "address": .string(address), "client": .string(client),
            "current": .bool(isCurrent),
        ])
    }
}

/// `POST /api/auth/password`.
public struct PasswordChangeRequest: JSONRepresentable, Hashable {
    public var currentPassword: String
    public var newPassword: String

    public init(currentPassword: String, newPassword: String) {
        self.currentPassword = currentPassword
        self.newPassword = newPassword
    }

    public var json: JSONValue {
        .object(["currentPassword": .string(currentPassword), "newPassword": .string(newPassword)])
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        self.init(
            currentPassword: try fields.text("currentPassword"), newPassword: try fields.text("newPassword"))
    }
}

/// What a password must be wherever one is set, and what of it is compared: the profile OpaqueString of RFC 8265, section 4.2,
/// which tells apart neither how characters are composed nor which space it is.
public enum PasswordRule {
    /// Of the prepared form, in characters.
    public static let length = 10...256
    public static let sentence = "a text of 10 to 256 characters"

    public static func allows(_ password: String) -> Bool { missing(in: password) == nil }

    /// What a password should be and is not, as a part of a sentence; nil when it is allowed.
    public static func missing(in password: String) -> String? {
        let scalars = prepared(password).unicodeScalars
        guard length.contains(scalars.count) else { return sentence }
        let hasControls = scalars.contains { $0.properties.generalCategory == .control }
        return hasControls ? "a text without control characters" : nil
    }

    /// Every space outside ASCII as U+0020, then composed (section 4.2.2, steps 2 and 4).
    public static func prepared(_ password: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in password.unicodeScalars {
            scalars.append(scalar.properties.generalCategory == .spaceSeparator ? " " : scalar)
        }
        return String(scalars).composed
    }
}
