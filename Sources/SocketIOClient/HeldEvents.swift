import SocketIO

/// The newest event of each slot while there is no connection.
struct HeldEvents: Sendable {
    private(set) var events: [(slot: String, event: OutgoingEvent)] = []
    private var bytes = 0
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// - Throws: `queueFull` when there is no room; nothing has changed then.
    mutating func hold(_ event: OutgoingEvent, in slot: String) throws(SendRefusal) {
        let index = events.firstIndex { $0.slot == slot }
        let total = bytes + event.byteCount - (index.map { events[$0].event.byteCount } ?? 0)
        guard total <= limit else { throw .queueFull }
        bytes = total
        if let index { events[index].event = event } else { events.append((slot, event)) }
    }

    mutating func takeAll() -> [(slot: String, event: OutgoingEvent)] {
        defer {
            events = []
            bytes = 0
        }
        return events
    }
}
