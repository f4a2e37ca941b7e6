import SocketIO
import Synchronization

/// What waits for the listener: within limits, in order, for one reader.
final class EventMailbox: Sendable {
    private struct Waiting {
        let event: SocketClientEvent
        let bytes: Int
    }

    private struct State {
        var events: [Waiting] = []
        var bytes = 0
        var reader: CheckedContinuation<SocketClientEvent?, Never>?
        var whenEmpty: (@Sendable () -> Void)?
        var isFinished = false
    }

    private let maximumEvents: Int
    private let maximumBytes: Int
    private let state = Mutex(State())

    init(maximumEvents: Int, maximumBytes: Int) {
        self.maximumEvents = maximumEvents
        self.maximumBytes = maximumBytes
    }

    /// - Returns: false, and nothing has changed, when there is no room.
    func append(_ event: SocketClientEvent, bytes: Int) -> Bool {
        // An event that is longer than all may be comes alone, or never.
        add(event, bytes: bytes) { state in
            state.events.isEmpty || state.events.count < maximumEvents && state.bytes + bytes <= maximumBytes
        }
    }

    /// Appends what must not be missed. The client makes a connection only while there is room, so that there are never many.
    func appendAlways(_ event: SocketClientEvent) {
        _ = add(event, bytes: 0) { _ in true }
    }

    private func add(_ event: SocketClientEvent, bytes: Int, if hasRoom: (borrowing State) -> Bool) -> Bool {
        let (isTaken, reader) = state.withLock { state -> (Bool, CheckedContinuation<SocketClientEvent?, Never>?) in
            guard !state.isFinished else { return (true, nil) }
            if let reader = state.reader {
                state.reader = nil
                return (true, reader)
            }
            guard hasRoom(state) else { return (false, nil) }
            state.events.append(Waiting(event: event, bytes: bytes))
            state.bytes += bytes
            return (true, nil)
        }
        reader?.resume(returning: event)
        return isTaken
    }

    /// Calls `body` once nothing waits any more, which may be at once.
    func whenEmpty(_ body: @escaping @Sendable () -> Void) {
        let isEmpty = state.withLock { state in
            if !state.events.isEmpty { state.whenEmpty = body }
            return state.events.isEmpty
        }
        if isEmpty { body() }
    }

    var hasRoom: Bool { state.withLock { $0.events.count < maximumEvents && $0.bytes < maximumBytes } }

    /// The next event; nil when there will be none, or when the task that waits is cancelled.
    func next() async -> SocketClientEvent? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = Task.isCancelled
                let (event, isHere, whenEmpty) = state.withLock { state in take(&state, continuation, isCancelled) }
                if isHere { continuation.resume(returning: event) }
                whenEmpty?()
            }
        } onCancel: {
            let reader = state.withLock { state in
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume(returning: nil)
        }
    }

    private func take(
        _ state: inout State, _ continuation: CheckedContinuation<SocketClientEvent?, Never>, _ isCancelled: Bool
    ) -> (event: SocketClientEvent?, isHere: Bool, whenEmpty: (@Sendable () -> Void)?) {
        guard !state.events.isEmpty else {
            // A second reader gets nothing: the stream is for one.
            guard !state.isFinished, !isCancelled, state.reader == nil else { return (nil, true, nil) }
            state.reader = continuation
            return (nil, false, nil)
        }
        let first = state.events.removeFirst()
        state.bytes -= first.bytes
        guard state.events.isEmpty else { return (first.event, true, nil) }
        defer { state.whenEmpty = nil }
        return (first.event, true, state.whenEmpty)
    }

    /// Nothing more comes; what waits may still be taken.
    func finish() {
        let reader = state.withLock { state in
            state.isFinished = true
            state.whenEmpty = nil
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }
}
