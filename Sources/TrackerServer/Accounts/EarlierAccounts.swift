import Shared

/// Whether records are older than the account that bears their id today: then they are about another person, who had an
/// account under the same id before. Pure; looks at each id once.
struct EarlierAccounts {
    private let now: Timestamp
    /// Since when what bears an id, by its spelling, is its account's own.
    private var starts: [String: Timestamp] = [:]

    init(at now: Timestamp) {
        self.now = now
    }

    /// True for what happened at `time` before the account of that id was made. Nobody's is older than ids without an account.
    mutating func include(_ employee: String, at time: Timestamp, in state: borrowing TrackerState) -> Bool {
        if let start = starts[employee] { return time < start }
        let start = state.user(AccountID(stored: employee))?.start(at: now) ?? Timestamp(milliseconds: .min)
        starts[employee] = start
        return time < start
    }
}

extension User {
    /// Since when what bears the account's id is its own: the account sees nothing older. A `createdAt` that is missing or
    /// ahead of `now` sets no limit.
    func start(at now: Timestamp) -> Timestamp {
        guard let createdAt, createdAt <= now else { return Timestamp(milliseconds: .min) }
        return createdAt
    }
}
