import Shared
import SocketIOServer

/// Limits on guessing passwords: failures are counted over a sliding window. Pure.
///
/// Whoever guesses must not be able to shut out whose password it is. So those who sign in have budgets of their own, by how near
/// they are to earlier sign-ins of the account: a device that has signed in before; the networks from which the account signed in
/// lately; and all strangers together. A failure counts for all that its sender belongs to; what may be tried depends on the
/// nearest alone, and for those without such a device on their network as well, whatever the accounts.
struct LoginThrottle: Sendable {
    static let failuresPerAccount = 10
    static let failuresPerAddress = 50
    /// 15 minutes, in milliseconds.
    static let window: Int64 = 15 * 60 * 1000
    /// Accounts and networks that are remembered; beyond it those with the oldest failure are forgotten.
    static let capacity = 100_000
    /// How long it is remembered that an account signed in from a network: 30 days, in milliseconds.
    static let nearness: Int64 = 30 * 24 * 3600 * 1000
    /// Networks of an account that are remembered; the one whose last sign-in is longest ago is forgotten.
    static let networksPerAccount = 8

    /// How near a sender is.
    enum Place: Sendable, Hashable {
        case device(String)
        case network(String)
        case elsewhere
    }

    private enum Key: Sendable, Hashable {
        case account(AccountID, Place)
        case network(String)

        var limit: Int {
            switch self {
            case .account: LoginThrottle.failuresPerAccount
            case .network: LoginThrottle.failuresPerAddress
            }
        }
    }

    private var failures: [Key: [Timestamp]] = [:]
    private var signIns: [AccountID: [String: Timestamp]] = [:]

    /// - Parameter known: sign-ins of before the start; their networks are near.
    init(known: SignInTable = SignInTable()) {
        for (account, signIns) in known.byAccount {
            for signIn in signIns {
                noteSignIn(
                    account: account, network: SenderNetwork.name(of: signIn.origin.address), at: signIn.createdAt)
            }
        }
    }

    func place(of sender: PasswordSender, for account: AccountID, at now: Timestamp) -> Place {
        sender.device.map { .device($0) } ?? placeWithoutDevice(of: sender, for: account, at: now)
    }

    /// Seconds until another attempt is allowed; nil when one is allowed now.
    func retryAfter(account: AccountID, sender: PasswordSender, at now: Timestamp) -> Int? {
        let place = place(of: sender, for: account, at: now)
        var keys = [Key.account(account, place)]
        if sender.device == nil { keys.append(.network(sender.network)) }
        return keys.compactMap { key in
            let recent = recent(key, at: now)
            guard recent.count >= key.limit else { return nil }
            let free = recent[recent.count - key.limit].adding(milliseconds: Self.window)
            return max(1, Int((free - now + 999) / 1000))
        }.max()
    }

    mutating func noteFailure(account: AccountID, sender: PasswordSender, at now: Timestamp) {
        var keys: Set = [
            Key.account(account, placeWithoutDevice(of: sender, for: account, at: now)), .network(sender.network),
        ]
        if let device = sender.device { keys.insert(.account(account, .device(device))) }
        for key in keys { failures[key] = Array(recent(key, at: now).suffix(key.limit - 1)) + [now] }
        if failures.count > Self.capacity { forget(at: now) }
    }

    mutating func noteSignIn(account: AccountID, network: String, at now: Timestamp) {
        var networks = signIns[account] ?? [:]
        networks[network] = now
        if networks.count > Self.networksPerAccount, let oldest = networks.min(by: { $0.value < $1.value }) {
            networks[oldest.key] = nil
        }
        signIns[account] = networks
    }

    /// Forgets what was guessed at the password that the account no longer has. Its networks' failures stay remembered.
    mutating func lift(_ account: AccountID) {
        for key in failures.keys {
            if case .account(account, _) = key { failures[key] = nil }
        }
    }

    private func placeWithoutDevice(of sender: PasswordSender, for account: AccountID, at now: Timestamp) -> Place {
        let signIn = signIns[account]?[sender.network]
        return signIn.map { abs(now - $0) < Self.nearness } == true ? .network(sender.network) : .elsewhere
    }

    private func recent(_ key: Key, at now: Timestamp) -> [Timestamp] {
        (failures[key] ?? []).filter { abs(now - $0) < Self.window }
    }

    private mutating func forget(at now: Timestamp) {
        failures = failures.filter { abs(now - ($0.value.last ?? .earliest)) < Self.window }
        guard failures.count > Self.capacity else { return }
        let kept = failures.sorted { ($0.value.last ?? .earliest) > ($1.value.last ?? .earliest) }
        failures = Dictionary(uniqueKeysWithValues: kept.prefix(Self.capacity / 2).map { ($0.key, $0.value) })
    }
}
