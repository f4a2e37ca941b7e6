import NIOCore
import NIOPosix

/// Whoever has more to do on an event loop than one turn allows goes on here, in turns with the others: a little at a time,
/// and only after the loop has looked at its connections.
final class LoopTurns: Sendable {
    private static let current = ThreadSpecificVariable<LoopTurns>()
    /// How many short turns a round has, whoever waits; one long one comes after them.
    private static let shortTurns = 4
    /// The loop looks at its connections when no task is due: one that is due at once would keep it from that.
    private static let pause = TimeAmount.milliseconds(1)
    /// Of a loop's time those who wait for long turns get one part in so many.
    private static let share = 4
    private static let longestPause = TimeAmount.milliseconds(50)
    /// How often those who wait let the connections go first, before they go on all the same.
    private static let courtesies = 4

    /// Those who wait for a long turn do not hold up the others.
    private struct Waiting {
        var short: CircularBuffer<() -> Void> = []
        var long: CircularBuffer<() -> Void> = []
        var isScheduled = false
        var courtesies = 0
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

    /// - Parameters:
    ///   - isLong: what follows may take the loop for milliseconds.
    ///   - next: called once, not before this has returned.
    func wait(isLong: Bool = false, _ next: @escaping () -> Void) {
        if isLong { waiting.value.long.append(next) } else { waiting.value.short.append(next) }
        schedule(in: Self.pause)
    }

    private func schedule(in pause: TimeAmount) {
        guard !waiting.value.isScheduled, !(waiting.value.short.isEmpty && waiting.value.long.isEmpty) else { return }
        waiting.value.isScheduled = true
        let due = loop.now + pause
        loop.scheduleTask(deadline: due) { self.goOn(due) }
    }

    /// The pause begins when all of them are done, so that none of them uses it up. Whoever comes late comes behind other work
    /// of the loop, what the turns before have set off perhaps, for which the connections have waited too: they go first, for
    /// as long as makes up for it.
    private func goOn(_ due: NIODeadline) {
        waiting.value.isScheduled = false
        let late = loop.now - due
        if late > Self.pause, waiting.value.courtesies < Self.courtesies {
            waiting.value.courtesies += 1
            return schedule(in: min(late * (Self.share - 1), Self.longestPause))
        }
        waiting.value.courtesies = 0
        // Nobody who is added meanwhile takes part.
        waiting.value.isScheduled = true
        let round = (0..<min(Self.shortTurns, waiting.value.short.count)).map { _ in waiting.value.short.removeFirst() }
        for next in round { next() }
        if let next = waiting.value.long.popFirst() { next() }
        waiting.value.isScheduled = false
        schedule(in: Self.pause)
    }
}
