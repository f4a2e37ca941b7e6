import Shared
import Testing

@testable import TrackerTUI

struct OpenWorkTests {
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
