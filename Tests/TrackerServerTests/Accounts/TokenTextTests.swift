import Crypto
import Foundation
import Shared
import Testing

@testable import TrackerServer

/// What is a token by its text, before any signature is checked; and what is remembered of those that are.
@Suite struct TokenTextTests {
    private static let header = part(#"{"alg":"HS256","typ":"JWT"}"#)

    /// Base64url without padding.
    private static func part(_ text: String) -> String { part(Array(text.utf8)) }

    private static func part(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    @Test(arguments: ["{}", #"{"a":1}"#, #"{"ab":1}"#, "{\"\u{FF}\u{FE}\u{3FF}\":1}"])
    func aTokenHasThreePartsInBase64URL(claims: String) {
        #expect(TokenText.isToken("\(Self.header).\(Self.part(claims)).\(Self.part(Array(0..<32)))"))
    }

    /// "QQ" is the byte 0x41, and "QR" is too to a decoder that overlooks the last bits.
    @Test(arguments: [
        "", ".", "..", "x", "a.b", "H.QQ", "H.QQ.", "H..QQ", "H.QQ.QQ.QQ", "H.QR.QQ", "H.QQ.QR", "H.QUF.QQ", "H.QUEx",
        "H.QQ==.QQ", "H.Q.QQ", "H.Q+.QQ", "H.Q/.QQ", "H. QQ.QQ", "H.QQ.QQ ", "H.QQ.QQ\n", "H.Q\u{212A}.QQ", "QQ.QQ.QQ",
    ])
    func everythingElseIsNone(text: String) {
        let text = text.replacing("H", with: Self.header)
        #expect(!TokenText.mayBeToken(text) || !TokenText.isToken(text))
    }

    @Test(arguments: [
        #"{"typ":"JWT"}"#, #"{"alg":"none"}"#, #"{"alg":"HS512"}"#, #"{"alg":"hs256"}"#, #"{"alg":["HS256"]}"#,
        #"{"alg":"HS256","crit":[]}"#, #"{"alg":"HS256","crit":["exp"],"exp":1}"#, #"{"alg":"HS256""#, "[]", "HS256",
        #"{"alg":"HS256","alg":"none"}"#, #"{"alg":"HS256","typ":"device+jwt"}"#, #"{"alg":"HS256","typ":1}"#,
    ])
    func aHeaderSaysHS256AndAsksForNothingMore(header: String) {
        #expect(!TokenText.isToken("\(Self.part(header)).QQ.QQ"))
    }

    @Test func aTokenHasFourKilobytesAtMost() {
        let longest = String(repeating: "A", count: TokenText.longest)
        #expect(TokenText.mayBeToken(longest))
        #expect(!TokenText.mayBeToken(longest + "A"))
    }

    /// A server with this secret, and tokens that carry its signature whatever they say.
    @Test func aRightSignatureMakesNoOtherHeaderGood() async throws {
        let secret = "a secret of at least thirty-two bytes"
        try await TestServer.run(["JWT_SECRET": secret]) { server in
            let admin = try await server.admin()
            let claims = try #require(admin.token.split(separator: ".").dropFirst().first)
            func expect(_ status: Int, _ header: String) async throws {
                let signed = "\(Self.part(header)).\(claims)"
                let key = SymmetricKey(data: Data(secret.utf8))
                let signature = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: key)
                let token = "\(signed).\(Self.part(Array(signature)))"
                try await server.get(APIPath.organization, as: Person(email: admin.email, token: token)).expect(status)
            }
            try await expect(200, #"{"alg":"HS256"}"#)
            try await expect(200, #"{"typ":"JWT","alg":"HS256"}"#)
            for header in [#"{"alg":"none"}"#, #"{"alg":"HS512"}"#, "{}", #"{"alg":"HS256","crit":["exp"]}"#] {
                try await expect(401, header)
            }
        }
    }

    @Test func aTokenThatIsKnownHasNoOtherSpelling() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            try await server.get(APIPath.organization, as: admin).expect(200)
            let last = try #require(admin.token.last)
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
            let place = try #require(alphabet.firstIndex(of: last))
            // The signature's 32 bytes leave two bits of its last digit to nobody.
            for token in [admin.token + "=", admin.token.dropLast() + String(alphabet[place + 1])] {
                try await server.get(APIPath.organization, as: Person(email: admin.email, token: token))
                    .expectError(401, "invalid_token")
            }
            let kelvin = admin.token.replacing("K", with: "\u{212A}").replacing("k", with: "\u{212A}")
            let header = ["Authorization": "Bearer \(kelvin)"]
            try await server.get(APIPath.organization, headers: header).expectError(401, "invalid_token")
        }
    }

    @Test func whatIsRememberedIsBoundedInNumberAndBytes() {
        let claims = TokenClaims(sub: "eva", role: "employee", iat: 0, exp: 1, jti: "x", ver: 1)
        let known = KnownTokens()
        for number in 0..<Tokens.remembered { known.remember("\(number)", claims) }
        #expect(known.count == Tokens.remembered)
        known.remember("x", claims)
        #expect(known.count == 1)
        let long = String(repeating: "x", count: 4000)
        for number in 0..<3000 {
            known.remember(long + "\(number)", claims)
            known.remember(long + "\(number)", claims)
        }
        #expect((900...2000).contains(known.count))
    }

    /// Tokens that others sign with the same secret may say anything.
    @Test(arguments: [Int.min, -1, 0, Int.max]) func anyExpiryIsATime(exp: Int) {
        let claims = TokenClaims(sub: "eva", role: "employee", iat: 0, exp: exp, jti: "x", ver: 1)
        #expect((Timestamp(milliseconds: 0)...Timestamp.latest).contains(claims.expiresAt))
    }
}
