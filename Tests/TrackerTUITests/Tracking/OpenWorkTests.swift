import Shared
import Testing

@testable import TrackerTUI

struct OpenWorkTests {
    /// A server that bounds the idle seconds of each beat by the time since the one before plus 5 s.
    private struct BoundingServer {
        var idle = 0
        private var lastBeat = 0

        mutating func beat(idle new: Int, at second: Int) {
            idle += min(new, second - lastBeat + 5)
            lastBeat = second
        }
    }

    @Test func aServerThatBoundsEachBeatGetsEveryIdleSecond() {
        var server = BoundingServer()
        var work = OpenWork(session: Times.session(), at: .zero, idleThreshold: .seconds(180), carriedIdle: 0)
        var lastInput = 0
        for second in 1...3600 {
            if second <= 600 || second >= 2400 { lastInput = second }
            work.sample(sinceInput: .seconds(second - lastInput), at: .seconds(second))
            guard second.isMultiple(of: 60) else { continue }
            let idle = work.idleForBeat(at: .seconds(second))
            server.beat(idle: idle, at: second)
            work.beaten(at: .seconds(second), deliveredIdle: idle, serverIdle: Double(server.idle))
        }
        #expect(server.idle == 1800)
        #expect(work.pendingIdle == 0)
    }

    @Test func totalsRunOnFromTheServersOwnClock() {
        var work = OpenWork(
            session: Times.session(startedAt: 0, beatAt: 500, idle: 40), at: .seconds(9000),
            idleThreshold: .seconds(180), carriedIdle: 2)
        #expect(work.totals(at: .seconds(9010)) == WorkTotals(activeSeconds: 510, idleSeconds: 42))
        work.beaten(at: .seconds(9010), deliveredIdle: 2, serverIdle: 42)
        #expect(work.totals(at: .seconds(9011)) == WorkTotals(activeSeconds: 511, idleSeconds: 42))
    }

    @Test func idleNeverExceedsActive() {
        let work = OpenWork(
            session: Times.session(), at: .zero, idleThreshold: .seconds(180), carriedIdle: 100)
        #expect(work.totals(at: .seconds(30)) == WorkTotals(activeSeconds: 30, idleSeconds: 30))
    }

    @Test func afterStopNothingIsMeasured() {
        var work = OpenWork(session: Times.session(), at: .zero, idleThreshold: .seconds(10), carriedIdle: 0)
        work.endMeasuring()
        work.sample(sinceInput: .seconds(60), at: .seconds(60))
        #expect(work.pendingIdle == 0)
    }
}
