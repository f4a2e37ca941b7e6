import Shared

/// Who sends a request.
struct Identity: Sendable, Hashable {
    let user: User
    let proof: Proof
    let mustChangePassword: Bool
    /// Managers' alone: nobody asks for employees'.
    let hasSecondFactor: Bool
    /// True when the web admin's cookie proved it, not a header.
    let isByCookie: Bool

    var id: AccountID { user.id }
}

/// What proves who sends a request. Every request carries it through all that is done for it, so that it takes little room.
indirect enum Proof: Sendable, Hashable {
    case token(TokenClaims)
    case key(APIKey)

    var expiresAt: Timestamp {
        switch self {
        case .token(let claims): claims.expiresAt
        case .key(let key): key.expiresAt
        }
    }

    /// Of the token's sign-in, or of the key.
    var id: String {
        switch self {
        case .token(let claims): claims.signIn
        case .key(let key): key.id
        }
    }
}

extension TrackerState {
    /// Whose it is; nil when it has ended in another way than by its time.
    func identity(of proof: Proof, isByCookie: Bool) -> Identity? {
        switch proof {
        case .token(let claims): identity(of: claims, isByCookie: isByCookie)
        case .key(let key): identity(of: key)
        }
    }

    /// What is answered to what does not work: that its account is gone, also where another one has its email since, or no more
    /// than that it is not valid.
    func refusal(of proof: Proof) -> APIError {
        switch proof {
        case .token(let claims): refusal(of: claims)
        case .key: .invalidToken
        }
    }

    /// Whose token it is; nil when its sign-in has ended, or it was made before the account's last password change.
    private func identity(of claims: TokenClaims, isByCookie: Bool) -> Identity? {
        let id = AccountID(stored: claims.sub)
        // A token is its account's alone, not that of another account of the same id, see `AccountID(twin:)`.
        guard let user = user(id), user.email == claims.sub, let credential = credential(of: id),
            credential.version == claims.ver, user.role.rawValue == claims.role, isSignedIn(id, by: claims)
        else { return nil }
        return Identity(
            user: user, proof: .token(claims), mustChangePassword: credential.mustChangePassword,
            hasSecondFactor: user.role.isManager && hasSecondFactor(id), isByCookie: isByCookie)
    }

    private func isSignedIn(_ id: AccountID, by claims: TokenClaims) -> Bool {
        if secrets.signIns.signIn(claims.signIn, of: id) != nil { return true }
        return !claims.hasSignIn && !isRevoked(tokenID: claims.jti)
    }

    /// True when whoever has this token has signed in to the account, be it that the token still works or that its time is over.
    func hasSignedIn(_ claims: TokenClaims, to user: User, at now: Timestamp) -> Bool {
        guard claims.sub == user.email, refusal(of: claims) != .accountRemoved else { return false }
        return claims.expiresAt <= now || isSignedIn(user.id, by: claims)
    }

    /// Keys are managers', whatever role the account had when it was made.
    private func identity(of key: APIKey) -> Identity? {
        guard secrets.keys[key.id] != nil, let user = user(key.account), user.role.isManager,
            let credential = credential(of: key.account)
        else { return nil }
        return Identity(
            user: user, proof: .key(key), mustChangePassword: credential.mustChangePassword,
            hasSecondFactor: hasSecondFactor(key.account), isByCookie: false)
    }

    private func refusal(of claims: TokenClaims) -> APIError {
        let holder = user(AccountID(stored: claims.sub))
        guard let user = holder?.email == claims.sub ? holder : twin(claims.sub) else { return .accountRemoved }
        // `iat` is in whole seconds.
        let isEarlier = user.createdAt.map { $0.milliseconds / 1000 > Int64(claims.iat) } ?? false
        return isEarlier ? .accountRemoved : .invalidToken
    }
}
