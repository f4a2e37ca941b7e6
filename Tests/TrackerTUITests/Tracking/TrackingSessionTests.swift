import Shared
import Testing

@testable import TrackerTUI

struct TrackingSessionTests {
    @Test func afterTheLoginTheDayIsAskedFor() {
        var rig = Rig()
        rig.signIn()
        #expect(rig.request?.kind == .day)
        #expect(rig.session.phase == .waiting)
    }

    @Test func withAnIntervalTrackingStartsByItselfAndCapturesAtOnce() {
        var rig = Rig()
        rig.signIn()
        let started = rig.answer(.day(Times.day(), intervalSeconds: 120), at: 1)
        #expect(started.requests == [.start])
        #expect(rig.session.phase == .starting)
        let tracking = rig.answer(.started(Times.session(), isNew: true), at: 2)
        #expect(rig.session.phase == .tracking)
        #expect(tracking.contains(.capture))
    }

    @Test func withoutAnIntervalTheClientWaitsAsksEachBeatAndCapturesNothing() {
        var rig = Rig()
        rig.signIn()
        let waiting = rig.answer(.day(Times.day(), intervalSeconds: nil), at: 0)
        #expect(waiting == [.note(.waitingForInterval)])
        #expect(rig.on(.tick, at: 59) == [])
        #expect(rig.on(.tick, at: 60).requests == [.day])
        #expect(rig.answer(.day(Times.day(), intervalSeconds: nil), at: 60) == [])
        #expect(rig.on(.tick, at: 120).requests == [.day])
        #expect(rig.answer(.day(Times.day(), intervalSeconds: 180), at: 120).requests == [.start])
    }

    @Test func startPressedWithoutAnIntervalStillWaits() {
        var rig = Rig()
        rig.signIn()
        rig.answer(.day(Times.day(), intervalSeconds: nil), at: 0)
        #expect(rig.on(.startPressed, at: 1) == [.note(.waitingForInterval)])
        #expect(rig.session.phase == .waiting)
    }

    @Test func everyBeatIsFollowedByAQuestionForTheDay() {
        var rig = Rig.tracking()
        #expect(rig.on(.tick, at: 59) == [])
        #expect(rig.on(.tick, at: 60).requests == [.heartbeat(idleSeconds: 0)])
        #expect(rig.answer(.beaten(idleSeconds: 0), at: 60.5).requests == [.day])
        rig.answer(.day(Times.day(active: 60, session: Times.session(beatAt: 60)), intervalSeconds: 120), at: 60.6)
        #expect(rig.on(.tick, at: 119).requests == [])
        #expect(rig.on(.tick, at: 120).requests == [.heartbeat(idleSeconds: 0)])
    }

    @Test func capturesAreOnePerIntervalAndNeverTwoAtOnce() {
        var rig = Rig.tracking()
        #expect(rig.on(.tick, at: 119).contains(.capture) == false)
        #expect(rig.on(.tick, at: 120).contains(.capture))
        #expect(rig.on(.tick, at: 240).contains(.capture) == false, "the last one has not ended")
        #expect(rig.on(.captureEnded, at: 241).contains(.capture))
        rig.on(.captureEnded, at: 242)
        #expect(rig.on(.tick, at: 360).contains(.capture))
    }

    @Test func stopEndsCapturesAtOnceAndSendsTheIdleRest() {
        var rig = Rig.tracking()
        rig.on(.idleSampled(sinceInput: .seconds(190), taken: .seconds(1190)), at: 190)
        rig.answer(.beaten(idleSeconds: 64), at: 190)
        rig.answer(.day(Times.day(session: Times.session(beatAt: 190, idle: 64)), intervalSeconds: 120), at: 190)
        rig.on(.idleSampled(sinceInput: .seconds(195), taken: .seconds(1195)), at: 195)
        #expect(rig.on(.stopPressed, at: 200).requests == [.stop(idleSeconds: 5)])
        #expect(rig.session.phase == .stopped)
        #expect(rig.on(.tick, at: 400).contains(.capture) == false)
        let stopped = rig.answer(.stopped(Times.ended(Times.session(idle: 64), at: 200)), at: 400)
        #expect(stopped.notes == [.trackingStopped(activeSeconds: 200, idleSeconds: 64)])
        #expect(rig.session.work == nil)
    }

    @Test func aNewIntervalAfterStopChangesTheValueOnly() {
        var rig = Rig.tracking()
        rig.on(.stopPressed, at: 10)
        rig.answer(.stopped(Times.ended(Times.session(), at: 10)), at: 10)
        let told = rig.answer(.day(Times.day(), intervalSeconds: 300), at: 10)
        #expect(told == [.note(.intervalChanged(seconds: 300))])
        #expect(rig.session.phase == .stopped)
        #expect(rig.session.interval == 300)
        #expect(rig.on(.startPressed, at: 20).requests == [.start])
        #expect(rig.answer(.started(Times.session(startedAt: 20), isNew: true), at: 20).contains(.capture))
    }

    @Test func anIntervalChangeWhileTrackingPlansFromTheLastCapture() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 60)
        rig.answer(.beaten(idleSeconds: 0), at: 60)
        rig.answer(.day(Times.day(session: Times.session(beatAt: 60)), intervalSeconds: 300), at: 60)
        #expect(rig.session.plan?.remaining(at: Times.at(60).monotonic) == .seconds(240))
    }

    @Test func anIntervalThatIsTakenAwayEndsCapturesAndTracking() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 60)
        rig.answer(.beaten(idleSeconds: 0), at: 60)
        let told = rig.answer(.day(Times.day(session: Times.session(beatAt: 60)), intervalSeconds: nil), at: 60)
        #expect(told.requests == [.stop(idleSeconds: 0)])
        #expect(rig.session.plan == nil)
        #expect(rig.session.phase == .waiting)
    }

    @Test func aSessionThatWasOpenAlreadyIsBeatenAtOnce() {
        var rig = Rig()
        rig.signIn()
        rig.answer(.day(Times.day(), intervalSeconds: 120), at: 0)
        let resumed = rig.answer(.started(Times.session(startedAt: -600, beatAt: -100), isNew: false), at: 0)
        #expect(resumed.requests == [.heartbeat(idleSeconds: 0)])
        rig.answer(.beaten(idleSeconds: 0), at: 0)
        rig.answer(
            .day(Times.day(active: 600, session: Times.session(startedAt: -600, beatAt: 0)), intervalSeconds: 120),
            at: 0)
        #expect(rig.session.sessionTotals(at: Times.at(10))?.activeSeconds == 610)
    }

    @Test func idleTimeIsTakenOffOnlyWhenTheServerHasIt() {
        var rig = Rig.tracking()
        rig.on(.idleSampled(sinceInput: .seconds(200), taken: .seconds(1200)), at: 200)
        #expect(rig.request?.kind == .heartbeat(idleSeconds: 200))
        rig.fail(.unreachable("No answer."), at: 201)
        #expect(rig.session.work?.pendingIdle == 200)
        #expect(rig.on(.tick, at: 202).requests == [.day], "whether the beat has arrived")
        let still = Times.day(session: Times.session())
        #expect(rig.answer(.day(still, intervalSeconds: 120), at: 202).requests == [.heartbeat(idleSeconds: 200)])
        rig.answer(.beaten(idleSeconds: 200), at: 202)
        #expect(rig.session.work?.pendingIdle == 0)
    }

    @Test func offlineTrackingGoesOnAndThePausesGrow() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 60)
        #expect(rig.fail(.unreachable("Refused."), at: 60).notes == [.wentOffline("Refused.")])
        #expect(rig.session.outage?.isUnreachable == true)
        #expect(rig.on(.tick, at: 60.9).requests == [])
        #expect(rig.on(.tick, at: 61).requests == [.heartbeat(idleSeconds: 0)])
        #expect(rig.fail(.unreachable("Refused."), at: 61) == [])
        #expect(rig.on(.tick, at: 62).requests == [])
        #expect(rig.on(.tick, at: 63).requests == [.heartbeat(idleSeconds: 0)])
        rig.fail(.unreachable("Refused."), at: 63)
        #expect(rig.on(.tick, at: 120).contains(.capture))
        let online = rig.answer(.beaten(idleSeconds: 0), at: 121)
        #expect(online.notes == [.cameOnline])
        #expect(online.requests == [.day], "a push that was missed is made up for")
        #expect(rig.session.outage == nil)
    }

    @Test func aServerThatClosesEverySessionIsNotAskedWithoutPauses() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 60)
        #expect(rig.fail(.noActiveSession, at: 60).requests == [.start])
        #expect(
            rig.answer(.started(Times.session(), isNew: false), at: 60).requests == [.heartbeat(idleSeconds: 0)])
        #expect(rig.fail(.noActiveSession, at: 60).requests == [])
        #expect(rig.on(.tick, at: 61).requests == [.start])
        rig.answer(.started(Times.session(), isNew: false), at: 61)
        #expect(rig.fail(.noActiveSession, at: 61).requests == [])
        #expect(rig.on(.tick, at: 62).requests == [])
        #expect(rig.on(.tick, at: 63).requests == [.start])
    }

    @Test func aShortSleepKeepsTheCapturePlan() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 30)
        rig.on(.tick, at: 31, slept: 60)
        #expect(rig.session.plan?.remaining(at: Times.at(31).monotonic) == .seconds(29))
    }

    @Test func aChangeOfTheWallClockChangesNoDuration() {
        var rig = Rig.tracking()
        var moment = Times.at(50)
        moment.wall = moment.wall.adding(seconds: 86_400)
        let actions = rig.session.handle(.tick, at: moment)
        #expect(actions.requests == [] && actions.notes == [] && actions.spans == [])
        #expect(rig.session.sessionTotals(at: moment)?.activeSeconds == 50)
    }

    @Test func theTokenIsRefreshedAtHalfItsLife() {
        var rig = Rig()
        rig.on(.signedIn(tokenLife: .seconds(1000), .nothing), at: 0)
        rig.answer(.day(Times.day(), intervalSeconds: nil), at: 0)
        rig.on(.tick, at: 480)
        rig.answer(.day(Times.day(), intervalSeconds: nil), at: 480)
        #expect(rig.on(.tick, at: 499).requests == [])
        #expect(rig.on(.tick, at: 500).requests == [.refresh])
        rig.answer(.refreshed(tokenLife: .seconds(1000)), at: 500)
        rig.on(.tick, at: 980)
        rig.answer(.day(Times.day(), intervalSeconds: nil), at: 980)
        #expect(rig.on(.tick, at: 999).requests == [])
        #expect(rig.on(.tick, at: 1000).requests == [.refresh])
    }

    @Test func aLoginThatEndsBlocksRequestsAndNotTracking() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 60)
        #expect(rig.fail(.loginEnded, at: 60).notes == [.loginEnded])
        #expect(rig.session.block == .password)
        let capture = rig.on(.tick, at: 120)
        #expect(capture.contains(.capture))
        #expect(capture.requests == [])
        rig.on(.captureEnded, at: 121)
        rig.on(.idleSampled(sinceInput: .seconds(180), taken: .seconds(1200)), at: 200)
        #expect(rig.session.work?.pendingIdle == 180)
        let back = rig.on(.signedIn(tokenLife: .seconds(1000), .nothing), at: 210)
        #expect(back.requests == [.heartbeat(idleSeconds: 180)])
        #expect(rig.session.phase == .tracking)
    }

    @Test func anAnswerToAForgottenRequestChangesNothing() {
        var rig = Rig.tracking()
        let before = rig.session.work
        rig.on(.answered(999, .beaten(idleSeconds: 50)), at: 10)
        #expect(rig.session.work == before)
    }

    @Test func leavingStopsTheSessionAndThenLeaves() {
        var rig = Rig.tracking()
        #expect(rig.on(.leave, at: 10).requests == [.stop(idleSeconds: 0)])
        let left = rig.answer(.stopped(Times.ended(Times.session(), at: 10)), at: 10.2)
        #expect(left.last == .left)
        #expect(rig.session.phase == .signedOut)
    }

    @Test func leavingWithoutASessionLeavesAtOnce() {
        var rig = Rig()
        rig.signIn()
        rig.answer(.day(Times.day(), intervalSeconds: nil), at: 0)
        #expect(rig.on(.leave, at: 1) == [.left])
    }

    @Test func leavingWaitsAMomentForTheRequestOnItsWayThenStopsAnyway() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 60)
        #expect(rig.on(.leave, at: 60) == [])
        #expect(rig.on(.tick, at: 60.9) == [])
        #expect(rig.on(.tick, at: 61).requests == [.stop(idleSeconds: 1)])
        #expect(rig.on(.tick, at: 62) == [])
        #expect(rig.on(.tick, at: 62.5) == [.left])
    }

    @Test func leavingWhileASessionIsBeingOpenedClosesIt() {
        var rig = Rig()
        rig.signIn()
        rig.answer(.day(Times.day(), intervalSeconds: 120), at: 0)
        #expect(rig.request?.kind == .start)
        rig.on(.leave, at: 0.1)
        let opened = rig.answer(.started(Times.session(), isNew: true), at: 0.3)
        #expect(opened.requests == [.stop(idleSeconds: 0)])
        #expect(opened.contains(.capture) == false)
    }

    @Test func anUploadThatFindsTheServerGoneAsksAtOnce() {
        var rig = Rig.tracking()
        #expect(rig.on(.serverFailed, at: 20).requests == [.day])
        rig.fail(.unreachable("Refused."), at: 20)
        #expect(rig.session.outage != nil)
        #expect(rig.on(.serverAnswered, at: 20.5).requests == [.day])
    }

    @Test func stopThatTheServerKnowsNothingOfIsDone() {
        var rig = Rig.tracking()
        rig.on(.stopPressed, at: 10)
        let done = rig.fail(.noActiveSession, at: 10)
        #expect(done.notes == [.sessionClosedByServer(keptSeconds: 10)])
        #expect(done.spans == ["0...10 idle 0"])
        #expect(done.requests == [.day])
        #expect(rig.session.isClosing == false)
    }

    @Test func stopIsTriedAgainWhileOffline() {
        var rig = Rig.tracking()
        rig.on(.stopPressed, at: 10)
        rig.fail(.unreachable("Refused."), at: 10)
        #expect(rig.on(.tick, at: 11).requests == [.stop(idleSeconds: 1)], "what lies between the stop and its arrival")
    }

    @Test func startAfterAStopThatIsOnItsWayComesAfterIt() {
        var rig = Rig.tracking()
        rig.on(.stopPressed, at: 10)
        #expect(rig.on(.startPressed, at: 10.1).requests == [])
        #expect(rig.answer(.stopped(Times.ended(Times.session(), at: 10)), at: 10.2).requests == [.start])
    }

    @Test func aRefusalIsToldAndTriedAgainLater() {
        var rig = Rig()
        rig.signIn()
        rig.answer(.day(Times.day(), intervalSeconds: 120), at: 0)
        #expect(rig.fail(.refused("Not you."), at: 0).notes == [.requestRefused("Not you.")])
        #expect(rig.session.phase == .starting)
        #expect(rig.on(.tick, at: 1).requests == [.start])
    }

    @Test func theServersPauseIsRespected() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 60)
        rig.fail(.tryLater("Too many.", retryAfter: .seconds(30)), at: 60)
        #expect(rig.session.outage?.isUnreachable == false)
        #expect(rig.on(.tick, at: 89).requests == [])
        #expect(rig.on(.tick, at: 90).requests == [.heartbeat(idleSeconds: 0)])
    }

    @Test func todayIsTheOtherSessionsAndThisOneTogether() {
        var rig = Rig()
        rig.signIn()
        rig.answer(.day(Times.day(active: 100, idle: 20), intervalSeconds: 120), at: 0)
        rig.answer(.started(Times.session(), isNew: true), at: 0)
        #expect(rig.session.dayTotals(at: Times.at(7)) == WorkTotals(activeSeconds: 107, idleSeconds: 20))
        rig.answer(.day(Times.day(active: 100, idle: 20, session: Times.session()), intervalSeconds: 120), at: 0.4)
        #expect(rig.session.dayTotals(at: Times.at(8)) == WorkTotals(activeSeconds: 108, idleSeconds: 20))
    }

    @Test func numbersThatNoServerShouldSayAreBounded() {
        var rig = Rig()
        rig.signIn()
        rig.answer(.day(Times.day(active: .max, idle: .min), intervalSeconds: -5), at: 0)
        #expect(rig.session.interval == 0)
        for idle in [Double.infinity, .nan, -1, 1e300] {
            var wild = rig
            wild.answer(.started(Times.session(idle: idle), isNew: false), at: 0)
            wild.answer(.beaten(idleSeconds: idle), at: 1)
            wild.answer(
                .day(Times.day(active: .max, idle: .max, session: Times.session(idle: idle)), intervalSeconds: .max),
                at: 1)
            #expect(wild.session.interval == 86_400)
            #expect(wild.session.dayTotals(at: Times.at(2))?.idleSeconds ?? -1 >= 0)
        }
    }
}
