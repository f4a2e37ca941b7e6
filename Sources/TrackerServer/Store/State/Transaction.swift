/// What a transaction sees and records.
struct Transaction: ~Copyable, Sendable {
    /// The state as it was when the transaction began.
    private(set) var state: TrackerState
    private(set) var changes: [Change] = []

    init(state: consuming TrackerState) {
        self.state = state
    }

    mutating func record(_ change: Change) {
        changes.append(change)
    }

    /// Carries out what was recorded.
    /// - Returns: the changes.
    mutating func apply() -> [Change] {
        for change in changes { state.apply(change) }
        defer { changes = [] }
        return changes
    }

    mutating func giveUp() {
        changes = []
    }
}
