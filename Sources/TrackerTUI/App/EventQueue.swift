import Synchronization

/// What has happened and waits for the loop: in order, for one reader, who can see whether more is there.
final class EventQueue: AsyncSequence, Sendable {
    private let events: AsyncStream<AppEvent>
    private let continuation: AsyncStream<AppEvent>.Continuation
    private let waiting = Atomic(0)

    init() { (events, continuation) = AsyncStream.makeStream() }

    /// From any thread.
    func send(_ event: AppEvent) {
        // Counted first: who takes it must not be before who counts it.
        waiting.add(1, ordering: .sequentiallyConsistent)
        if case .terminated = continuation.yield(event) { waiting.subtract(1, ordering: .sequentiallyConsistent) }
    }

    /// Nothing more comes; what waits may still be taken.
    func finish() { continuation.finish() }

    /// No event waits. One that is being sent may count already, and then comes at once.
    var isEmpty: Bool { waiting.load(ordering: .sequentiallyConsistent) == 0 }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let queue: EventQueue
        fileprivate var events: AsyncStream<AppEvent>.AsyncIterator

        mutating func next() async -> AppEvent? {
            guard let event = await events.next() else { return nil }
            queue.waiting.subtract(1, ordering: .sequentiallyConsistent)
            return event
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(queue: self, events: events.makeAsyncIterator()) }
}
