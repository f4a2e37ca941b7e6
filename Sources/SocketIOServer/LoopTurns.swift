import NIOCore
import NIOPosix

/// Whoever has more to do on an event loop than one turn allows goes on here, in turns with the others: a little at a time,
/// and only after the loop has looked at its connections.
final class LoopTurns: Sendable {
    private static let current = ThreadSpecificVariable<LoopTurns>()
    /// How many go on at a time, whoever waits.
    private static let turnsAtATime = 4
    /// The loop looks at its connections when no task is due: one that is due at once would keep it from that.
    private static let pause = TimeAmount.milliseconds(1)

    private struct Waiting {
        var turns: CircularBuffer<() -> Void> = []
        var isScheduled = false
    }

    private let loop: any EventLoop
    private let waiting: NIOLoopBoundBox<Waiting>

    private init(_ loop: any EventLoop) {
        self.loop = loop
        waiting = NIOLoopBoundBox(Waiting(), eventLoop: loop)
    }

    /// Those of the loop that this is called on.
    static func of(_ loop: any EventLoop) -> LoopTurns {
        if let turns = current.currentValue, turns.loop === loop { return turns }
        let turns = LoopTurns(loop)
        current.currentValue = turns
        return turns
    }

    /// - Parameter next: called once, not before this has returned.
    func wait(_ next: @escaping () -> Void) {
        waiting.value.turns.append(next)
        schedule()
    }

    private func schedule() {
        guard !waiting.value.isScheduled, !waiting.value.turns.isEmpty else { return }
        waiting.value.isScheduled = true
        loop.scheduleTask(in: Self.pause) { self.goOn() }
    }

    /// The pause begins when all of them are done, so that none of them uses it up.
    private func goOn() {
        for _ in 0..<min(Self.turnsAtATime, waiting.value.turns.count) { waiting.value.turns.removeFirst()() }
        waiting.value.isScheduled = false
        schedule()
    }
}
