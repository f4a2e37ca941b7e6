public import JSON

/// `POST /api/auth/totp`: what an authenticator app is told.
public struct FactorSecret: JSONEncodable, Sendable, Hashable {
    /// In Base32.
    public var secret: String
    /// The same with all that apps want to know, for a QR code.
    public var uri: String

    public init(secret: String, uri: String) {
        self.secret = secret
        self.uri = uri
    }

    public var json: JSONValue { .object(["secret": .string(secret), "uri": .string(uri)]) }
}
