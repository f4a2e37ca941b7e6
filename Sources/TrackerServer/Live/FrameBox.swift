import Synchronization

/// The newest frame for somebody who watches over HTTP: who is slow gets fewer.
final class FrameBox: Sendable {
    /// Why nothing more comes.
    enum End: Sendable, Hashable {
        /// Nobody watches any more, or there is nothing left to see.
        case over
        /// Whoever watches may not any more.
        case tokenEnded
        /// The audit could not be told of the watch.
        case untold(StoreError)
    }

    private struct State {
        var newest: (number: Int, frame: LiveFrame)?
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiting = 0
        var end: End?
    }

    private let state = Mutex(State())

    /// Nil while it goes on.
    var end: End? { state.withLock(\.end) }

    func put(_ frame: LiveFrame) {
        wake { state in state.newest = ((state.newest?.number ?? 0) + 1, frame) }
    }

    /// The first of several counts.
    func end(_ end: End) {
        wake { state in state.end = state.end ?? end }
    }

    private func wake(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            defer { state.waiting = [:] }
            return state.waiting.values.map { $0 }
        }
        for continuation in waiting { continuation.resume() }
    }

    /// The newest frame that `isWanted`, as soon as there is one; nil when the time is over, or the watch.
    /// - Parameter limit: nil for no limit.
    /// - Returns: also its number; later frames have higher ones.
    func next(
        within limit: Duration? = nil, _ isWanted: @Sendable (Int, LiveFrame) -> Bool
    ) async -> (number: Int, frame: LiveFrame)? {
        let deadline = limit.map { ContinuousClock.now + $0 }
        while true {
            let (newest, end) = state.withLock { ($0.newest, $0.end) }
            if end != nil { return nil }
            if let newest, isWanted(newest.number, newest.frame) { return newest }
            if let deadline, deadline <= .now { return nil }
            guard !Task.isCancelled else { return nil }
            await change(after: newest?.number ?? 0, until: deadline)
        }
    }

    /// Returns when there is a newer frame than that, or the watch has ended, or the time is over.
    private func change(after number: Int, until deadline: ContinuousClock.Instant?) async {
        var alarm: Task<Void, Never>?
        await withCheckedContinuation { continuation in
            let id = state.withLock { state -> Int? in
                guard (state.newest?.number ?? 0) <= number, state.end == nil else { return nil }
                state.lastWaiting += 1
                state.waiting[state.lastWaiting] = continuation
                return state.lastWaiting
            }
            guard let id else { return continuation.resume() }
            // Only now that there is somebody to be woken.
            alarm = deadline.map { setAlarm(at: $0, for: id) }
        }
        alarm?.cancel()
    }

    private func setAlarm(at time: ContinuousClock.Instant, for id: Int) -> Task<Void, Never> {
        Task { [weak self] in
            do {
                try await Task.sleep(until: time, clock: .continuous)
            } catch {
                // Woken before.
                return
            }
            self?.state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
        }
    }
}
