import Shared

/// What a transaction has recorded, as those hear it who listen to the store.
struct Recorded: Sendable {
    let changes: [Change]
    /// See ``EventDraft``.
    let events: [OfficeEvent]

    /// False for heartbeats alone: they are the most that happens, and nobody listens for them.
    var isNews: Bool {
        changes.contains { if case .heartbeatCounted = $0 { false } else { true } }
    }
}
