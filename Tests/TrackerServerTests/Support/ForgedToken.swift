import Crypto
import Foundation
import Testing

/// Tokens as somebody makes them who knows how (RFC 7515, RFC 7519).
struct ForgedToken {
    var header: String
    var claims: String
    var key: [UInt8]

    /// What a token of the server says.
    init(like token: String, key: [UInt8]) throws {
        let parts = try token.split(separator: ".").prefix(2).map { part in
            String(decoding: try #require(Self.bytes(part)), as: UTF8.self)
        }
        try #require(parts.count == 2)
        (header, claims) = (parts[0], parts[1])
        self.key = key
    }

    var text: String {
        let signed = Self.text(Array(header.utf8)) + "." + Self.text(Array(claims.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: SymmetricKey(data: key))
        return signed + "." + Self.text(Array(code))
    }

    /// The same in the words that RFC 7518 has for "not signed".
    var unsigned: String {
        Self.text(Array(#"{"alg":"none","typ":"JWT"}"#.utf8)) + "." + Self.text(Array(claims.utf8)) + "."
    }

    /// With another number in place of a claim's.
    mutating func set(_ claim: String, _ number: Int) throws {
        claims = claims.replacing(try Regex("\"\(claim)\":[0-9]+"), with: "\"\(claim)\":\(number)")
    }

    private static func text(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func bytes(_ text: Substring) -> Data? {
        let standard = text.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: standard + String(repeating: "=", count: (4 - standard.count % 4) % 4))
    }
}
