import Synchronization

@testable import TrackerTUI

/// Live connections that remember what is sent and tell what a test says.
final class StubLine: LiveConnecting {
    struct State: Sendable {
        var servers: [BackendURL] = []
        var sent: [LiveMessage] = []
        var closed = 0
        var isUp = true
        var tokens: LiveTokens?
        /// How long a close takes.
        var closePause: Duration = .zero
        fileprivate var continuations: [AsyncStream<LiveEvent>.Continuation] = []
    }

    private let state = Mutex(State())

    func set(_ change: @Sendable (inout State) -> Void) { state.withLock { change(&$0) } }
    var seen: State { state.withLock { $0 } }

    func made(_ server: BackendURL, _ tokens: @escaping LiveTokens) -> any LiveConnecting {
        state.withLock {
            $0.servers.append(server)
            $0.tokens = tokens
        }
        return self
    }

    var events: AsyncStream<LiveEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: LiveEvent.self)
        state.withLock { $0.continuations.append(continuation) }
        return stream
    }

    func tell(_ event: LiveEvent) {
        for continuation in state.withLock({ $0.continuations }) { continuation.yield(event) }
    }

    func send(_ message: LiveMessage) async -> Bool {
        state.withLock {
            if $0.isUp { $0.sent.append(message) }
            return $0.isUp
        }
    }

    func close() async {
        let pause = seen.closePause
        do {
            try await Task.sleep(for: pause)
        } catch {
            return
        }
        state.withLock {
            $0.closed += 1
            for continuation in $0.continuations { continuation.finish() }
            $0.continuations = []
        }
    }
}
