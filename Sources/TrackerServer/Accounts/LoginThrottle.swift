import Shared

/// Limits on guessing passwords: failures are counted by account and by address over a sliding window. Pure.
struct LoginThrottle: Sendable {
    static let failuresPerAccount = 10
    static let failuresPerAddress = 50
    /// 15 minutes, in milliseconds.
    static let window: Int64 = 15 * 60 * 1000
    /// Accounts and addresses that are remembered; beyond it those with the oldest failure are forgotten.
    static let capacity = 100_000

    private var failures: [Key: [Timestamp]] = [:]

    private enum Key: Sendable, Hashable {
        case account(AccountID)
        case address(String)

        var limit: Int {
            switch self {
            case .account: LoginThrottle.failuresPerAccount
            case .address: LoginThrottle.failuresPerAddress
            }
        }
    }

    /// Seconds until another attempt is allowed; nil when one is allowed now.
    func retryAfter(account: AccountID, address: String, at now: Timestamp) -> Int? {
        [Key.account(account), .address(address)].compactMap { key in
            let recent = recent(key, at: now)
            guard recent.count >= key.limit else { return nil }
            let free = recent[recent.count - key.limit].adding(milliseconds: Self.window)
            return max(1, Int((free - now + 999) / 1000))
        }.max()
    }

    mutating func noteFailure(account: AccountID, address: String, at now: Timestamp) {
        for key in [Key.account(account), .address(address)] {
            failures[key] = Array(recent(key, at: now).suffix(key.limit - 1)) + [now]
        }
        if failures.count > Self.capacity { forget(at: now) }
    }

    /// Forgets what was guessed at the password that the account no longer has. Its addresses stay remembered.
    mutating func lift(_ account: AccountID) {
        failures[.account(account)] = nil
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
