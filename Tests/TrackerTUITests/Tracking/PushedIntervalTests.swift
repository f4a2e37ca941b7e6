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
        #expect(rig.session.interval == 1)
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
