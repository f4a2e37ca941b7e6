/// Keeps ``TrackerState`` across restarts.
protocol Store: Sendable {
    /// Looks at the state. `body` sees one consistent state and must not keep it.
    func read<Value: Sendable>(_ body: @Sendable (TrackerState) throws -> Value) async throws -> Value

    /// Checks and records in one turn: no other transaction runs between what `body` reads and what it records.
    ///
    /// When this returns, what was recorded is on disk. When `body` or the disk throws, nothing was recorded, but for
    /// ``StoreError/uncertain(_:)``.
    /// - Throws: what `body` throws, or ``StoreError``.
    func transact<Value: Sendable>(_ body: @Sendable (inout Transaction) throws -> Value) async throws -> Value
}

/// What a transaction sees and does: the state with its own changes applied.
struct Transaction {
    private(set) var state: TrackerState
    private(set) var changes: [Change] = []

    init(state: TrackerState) {
        self.state = state
    }

    mutating func record(_ change: Change) {
        state.apply(change)
        changes.append(change)
    }
}

/// Why nothing could be written.
enum StoreError: Error, Sendable, Hashable {
    /// The disk or the quota is full.
    case full
    /// Everything else: read-only, vanished, an I/O error. The text is for the log.
    case unavailable(String)
    /// The disk failed when the change had partly taken its place: it is in memory and in what readers see, but may not
    /// survive a power cut. The text is for the log.
    case uncertain(String)
}
