import Foundation
import JWTKit
import Shared
import Synchronization

/// What a token says (RFC 7519). `ver` is the account's credential version when it was made.
struct TokenClaims: JWTPayload, Hashable {
    let sub: String
    let role: String
    /// Seconds since 1970.
    let iat: Int
    let exp: Int
    /// The sign-in's id, a colon and what tells its tokens apart; without a colon in tokens of earlier versions of the server.
    let jti: String
    let ver: Int

    var hasSignIn: Bool { jti.utf8.contains(Self.colon) }
    /// The sign-in that it belongs to; its own id where it belongs to none.
    var signIn: String { String(Substring(jti.utf8.prefix { $0 != Self.colon })) }
    /// In whole seconds.
    var issuedAt: Timestamp { Self.timestamp(iat) }

    /// When the token ends by itself, as far as time stamps go.
    var expiresAt: Timestamp { Self.timestamp(exp) }

    private static let colon = UInt8(ascii: ":")

    private static func timestamp(_ seconds: Int) -> Timestamp {
        let seconds = min(max(Int64(clamping: seconds), 0), Timestamp.latest.milliseconds / 1000)
        return Timestamp(milliseconds: seconds * 1000)
    }

    /// The signature is the library's to check; the times are checked against the server's own clock.
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

/// Makes and reads tokens, HS256.
struct Tokens: Sendable {
    static let lifetimeSeconds = 8 * 3600
    /// How many tokens are remembered whose signature was checked, and their bytes in all; then all are checked anew.
    static let remembered = 20_000
    static let rememberedBytes = 8_000_000

    private let keys: JWTKeyCollection
    private let known = KnownTokens()

    init(secret: [UInt8]) async {
        // HMAC itself fills short keys up with zeros (RFC 2104, section 2); the library wants it done before.
        let key = secret + Array(repeating: 0, count: max(0, 32 - secret.count))
        keys = await JWTKeyCollection().add(hmac: HMACKey(from: key), digestAlgorithm: .sha256)
    }

    /// A token of a sign-in, which ends with it.
    func make(for user: User, _ signIn: SignIn, at now: Timestamp) async throws -> String {
        let claims = TokenClaims(
            sub: user.email, role: user.role.rawValue, iat: Int(now.milliseconds / 1000),
            exp: Int(signIn.expiresAt.milliseconds / 1000),
            jti: signIn.id + ":" + String(UInt64.random(in: .min ... .max), radix: 36), ver: signIn.version)
        return try await keys.sign(claims)
    }

    /// The claims of a token that this server signed, whether it has expired or not; nil for any other text.
    func claims(of token: String) async -> TokenClaims? {
        guard TokenText.mayBeToken(token) else { return nil }
        if let claims = known.claims(of: token) { return claims }
        guard TokenText.isToken(token) else { return nil }
        do {
            let claims = try await keys.verify(token, as: TokenClaims.self)
            known.remember(token, claims)
            return claims
        } catch {
            // Whatever is wrong with it, the answer is the same: it is no token of ours.
            return nil
        }
    }
}

/// Tokens whose signature was found right: checking one takes longer than all else that a heartbeat needs.
final class KnownTokens: Sendable {
    private struct Known {
        var claims: [String: TokenClaims] = [:]
        var bytes = 0
    }

    private let known = Mutex(Known())

    var count: Int { known.withLock { $0.claims.count } }

    func claims(of token: String) -> TokenClaims? { known.withLock { $0.claims[token] } }

    func remember(_ token: String, _ claims: TokenClaims) {
        let size = token.utf8.count
        known.withLock { known in
            let isFull = known.claims.count >= Tokens.remembered || known.bytes + size > Tokens.rememberedBytes
            if isFull { known = Known() }
            if known.claims.updateValue(claims, forKey: token) == nil { known.bytes += size }
        }
    }
}
