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
        work.endMeasuring(at: .zero)
        work.sample(sinceInput: .seconds(60), at: .seconds(60))
        #expect(work.pendingIdle == 0)
    }

    @Test func totalsStopWhenTheEmployeeStops() {
        var work = OpenWork(session: Times.session(), at: .zero, idleThreshold: .seconds(10), carriedIdle: 0)
        work.endMeasuring(at: .seconds(30))
        work.endMeasuring(at: .seconds(40))
        #expect(work.totals(at: .seconds(20)).activeSeconds == 20)
        #expect(work.totals(at: .seconds(90)).activeSeconds == 30)
        work.beaten(at: .seconds(50), deliveredIdle: 0, serverIdle: 0)
        #expect(work.totals(at: .seconds(90)).activeSeconds == 30, "a beat for the idle rest changes nothing")
    }

    @Test func stopWhileTheServerIsAwayStopsTheClocks() {
        var rig = Rig.tracking()
        rig.on(.stopPressed, at: 10)
        rig.fail(.unreachable("Refused."), at: 10)
        #expect(rig.session.sessionTotals(at: Times.at(100).monotonic)?.activeSeconds == 10)
        #expect(rig.session.dayTotals(at: Times.at(100).monotonic)?.activeSeconds == 10)
    }
}
