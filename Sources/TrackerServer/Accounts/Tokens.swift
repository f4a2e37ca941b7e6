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
    let jti: String
    let ver: Int

    /// When the token ends by itself, as far as time stamps go.
    var expiresAt: Timestamp {
        Timestamp(milliseconds: min(Int64(clamping: exp), Timestamp.latest.milliseconds / 1000) * 1000)
    }

    /// The signature is the library's to check; the times are checked against the server's own clock.
    func verify(using algorithm: some JWTAlgorithm) async throws {}
}

/// Makes and reads tokens, HS256.
struct Tokens: Sendable {
    static let lifetimeSeconds = 8 * 3600
    /// How many tokens are remembered whose signature was checked; then all are checked anew.
    static let remembered = 20_000

    private let keys: JWTKeyCollection
    private let known = KnownTokens()

    init(secret: [UInt8]) async {
        // HMAC itself fills short keys up with zeros (RFC 2104, section 2); the library wants it done before.
        let key = secret + Array(repeating: 0, count: max(0, 32 - secret.count))
        keys = await JWTKeyCollection().add(hmac: HMACKey(from: key), digestAlgorithm: .sha256)
    }

    func make(for user: User, version: Int, at now: Timestamp) async throws -> (token: String, expiresAt: Timestamp) {
        let issued = Int(now.milliseconds / 1000)
        let claims = TokenClaims(
            sub: user.email, role: user.role.rawValue, iat: issued, exp: issued + Self.lifetimeSeconds,
            jti: UUID().uuidString.lowercased(), ver: version)
        return (try await keys.sign(claims), claims.expiresAt)
    }

    /// The claims of a token that this server signed and that has not expired; nil for any other text.
    func claims(of token: String, at now: Timestamp) async -> TokenClaims? {
        if let claims = known.claims(of: token) { return claims.expiresAt > now ? claims : nil }
        do {
            let claims = try await keys.verify(token, as: TokenClaims.self)
            known.remember(token, claims)
            return claims.expiresAt > now ? claims : nil
        } catch {
            // Whatever is wrong with it, the answer is the same: it is no token of ours.
            return nil
        }
    }
}

/// Tokens whose signature was found right: checking one takes longer than all else that a heartbeat needs.
private final class KnownTokens: Sendable {
    private let claims = Mutex<[String: TokenClaims]>([:])

    func claims(of token: String) -> TokenClaims? { claims.withLock { $0[token] } }

    func remember(_ token: String, _ new: TokenClaims) {
        claims.withLock { claims in
            if claims.count >= Tokens.remembered { claims.removeAll(keepingCapacity: true) }
            claims[token] = new
        }
    }
}

/// Who sends a request.
struct Identity: Sendable, Hashable {
    let user: User
    let claims: TokenClaims
    let mustChangePassword: Bool
    /// True when the web admin's cookie proved it, not a header.
    let isByCookie: Bool

    var id: AccountID { user.id }
}

extension TrackerState {
    /// Whose token it is; nil when it was revoked, or made before the account's last password change.
    func identity(of claims: TokenClaims, isByCookie: Bool) -> Identity? {
        let id = AccountID(stored: claims.sub)
        // A token is its account's alone, not that of another account of the same id, see `AccountID(twin:)`.
        guard let user = user(id), user.email == claims.sub, let credential = credential(of: id),
            credential.version == claims.ver, user.role.rawValue == claims.role, !isRevoked(tokenID: claims.jti)
        else { return nil }
        return Identity(
            user: user, claims: claims, mustChangePassword: credential.mustChangePassword, isByCookie: isByCookie)
    }
}
