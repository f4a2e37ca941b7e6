import OrderedCollections
import Shared

/// What the server alone knows: how accounts sign in, and what they are signed in with. It stands in credentials.json.
struct Secrets: Sendable {
    var credentials: OrderedDictionary<AccountID, Credential> = [:]
    var signIns = SignInTable()
    var keys = APIKeyTable()
    var factors: [AccountID: SecondFactor] = [:]
    /// Ids of tokens that ended before their time, and when they would have: of those that belong to no sign-in, as earlier
    /// versions made them.
    var revokedTokens: OrderedDictionary<String, Timestamp> = [:]
    /// The clients of employees' newest sessions, where they are known.
    var clients: [AccountID: SessionClient] = [:]

    /// Without sign-ins, which come and go by the hour.
    var recordCount: Int {
        credentials.count + keys.count + factors.count + revokedTokens.count + clients.count
    }

    /// True when something has that is forgotten then, see ``note(_:at:)``.
    func hasExpired(at now: Timestamp) -> Bool { signIns.hasExpired(at: now) || keys.hasExpired(at: now) }

    mutating func set(_ credential: Credential, of account: AccountID) {
        credentials[account] = credential
        signIns.endAll(of: account, butVersion: credential.version)
    }

    /// The version stays: tokens of the removed account must not work for a later one of the same id.
    mutating func remove(_ account: AccountID, version: Int) {
        credentials[account] = Credential(verifier: nil, version: version, mustChangePassword: false)
        signIns.endAll(of: account)
        keys.removeAll(of: account)
        factors[account] = nil
        clients[account] = nil
    }

    mutating func endSignIns(of account: AccountID, version: Int) {
        credentials[account]?.version = version
        signIns.endAll(of: account, butVersion: version)
    }

    mutating func note(_ uses: [LastUse], at now: Timestamp) {
        for use in uses {
            signIns.note(use)
            keys.note(use)
        }
        signIns.forgetExpired(at: now)
        keys.forgetExpired(at: now)
    }

    mutating func revoke(token id: String, expiresAt: Timestamp, at now: Timestamp) {
        if revokedTokens.contains(where: { $0.value <= now }) { revokedTokens.removeAll { $0.value <= now } }
        revokedTokens[id] = expiresAt
    }
}
