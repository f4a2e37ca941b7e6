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
