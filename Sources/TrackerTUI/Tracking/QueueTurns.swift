import FoundationEssentials

/// Whose turn it is in the queue: the oldest item's, unless the server has failed at it again and again. Then those behind it
/// go first, so that one that the server cannot bear holds up no other.
struct QueueTurns: Sendable, Hashable {
    /// Answers in a row that an item cannot be taken now, after which the others go first.
    static let patience = 3

    private var failing: UUID?
    private var failures = 0
    /// The queue is read on behind the item of that sequence number, and from its beginning when there is none left.
    private(set) var start = 0

    /// - Parameter sequence: of the item whose turn it is now.
    mutating func taken(sequence: Int) {
        if sequence <= start { start = 0 }
    }

    /// The server has answered that it cannot take the item now.
    mutating func failed(_ id: UUID, sequence: Int) {
        if failing != id { failures = 0 }
        failing = id
        failures += 1
        guard failures >= Self.patience else { return }
        failures = 0
        start = sequence
    }
}
