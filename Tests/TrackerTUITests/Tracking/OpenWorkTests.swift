import Shared
import Testing

@testable import TrackerTUI

struct OpenWorkTests {
    private func opened(_ session: WorkSession = Times.session(), at seconds: Double = 0, threshold: Int = 180)
        -> OpenWork
    {
        var work = OpenWork(at: Times.at(seconds), idleThreshold: .seconds(threshold))
        _ = work.opened(session, isNew: true, at: Times.at(seconds))
        return work
    }

    @Test func totalsRunOnFromTheServersOwnClock() {
        var work = opened(Times.session(startedAt: 0, beatAt: 500, idle: 40), at: 9000)
        #expect(work.totals(at: Times.at(9010)) == WorkTotals(activeSeconds: 510, idleSeconds: 40))
        work.beaten(sentAt: Times.at(9010), at: Times.at(9010), deliveredIdle: 0, serverIdle: 42)
        #expect(work.totals(at: Times.at(9011)) == WorkTotals(activeSeconds: 511, idleSeconds: 42))
    }

    @Test func idleNeverExceedsActive() {
        let work = opened(Times.session(idle: 100))
        #expect(work.totals(at: Times.at(30)) == WorkTotals(activeSeconds: 30, idleSeconds: 30))
    }

    @Test func afterStopNothingIsMeasured() {
        var work = opened(threshold: 10)
        work.endMeasuring(at: Times.at(0))
        work.sample(sinceInput: .seconds(60), at: Times.at(60).monotonic)
        #expect(work.pendingIdle == 0)
    }

    @Test func totalsStopWhenTheEmployeeStops() {
        var work = opened(threshold: 10)
        work.endMeasuring(at: Times.at(30))
        work.endMeasuring(at: Times.at(40))
        #expect(work.totals(at: Times.at(20)).activeSeconds == 20)
        #expect(work.totals(at: Times.at(90)).activeSeconds == 30)
    }

    @Test func stopWhileTheServerIsAwayStopsTheClocks() {
        var rig = Rig.tracking()
        rig.on(.stopPressed, at: 10)
        rig.fail(.unreachable("Refused."), at: 10)
        #expect(rig.session.sessionTotals(at: Times.at(100))?.activeSeconds == 10)
        #expect(rig.session.dayTotals(at: Times.at(100))?.activeSeconds == 10)
    }

    /// Otherwise a stop that arrives late would end the session late.
    @Test func whatLiesBetweenAStopAndItsArrivalIsToldAsIdle() {
        var work = opened()
        work.endMeasuring(at: Times.at(30))
        #expect(work.idleForBeat(at: Times.at(90)) == 60)
        #expect(!work.needsAnotherBeat(at: Times.at(90)))
    }

    @Test func whatLiesBetweenTwoStretchesIsInNeither() {
        var work = opened()
        let now = Times.at(130, slept: 200)
        work.lostSession()
        let before = work.seal(at: Times.at(100), resuming: Times.at(100, slept: 200))
        #expect(before.map(\.text) == ["0...100 idle 0"])
        #expect(work.seal(at: now).map(\.text) == ["300...330 idle 0"])
        #expect(work.pendingIdle == 0)
    }

    /// The server opens another session in the middle of a pause: whether that counts is known later.
    @Test(arguments: [(170, ["0...250 idle 0"], 0), (180, ["0...250 idle 50"], 130), (400, ["0...250 idle 50"], 350)])
    func aPauseThatASessionsBeginDividesCountsOnBothSides(length: Int, spans: [String], after: Int) {
        var work = OpenWork(at: Times.at(0), idleThreshold: .seconds(180))
        var found: [WorkStretch] = []
        for second in 1...700 {
            if second == 251 {
                #expect(work.opened(Times.session(startedAt: 250), isNew: true, at: Times.at(250)) == [])
                #expect(work.kept(at: Times.at(250)).stretches.map(\.text) == ["0...250 idle 0", "250...250 idle 0"])
            }
            // Somebody is there until 200, and again a while later.
            let input = second > 200 ? (second >= 200 + length ? second : 200) : second
            work.sample(sinceInput: .seconds(second - input), at: Times.at(Double(second)).monotonic)
            found += work.decided(at: Times.at(Double(second)).monotonic)
        }
        #expect(found.map(\.text) == spans)
        #expect(work.pendingIdle == after)
    }

    @Test func aStretchDoesNotWaitForSamplesThatDoNotCome() {
        var work = OpenWork(at: Times.at(0), idleThreshold: .seconds(180))
        work.sample(sinceInput: .seconds(10), at: Times.at(100).monotonic)
        #expect(work.opened(Times.session(startedAt: 100), isNew: true, at: Times.at(100)) == [])
        #expect(work.decided(at: Times.at(279).monotonic) == [])
        #expect(work.untold(at: Times.at(110)) == .seconds(110))
        #expect(work.decided(at: Times.at(280).monotonic).map(\.text) == ["0...100 idle 0"])
    }

    @Test func idleTimeBelongsToTheStretchInWhichItWasMeasured() {
        var work = opened()
        for second in 1...100 { work.sample(sinceInput: .zero, at: Times.at(Double(second)).monotonic) }
        work.beaten(sentAt: Times.at(100), at: Times.at(100), deliveredIdle: 0, serverIdle: 0)
        // Away since 100; the pause counts from 280 on.
        for second in 101...400 {
            work.sample(sinceInput: .seconds(second - 100), at: Times.at(Double(second)).monotonic)
        }
        work.lostSession()
        #expect(
            work.opened(Times.session(startedAt: 400), isNew: true, at: Times.at(400)).map(\.text) == [
                "100...400 idle 300"
            ])
        work.sample(sinceInput: .seconds(310), at: Times.at(410).monotonic)
        #expect(work.pendingIdle == 10, "the pause goes on")
    }

    /// A pause that began before the last beat counts in full: what the stretch has no room for goes with later beats.
    @Test func idleTimeBeyondAStretchIsNotForgotten() {
        var work = opened()
        work.beaten(sentAt: Times.at(100), at: Times.at(100), deliveredIdle: 0, serverIdle: 0)
        work.sample(sinceInput: .seconds(190), at: Times.at(190).monotonic)
        work.lostSession()
        #expect(
            work.opened(Times.session(startedAt: 190), isNew: true, at: Times.at(190)).map(\.text) == [
                "100...190 idle 90"
            ])
        #expect(work.pendingIdle == 100)
    }

    @Test func aBeatWhoseAnswerWasLostIsNotToldTwice() {
        var work = opened()
        work.sample(sinceInput: .seconds(200), at: Times.at(200).monotonic)
        work.update(Times.session(beatAt: 200, idle: 200), lostBeat: Times.at(200))
        #expect(work.pendingIdle == 0)
        var other = opened()
        other.sample(sinceInput: .seconds(200), at: Times.at(200).monotonic)
        other.update(Times.session(), lostBeat: Times.at(200))
        #expect(other.pendingIdle == 200, "it never arrived")
    }
}
