import Foundation
import Shared

/// A sign-in as a transaction leaves it, and whose it is: what a token is made of.
struct Admission: Sendable {
    let user: User
    let signIn: SignIn
    let mustChangePassword: Bool
}

extension Transaction {
    /// A login. Where an account has as many sign-ins as it may have, the one that was used longest ago ends.
    mutating func signIn(
        _ user: User, _ credential: Credential, from origin: SignInOrigin, _ rule: SignInRule, _ uses: LastUses,
        at now: Timestamp
    ) -> Admission {
        var others = state.secrets.signIns.all(of: user.id).filter { $0.expiresAt > now }
        while others.count >= SignIn.most, let oldest = others.min(by: { uses.time(of: $0) < uses.time(of: $1) }) {
            others.removeAll { $0.id == oldest.id }
            record(.signInEnded(user.id, id: oldest.id))
        }
        let signIn = SignIn(
            id: UUID().uuidString.lowercased(), version: credential.version, createdAt: now,
            expiresAt: rule.end(of: now, at: now), lastUsedAt: now, origin: origin)
        record(.signInMade(user.id, signIn))
        return Admission(user: user, signIn: signIn, mustChangePassword: credential.mustChangePassword)
    }

    /// The sign-in of a token goes on, with one more token.
    /// - Parameter credential: the account's, as the transaction leaves it.
    mutating func prolong(
        _ claims: TokenClaims, of user: User, _ credential: Credential, from origin: SignInOrigin, _ rule: SignInRule,
        at now: Timestamp
    ) -> Admission {
        let known = state.secrets.signIns.signIn(claims.signIn, of: user.id)
        if known == nil {
            // From now on it is good as long as its sign-in.
            record(.tokenRevoked(id: claims.jti, expiresAt: claims.expiresAt, at: now))
        }
        var signIn = known ?? SignIn(claims, from: origin, at: now)
        signIn.version = credential.version
        signIn.expiresAt = max(signIn.expiresAt, rule.end(of: signIn.createdAt, at: now))
        signIn.lastUsedAt = now
        record(.signInMade(user.id, signIn))
        return Admission(user: user, signIn: signIn, mustChangePassword: credential.mustChangePassword)
    }

    /// Ends all tokens of the sign-in that a token belongs to.
    mutating func endSignIn(of claims: TokenClaims, at now: Timestamp) {
        let id = AccountID(stored: claims.sub)
        if state.secrets.signIns.signIn(claims.signIn, of: id) != nil {
            record(.signInEnded(id, id: claims.signIn))
        } else if !claims.hasSignIn {
            record(.tokenRevoked(id: claims.jti, expiresAt: claims.expiresAt, at: now))
            note(.tokensEnded, about: claims.sub)
        }
    }
}

extension SignIn {
    /// That of a token which an earlier version of the server made: its own.
    init(_ claims: TokenClaims, from origin: SignInOrigin, at now: Timestamp) {
        self.init(
            id: claims.signIn, version: claims.ver, createdAt: claims.issuedAt, expiresAt: claims.expiresAt,
            lastUsedAt: now, origin: origin)
    }
}
