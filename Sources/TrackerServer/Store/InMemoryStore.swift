/// A store that forgets: for tests that need no disk.
actor InMemoryStore: Store {
    private var state: TrackerState

    init(state: TrackerState = TrackerState()) {
        self.state = state
    }

    func read<Value: Sendable>(_ body: @Sendable (TrackerState) throws -> Value) async throws -> Value {
        try body(state)
    }

    func transact<Value: Sendable>(_ body: @Sendable (inout Transaction) throws -> Value) async throws -> Value {
        var transaction = Transaction(state: state)
        let value = try body(&transaction)
        state = transaction.state
        return value
    }
}
