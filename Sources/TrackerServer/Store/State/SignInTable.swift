import Shared

/// The sign-ins of all accounts.
struct SignInTable: Sendable, Hashable {
    private(set) var byAccount: [AccountID: [SignIn]] = [:]

    var isEmpty: Bool { byAccount.isEmpty }
    var count: Int { byAccount.values.reduce(0) { $0 + $1.count } }

    /// In the order in which they were made, also those that have expired.
    func all(of account: AccountID) -> [SignIn] { byAccount[account] ?? [] }

    func signIn(_ id: String, of account: AccountID) -> SignIn? { byAccount[account]?.first { $0.id == id } }

    func hasExpired(at now: Timestamp) -> Bool {
        byAccount.values.contains { $0.contains { $0.expiresAt <= now } }
    }

    mutating func record(_ signIn: SignIn, of account: AccountID) {
        var signIns = byAccount[account] ?? []
        if let index = signIns.firstIndex(where: { $0.id == signIn.id }) {
            signIns[index] = signIn
        } else {
            signIns.append(signIn)
        }
        // The order may not depend on how often changes were carried out.
        signIns.sort { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
        byAccount[account] = signIns
    }

    mutating func note(_ use: LastUse) {
        guard let index = byAccount[use.account]?.firstIndex(where: { $0.id == use.id }) else { return }
        byAccount[use.account]?[index].lastUsedAt = use.time
    }

    mutating func end(_ id: String, of account: AccountID) { keep(of: account) { $0.id != id } }

    mutating func endAll(of account: AccountID) { byAccount[account] = nil }

    /// Those of another version of the account's credential end.
    mutating func endAll(of account: AccountID, butVersion version: Int) {
        keep(of: account) { $0.version == version }
    }

    mutating func forgetExpired(at now: Timestamp) {
        for account in byAccount.keys { keep(of: account) { $0.expiresAt > now } }
    }

    private mutating func keep(of account: AccountID, _ isKept: (SignIn) -> Bool) {
        guard let signIns = byAccount[account], !signIns.allSatisfy(isKept) else { return }
        let kept = signIns.filter(isKept)
        byAccount[account] = kept.isEmpty ? nil : kept
    }
}
