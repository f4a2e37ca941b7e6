import Shared
import Testing

@testable import TrackerTUI

struct PushedIntervalTests {
    @Test func itStartsTrackingForWhoeverWaits() {
        var rig = Rig()
        rig.signIn()
        rig.answer(.day(Times.day(), intervalSeconds: nil), at: 0)
        let pushed = rig.on(.intervalPushed(300), at: 5)
        #expect(pushed.notes == [.intervalChanged(seconds: 300)])
        #expect(pushed.requests == [.start])
        #expect(rig.answer(.started(Times.session(startedAt: 5), isNew: true), at: 5).contains(.capture))
    }

    @Test func itPlansTheNextCaptureFromTheLastOne() {
        var rig = Rig.tracking()
        #expect(rig.on(.intervalPushed(300), at: 50).notes == [.intervalChanged(seconds: 300)])
        #expect(rig.session.plan?.remaining(at: Times.at(50).monotonic) == .seconds(250))
        #expect(rig.on(.intervalPushed(40), at: 50).contains(.capture), "the last one is 50 s old")
    }

    @Test func afterStopItChangesTheValueAndStartsNothing() {
        var rig = Rig.tracking()
        rig.on(.stopPressed, at: 10)
        rig.answer(.stopped(Times.ended(Times.session(), at: 10)), at: 10)
        rig.answer(.day(Times.day(), intervalSeconds: 120), at: 10)
        #expect(rig.on(.intervalPushed(300), at: 20) == [.note(.intervalChanged(seconds: 300))])
        #expect(rig.session.phase == .stopped)
    }

    @Test func theSameAgainIsNoNews() {
        var rig = Rig.tracking()
        #expect(rig.on(.intervalPushed(120), at: 5) == [])
        #expect(rig.session.plan?.remaining(at: Times.at(5).monotonic) == .seconds(115))
    }

    @Test func anOlderAnswerThatComesLaterDoesNotUndoIt() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 60)
        #expect(rig.answer(.beaten(idleSeconds: 0), at: 60).requests == [.day])
        rig.on(.intervalPushed(300), at: 60.5)
        rig.answer(.day(Times.day(session: Times.session(beatAt: 60)), intervalSeconds: 120), at: 61)
        #expect(rig.session.interval == 300)
        rig.on(.tick, at: 120)
        rig.answer(.beaten(idleSeconds: 0), at: 120)
        rig.answer(.day(Times.day(session: Times.session(beatAt: 120)), intervalSeconds: 180), at: 121)
        #expect(rig.session.interval == 180, "the next answer counts again")
    }

    @Test func numbersBeyondAllReasonAreBounded() {
        var rig = Rig.tracking()
        rig.on(.intervalPushed(.max), at: 1)
        #expect(rig.session.interval == 86_400)
        rig.on(.intervalPushed(-5), at: 1)
        #expect(rig.session.interval == 0)
        #expect(rig.session.plan == nil)
    }

    @Test func zeroStartsTrackingWithoutCapturesForWhoeverWaits() {
        var rig = Rig()
        rig.signIn()
        rig.answer(.day(Times.day(), intervalSeconds: nil), at: 0)
        let pushed = rig.on(.intervalPushed(0), at: 5)
        #expect(pushed.notes == [.intervalChanged(seconds: 0)])
        #expect(pushed.requests == [.start])
        rig.answer(.started(Times.session(startedAt: 5), isNew: true), at: 5)
        #expect(rig.session.phase == .tracking)
        for second in stride(from: 6, to: 4000, by: 30) {
            #expect(!rig.on(.tick, at: Double(second)).contains(.capture))
        }
    }

    @Test func zeroEndsCapturesAndLeavesHoursRunning() {
        var rig = Rig.tracking()
        #expect(rig.on(.intervalPushed(0), at: 50) == [.note(.intervalChanged(seconds: 0))])
        #expect(rig.session.phase == .tracking)
        #expect(rig.session.plan == nil)
        #expect(rig.on(.tick, at: 60).requests == [.heartbeat(idleSeconds: 0)])
        #expect(!rig.on(.tick, at: 240).contains(.capture))
        #expect(rig.on(.intervalPushed(300), at: 250).contains(.capture))
    }

    @Test func noIntervalAnyMoreEndsTheSessionAndWaits() {
        var rig = Rig.tracking()
        let pushed = rig.on(.intervalPushed(nil), at: 50)
        #expect(pushed.notes == [.intervalChanged(seconds: nil), .waitingForInterval])
        #expect(pushed.requests == [.stop(idleSeconds: 0)])
        #expect(rig.session.phase == .waiting)
        #expect(!rig.on(.tick, at: 130).contains(.capture))
        #expect(rig.session.sessionTotals(at: Times.at(130))?.activeSeconds == 50, "no more is counted")
        let stopped = rig.answer(.stopped(Times.ended(Times.session(), at: 50)), at: 131)
        #expect(stopped.notes == [.trackingStopped(activeSeconds: 50, idleSeconds: 0)])
        rig.answer(.day(Times.day(), intervalSeconds: nil), at: 131)
        #expect(rig.on(.intervalPushed(0), at: 140).requests == [.start])
    }

    @Test func anIntervalThatComesBackAtOnceEndsOneSessionBeforeTheNext() {
        var rig = Rig.tracking()
        #expect(rig.on(.intervalPushed(nil), at: 50).requests == [.stop(idleSeconds: 0)])
        #expect(rig.on(.intervalPushed(120), at: 50.5).requests == [])
        #expect(rig.answer(.stopped(Times.ended(Times.session(), at: 50)), at: 51).requests == [.start])
        #expect(rig.answer(.started(Times.session(startedAt: 51), isNew: true), at: 51).contains(.capture))
    }

    @Test func aSessionThatIsJustBeingOpenedEndsAsWell() {
        var rig = Rig()
        rig.signIn()
        #expect(rig.answer(.day(Times.day(), intervalSeconds: 120), at: 0).requests == [.start])
        rig.on(.intervalPushed(nil), at: 0.5)
        let started = rig.answer(.started(Times.session(), isNew: true), at: 1)
        #expect(started.requests == [.stop(idleSeconds: 0)])
        #expect(!started.contains(.capture))
        #expect(rig.session.phase == .waiting)
    }

    @Test func afterStopNoIntervalAnyMoreIsSaidAndNothingElse() {
        var rig = Rig.tracking()
        rig.on(.stopPressed, at: 10)
        rig.answer(.stopped(Times.ended(Times.session(), at: 10)), at: 10)
        rig.answer(.day(Times.day(), intervalSeconds: 120), at: 10)
        #expect(rig.on(.intervalPushed(nil), at: 20) == [.note(.intervalChanged(seconds: nil))])
        #expect(rig.session.phase == .stopped)
    }

    @Test func nobodyIsSignedInNothingHappens() {
        var rig = Rig()
        #expect(rig.on(.intervalPushed(120), at: 0) == [])
        #expect(rig.session.interval == nil)
    }

    @Test func onceTheServerCanBeHeardAgainTheDayIsAskedForWithoutAPause() {
        var rig = Rig.tracking()
        #expect(rig.on(.askNow, at: 20).requests == [.day])
        rig.fail(.unreachable("Gone."), at: 20)
        rig.on(.tick, at: 22)
        rig.fail(.unreachable("Gone."), at: 22)
        #expect(rig.on(.askNow, at: 22.1).requests == [.day])
    }
}
