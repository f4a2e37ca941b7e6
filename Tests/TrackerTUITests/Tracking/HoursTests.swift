import Shared
import Testing

@testable import TrackerTUI

/// Every second that was worked counts, and none that was not, whatever happens to server, login and machine.
struct HoursTests {
    private func begin(_ rig: inout Rig, interval: Int? = 120) {
        rig.signIn(.init(interval: interval))
    }

    // MARK: The server was away

    @Test func workOfALongSilenceIsDeliveredUpToWhereTheNextSessionBegins() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 60)
        #expect(rig.fail(.unreachable("Refused."), at: 60).notes == [.wentOffline("Refused.")])
        rig.on(.captureEnded, at: 120)
        rig.on(.tick, at: 400)
        let gone = rig.fail(.noActiveSession, at: 401)
        #expect(gone.notes == [.sessionClosedByServer(keptSeconds: 401)])
        #expect(gone.requests == [.start])
        #expect(gone.spans == [], "it goes on until the next session begins")
        let next = rig.answer(.started(Times.session(startedAt: 402, id: "eve-2"), isNew: true), at: 402)
        #expect(next.spans == ["0...402 idle 0"])
        #expect(rig.session.phase == .tracking)
        #expect(rig.session.sessionTotals(at: Times.at(412)) == WorkTotals(activeSeconds: 10, idleSeconds: 0))
    }

    @Test func afterAShortSilenceTheSessionGoesOn() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 60)
        rig.fail(.unreachable("Refused."), at: 60)
        rig.on(.tick, at: 200)
        #expect(rig.answer(.beaten(idleSeconds: 0), at: 200).spans == [])
        #expect(rig.session.untold(at: Times.at(230)) == .seconds(30))
    }

    @Test func aSessionThatEndedBetweenTwoBeatsBeginsTheStretchWhereTheServerHeardLast() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 60)
        rig.answer(.beaten(idleSeconds: 0), at: 60)
        rig.answer(.day(Times.day(session: Times.session(beatAt: 61)), intervalSeconds: 120), at: 60)
        rig.on(.tick, at: 500)
        rig.fail(.noActiveSession, at: 500)
        #expect(rig.answer(.started(Times.session(startedAt: 500), isNew: true), at: 500).spans == ["61...500 idle 0"])
    }

    @Test func workThatIsLongerThanADayIsDivided() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 60)
        rig.fail(.unreachable("Refused."), at: 60)
        #expect(rig.on(.tick, at: 12 * 3600 + 1).spans == ["0...43201 idle 0"])
        #expect(rig.on(.tick, at: 24 * 3600 + 2).spans == ["43201...86402 idle 0"])
    }

    // MARK: Started without a server

    @Test func whoHasNotLoggedOutWorksWhileTheServerIsAway() {
        var rig = Rig()
        begin(&rig)
        let begun = rig.fail(.unreachable("Refused."), at: 1)
        #expect(rig.session.phase == .tracking)
        #expect(begun.contains(.capture))
        #expect(begun.notes == [.wentOffline("Refused."), .trackingWithoutServer])
        #expect(rig.session.outage?.since == Times.at(1).wall)
        rig.on(.captureEnded, at: 2)
        rig.on(.tick, at: 300)
        // The server is back: first whether somebody has begun elsewhere since, then the start.
        let told = rig.answer(.day(Times.day(), intervalSeconds: 120), at: 301)
        #expect(told.requests == [.start])
        #expect(rig.answer(.started(Times.session(startedAt: 301), isNew: true), at: 301).spans == ["0...301 idle 0"])
    }

    @Test func workBeginsWithTheLaunchHoweverLongTheServerIsAsked() {
        var rig = Rig()
        begin(&rig)
        rig.fail(.unreachable("No answer."), at: 30)
        rig.on(.captureEnded, at: 31)
        #expect(rig.session.sessionTotals(at: Times.at(40)) == WorkTotals(activeSeconds: 40, idleSeconds: 0))
        #expect(rig.kept?.stretches.map(\.text) == ["0...30 idle 0"])
        rig.on(.tick, at: 300)
        rig.answer(.day(Times.day(), intervalSeconds: 120), at: 320)
        #expect(rig.answer(.started(Times.session(startedAt: 321), isNew: true), at: 321).spans == ["0...321 idle 0"])
    }

    @Test func whatPassesBeforeAServerAnswersAfterAllIsCountedOnce() {
        var rig = Rig()
        begin(&rig)
        #expect(rig.answer(.day(Times.day(), intervalSeconds: 120), at: 20).requests == [.start])
        #expect(rig.answer(.started(Times.session(startedAt: 21), isNew: true), at: 21).spans == ["0...21 idle 0"])
        #expect(rig.session.sessionTotals(at: Times.at(31)) == WorkTotals(activeSeconds: 10, idleSeconds: 0))
        var quick = Rig()
        begin(&quick)
        quick.answer(.day(Times.day(), intervalSeconds: 120), at: 0.4)
        #expect(quick.answer(.started(Times.session(), isNew: true), at: 0.8).spans == [])
    }

    @Test func whoseIntervalWasTakenAwayMeanwhileHasNotWorked() {
        var rig = Rig()
        begin(&rig)
        #expect(rig.answer(.day(Times.day(), intervalSeconds: nil), at: 20).spans == [])
        #expect(rig.session.work == nil)
        #expect(rig.on(.leave, at: 40) == [.left])
    }

    @Test func whoLeavesBeforeTheServerHasAnsweredHasWorked() {
        var rig = Rig()
        begin(&rig)
        #expect(rig.on(.leave, at: 8).spans == ["0...8 idle 0"])
    }

    @Test func workBeginsWithTheKeyHoweverLongTheServerIsAsked() {
        var rig = Rig.tracking()
        rig.on(.stopPressed, at: 5)
        rig.answer(.stopped(Times.ended(Times.session(), at: 5)), at: 5)
        #expect(rig.request?.kind == .day)
        rig.on(.startPressed, at: 10)
        rig.fail(.unreachable("No answer."), at: 30)
        #expect(rig.session.isTracking)
        #expect(rig.kept?.stretches.map(\.text) == ["10...30 idle 0"])
        var changed = Rig.tracking()
        changed.on(.stopPressed, at: 5)
        changed.answer(.stopped(Times.ended(Times.session(), at: 5)), at: 5)
        changed.on(.startPressed, at: 10)
        #expect(changed.on(.stopPressed, at: 14).spans == ["10...14 idle 0"])
        #expect(changed.session.phase == .stopped)
    }

    @Test func aMachineThatSleepsWhileTheServerIsAskedHasNotWorked() {
        var rig = Rig()
        begin(&rig)
        rig.on(.tick, at: 1, slept: 3600)
        rig.fail(.unreachable("No answer."), at: 11, slept: 3600)
        #expect(rig.kept?.stretches.map(\.text) == ["3601...3611 idle 0"])
    }

    /// Its launch lay before the sleep that its first question went out after.
    @Test func aLaunchBeforeASleepIsNoBeginning() {
        var rig = Rig()
        rig.on(.signedIn(tokenLife: .seconds(1000), .init(interval: 120, begun: Times.at(0))), at: 4, slept: 600)
        rig.fail(.unreachable("No answer."), at: 14, slept: 600)
        #expect(rig.kept?.stretches.map(\.text) == ["604...614 idle 0"])
    }

    @Test func withoutAnIntervalNothingIsTrackedWithoutTheServer() {
        var rig = Rig()
        begin(&rig, interval: nil)
        rig.fail(.unreachable("Refused."), at: 1)
        #expect(rig.session.phase == .waiting)
        #expect(rig.session.work == nil)
    }

    @Test func aLoginThatHasEndedMeanwhileIsAskedForWhileWorkIsKept() {
        var rig = Rig()
        begin(&rig)
        #expect(rig.fail(.loginEnded, at: 1).notes == [.loginEnded, .trackingWithoutServer])
        #expect(rig.session.phase == .tracking)
        rig.on(.captureEnded, at: 2)
        rig.on(.signedIn(tokenLife: .seconds(1000), .nothing), at: 600)
        rig.answer(.day(Times.day(), intervalSeconds: 120), at: 600)
        #expect(rig.answer(.started(Times.session(startedAt: 600), isNew: true), at: 600).spans == ["0...600 idle 0"])
    }

    @Test func whoStartedElsewhereLaterIsNotTakenOver() {
        var rig = Rig()
        begin(&rig)
        rig.fail(.unreachable("Refused."), at: 1)
        rig.on(.captureEnded, at: 1)
        rig.on(.tick, at: 600)
        let other = Times.session(startedAt: 300, beatAt: 590)
        #expect(
            rig.answer(.day(Times.day(session: other), intervalSeconds: 120), at: 600).requests == [
                .heartbeat(idleSeconds: 0)
            ])
        let yielded = rig.fail(.trackedElsewhere(host: "laptop"), at: 600)
        #expect(yielded.spans == ["0...600 idle 0"], "the server knows what of it is covered")
        #expect(yielded.notes == [.trackedElsewhere(host: "laptop")])
        #expect(rig.session.phase == .elsewhere(.init(host: "laptop", since: Times.at(600).wall)))
        #expect(rig.session.plan == nil)
    }

    @Test func whoStartedElsewhereBeforeIsTakenOver() {
        var rig = Rig()
        begin(&rig)
        rig.fail(.unreachable("Refused."), at: 1)
        rig.on(.captureEnded, at: 1)
        rig.on(.tick, at: 600)
        let other = Times.session(startedAt: -300, beatAt: 590)
        #expect(rig.answer(.day(Times.day(session: other), intervalSeconds: 120), at: 600).requests == [.start])
    }

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
        begin(&rig)
        rig.fail(.unreachable("Refused."), at: 0)
        rig.on(.captureEnded, at: 0)
        rig.on(.tick, at: 50)
        #expect(rig.on(.tick, at: 51, slept: 500).spans == ["0...51 idle 0"])
        #expect(rig.on(.tick, at: 90, slept: 900).spans == ["551...590 idle 0"])
    }

    // MARK: Stops without a server

    @Test func aPauseBetweenAStopAndAStartThatTheServerNeverHeardOfIsNoWork() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 60)
        rig.fail(.unreachable("Refused."), at: 60)
        rig.on(.captureEnded, at: 60)
        rig.on(.stopPressed, at: 100)
        rig.fail(.unreachable("Refused."), at: 100)
        #expect(rig.on(.startPressed, at: 160).spans == ["0...100 idle 0"])
        #expect(rig.session.isTracking)
        rig.on(.tick, at: 500)
        let own = Times.session(beatAt: 0)
        #expect(rig.answer(.day(Times.day(session: own), intervalSeconds: 120), at: 500).requests == [.start])
        #expect(
            rig.answer(.started(Times.session(startedAt: 500), isNew: true), at: 500).spans == ["160...500 idle 0"])
    }

    // MARK: Beats, accounts

    @Test func thereAreThreeBeatsWithinTheServersTimeOutWhateverIsSet() {
        var rig = Rig()
        rig.signIn()
        rig.answer(.day(Times.day(timeout: 20), intervalSeconds: 120), at: 0)
        rig.answer(.started(Times.session(), isNew: true), at: 0)
        rig.answer(.day(Times.day(session: Times.session(), timeout: 20), intervalSeconds: 120), at: 0)
        rig.on(.captureEnded, at: 0)
        var beats: [Int] = []
        for second in 1...20 {
            rig.on(.tick, at: Double(second))
            if rig.request?.kind == .heartbeat(idleSeconds: 0) {
                beats.append(second)
                rig.answer(.beaten(idleSeconds: 0), at: Double(second))
            }
            let session = Times.session(beatAt: second)
            rig.answer(.day(Times.day(session: session, timeout: 20), intervalSeconds: 120), at: Double(second))
        }
        #expect(beats == [6, 12, 18])
    }

    @Test func anAccountThatIsGoneEndsEverythingAndKeepsWhatWaits() {
        var rig = Rig.tracking()
        rig.on(.tick, at: 60)
        let gone = rig.fail(.accountRemoved, at: 60)
        #expect(gone.notes == [.accountRemoved])
        #expect(gone.spans == ["0...60 idle 0"])
        #expect(gone.last == .putAllAside)
        #expect(rig.session.plan == nil)
        #expect(rig.on(.startPressed, at: 70) == [])
        #expect(rig.on(.tick, at: 400) == [])
        #expect(rig.on(.leave, at: 401) == [.left])
    }
}
