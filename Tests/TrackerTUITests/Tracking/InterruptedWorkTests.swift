import Shared
import Testing

@testable import TrackerTUI

/// Two computers, a client that was killed, a machine that sleeps: what was worked counts once, and what was not does not.
struct InterruptedWorkTests {
    // MARK: Two computers

    @Test func aKeyTakesOverAgain() {
        var rig = Rig.tracking()
        rig.on(.trackedElsewhere(host: nil), at: 30)
        #expect(rig.session.isTracking == false)
        #expect(rig.session.work == nil)
        rig.answer(.day(Times.day(session: Times.session()), intervalSeconds: 120), at: 30)
        #expect(rig.session.isTracking == false, "nothing but the key takes over")
        #expect(rig.on(.startPressed, at: 90).requests == [.start])
        rig.answer(.started(Times.session(beatAt: 80), isNew: false), at: 90)
        #expect(rig.session.phase == .tracking)
    }

    /// The server ends the session of which the client never heard, where it began.
    @Test func workBeforeAndAfterAStartWhoseAnswerWasLostArrives() {
        var rig = Rig()
        rig.signIn(.init(interval: 120))
        rig.fail(.unreachable("Refused."), at: 0)
        rig.on(.captureEnded, at: 0)
        rig.on(.tick, at: 100)
        #expect(rig.answer(.day(Times.day(), intervalSeconds: 120), at: 100).requests == [.start])
        rig.fail(.unreachable("The answer is lost."), at: 110)
        rig.on(.idleSampled(sinceInput: .seconds(200), taken: Times.at(200).monotonic), at: 200)
        #expect(rig.request?.kind == .start)
        let found = rig.answer(.started(Times.session(startedAt: 201), isNew: true), at: 201)
        #expect(found.spans == ["0...201 idle 200"])
    }

    @Test func whoHasStoppedElsewhereTracksThereNoLonger() {
        var rig = Rig.tracking()
        rig.on(.trackedElsewhere(host: "laptop"), at: 30)
        rig.answer(.day(Times.day(session: Times.session(startedAt: 30)), intervalSeconds: 120), at: 30)
        rig.on(.tick, at: 90)
        let told = rig.answer(.day(Times.day(), intervalSeconds: 120), at: 90)
        #expect(told.notes == [.elsewhereEnded(host: "laptop")])
        #expect(rig.session.phase == .stopped)
        #expect(rig.on(.startPressed, at: 100).requests == [.start])
    }

    @Test func aStopThatComesAfterATakeOverEndsNothing() {
        var rig = Rig.tracking()
        rig.on(.stopPressed, at: 10)
        let done = rig.fail(.trackedElsewhere(host: "laptop"), at: 10)
        #expect(rig.session.phase == .stopped)
        #expect(rig.session.isClosing == false)
        #expect(done.spans == ["0...10 idle 0"])
    }

    // MARK: A client that died

    /// The server ends its session where it was heard of last, and the span goes on with that.
    @Test func theTimeInWhichNoClientRanIsNoWork() {
        var rig = Rig()
        rig.signIn(
            .init(
                interval: 120, work: [Times.stretch(-190, -150, idle: 7, told: -191)], confirmedAt: Times.at(-191).wall)
        )
        #expect(rig.kept == nil)
        let own = Times.session(startedAt: -600, beatAt: -191)
        #expect(rig.answer(.day(Times.day(session: own), intervalSeconds: 120), at: 0).requests == [.start])
        #expect(rig.answer(.started(Times.session(), isNew: true), at: 0).spans == [])
        #expect(rig.session.sessionTotals(at: Times.at(5)) == WorkTotals(activeSeconds: 5, idleSeconds: 0))
    }

    @Test func whatADeadClientWorkedIsDeliveredByTheNextRun() {
        var rig = Rig()
        let earlier = TrackingSession.Earlier(interval: 120, work: [Times.stretch(-1000, -900, idle: 7, told: -1001)])
        let actions = rig.on(.signedIn(tokenLife: .seconds(1000), earlier), at: 0)
        #expect(actions.spans == ["-1001...-900 idle 7"])
    }

    @Test func theLaunchEndsTheTimeInWhichNoClientRan() {
        var rig = Rig()
        rig.signIn(.init(interval: 120, work: [Times.stretch(-190, -150)], confirmedAt: Times.at(-190).wall))
        rig.fail(.unreachable("No answer."), at: 20)
        rig.on(.captureEnded, at: 20)
        #expect(rig.kept?.stretches.map(\.text) == ["0...20 idle 0"])
        #expect(rig.on(.tick, at: 30).requests == [.day])
    }

    @Test func aDeadClientsSessionThatIsAnothersByNowIsTakenOverByAKeyOnly() {
        var rig = Rig()
        rig.signIn(.init(interval: 120, work: [Times.stretch(-190, -150)], confirmedAt: Times.at(-190).wall))
        let other = Times.session(startedAt: -100, beatAt: -1)
        #expect(
            rig.answer(.day(Times.day(session: other), intervalSeconds: 120), at: 0).requests == [
                .heartbeat(idleSeconds: 0)
            ])
        #expect(rig.fail(.trackedElsewhere(host: "laptop"), at: 0).spans == [])
        #expect(rig.session.isTracking == false)
    }

    @Test func whatIsUnderWayIsOnDiskEveryTenSecondsAndWhenABeatWasAccepted() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 9)
        #expect(rig.kept?.stretches.map(\.text) == ["0...0 idle 0"])
        rig.on(.tick, at: 10)
        #expect(rig.kept?.stretches.map(\.text) == ["0...10 idle 0"])
        rig.on(.tick, at: 60)
        rig.answer(.beaten(idleSeconds: 0), at: 61)
        #expect(rig.kept?.stretches.map(\.text) == ["60...61 idle 0"])
        #expect(rig.kept?.hasSession == true)
    }

    @Test func leavingWithoutTheServerLeavesTheWorkForTheNextRun() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 60)
        rig.fail(.unreachable("Refused."), at: 60)
        rig.on(.captureEnded, at: 61)
        rig.on(.leave, at: 100)
        rig.fail(.unreachable("Refused."), at: 100)
        let left = rig.fail(.unreachable("Refused."), at: 100)
        #expect(left == [.left])
        #expect(rig.kept?.stretches.map(\.text) == ["0...100 idle 0"])
        #expect(rig.kept?.hasSession == false, "the next run takes over from whoever has begun since")
    }

    /// What a stop can't carry would go with beats before it, which a server that is away does not take either.
    @Test func leavingDuringAnOutageAsksOnceWhateverIsToBeTold() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 150)
        rig.answer(.beaten(idleSeconds: 0), at: 150)
        rig.answer(.day(Times.day(session: Times.session(beatAt: 150)), intervalSeconds: 120), at: 150)
        rig.on(.captureEnded, at: 150)
        let paused = rig.on(.idleSampled(sinceInput: .seconds(180), taken: Times.at(180).monotonic), at: 180)
        #expect(paused.requests == [.heartbeat(idleSeconds: 34)], "a pause that is long enough is told at once")
        rig.fail(.unreachable("Refused."), at: 180)
        let left = rig.on(.leave, at: 181)
        #expect(left.requests == [.stop(idleSeconds: 35)])
        #expect(rig.fail(.unreachable("Refused."), at: 181) == [.left])
    }

    /// It would wait for the next run, if the pause were waited for.
    @Test func whatIsKeptGoesOutWhenTheEmployeeStops() {
        var rig = Rig()
        rig.signIn(.init(interval: 120))
        rig.fail(.unreachable("Refused."), at: 0)
        rig.on(.captureEnded, at: 0)
        rig.on(.idleSampled(sinceInput: .seconds(20), taken: Times.at(100).monotonic), at: 100)
        rig.answer(.day(Times.day(), intervalSeconds: 120), at: 100)
        #expect(rig.answer(.started(Times.session(startedAt: 100), isNew: true), at: 100).spans == [])
        #expect(rig.on(.stopPressed, at: 110).spans == ["0...100 idle 0"])
    }

    // MARK: Sleep

    /// Whether the server has ended the session meanwhile or not.
    @Test(arguments: [120.0, 3600])
    func sleepIsNeitherActiveNorIdle(length: Double) {
        var rig = Rig.tracking()
        rig.on(.tick, at: 30)
        let woken = rig.on(.tick, at: 31, slept: length)
        #expect(woken.notes == [.slept(.seconds(length))])
        #expect(woken.contains(.capture), "one that was due meanwhile is taken once")
        #expect(woken.spans == ["0...31 idle 0"])
        #expect(woken.requests == [.day], "somebody may have begun at another computer")
        rig.on(.captureEnded, at: 31, slept: length)
        let old = length > 300 ? nil : Times.session()
        #expect(
            rig.answer(.day(Times.day(session: old), intervalSeconds: 120), at: 31, slept: length).requests == [.start])
        let begun = Int(length) + 32
        let next = rig.answer(.started(Times.session(startedAt: begun), isNew: true), at: 32, slept: length)
        #expect(next.spans == ["\(begun - 1)...\(begun) idle 0"])
        #expect(
            rig.session.sessionTotals(at: Times.at(42, slept: length)) == WorkTotals(activeSeconds: 10, idleSeconds: 0))
    }

    @Test func whoBeganElsewhereDuringASleepIsNotTakenOver() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 31, slept: 200)
        let other = Times.session(startedAt: 100, beatAt: 220, id: "eve-2")
        let found = rig.answer(.day(Times.day(session: other), intervalSeconds: 120), at: 31, slept: 200)
        #expect(found.requests == [.heartbeat(idleSeconds: 0)])
        // A machine that falls asleep again before that is answered asks again.
        #expect(rig.on(.tick, at: 32, slept: 300).requests == [.day])
        rig.answer(.day(Times.day(session: other), intervalSeconds: 120), at: 32, slept: 300)
        rig.fail(.trackedElsewhere(host: nil), at: 32, slept: 300)
        #expect(!rig.session.isTracking)
    }

    @Test func everyPieceBetweenSleepsArrivesWithoutAServer() {
        var rig = Rig()
        rig.signIn(.init(interval: 120))
        rig.fail(.unreachable("Refused."), at: 0)
        rig.on(.captureEnded, at: 0)
        rig.on(.tick, at: 50)
        #expect(rig.on(.tick, at: 51, slept: 500).spans == ["0...51 idle 0"])
        #expect(rig.on(.tick, at: 90, slept: 900).spans == ["551...590 idle 0"])
    }
}
