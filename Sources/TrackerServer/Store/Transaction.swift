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

/// Why nothing could be read or written.
enum StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The disk or the quota is full; nothing was stored.
    case full
    /// Everything else: read-only, vanished, an I/O error; nothing was stored. The text is for the log.
    case unavailable(String)
    /// The disk failed while the change was written: whether it is stored shows when the disk is back. The text is for the
    /// log.
    case uncertain(String)

    var description: String {
        switch self {
        case .full: "The disk is full."
        case .unavailable(let reason), .uncertain(let reason): reason
        }
    }
}
