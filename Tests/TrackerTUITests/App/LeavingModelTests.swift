import Testing

@testable import TrackerTUI

struct LeavingModelTests {
    @Test func quitStopsTheSessionFirstAndHasADeadline() {
        var scene = Scene.tracking()
        scene.emptyQueue()
        let asked = scene.press(.character("q"), at: 10)
        #expect(asked.filter { if case .tick = $0 { true } else { false } }.count == 2)
        #expect(scene.model.tracking.inFlight?.kind == .stop(idleSeconds: 0))
        let done = scene.work(.success(.stopped(Times.ended(Times.session(), at: 10))), at: 10)
        #expect(done.last == .exit(0))
    }

    private func logsOut(_ effects: [Effect]) -> Bool {
        effects.contains { if case .logOut = $0 { true } else { false } }
    }

    @Test(arguments: [AppEvent.interrupt, .terminal(.key(.character("q")))])
    func whoTellsItToEndIsLoggedOut(event: AppEvent) {
        var scene = Scene.tracking()
        scene.emptyQueue()
        scene.on(event, at: 10)
        let done = scene.work(.success(.stopped(Times.ended(Times.session(), at: 10))), at: 10)
        #expect(logsOut(done))
        #expect(done.last == .exit(0))
    }

    @Test(arguments: [AppEvent.terminate, .terminal(.closed)])
    func whatIsOnlyStoppedGoesOnWithTheNextStart(event: AppEvent) {
        var scene = Scene.tracking()
        scene.emptyQueue()
        scene.on(event, at: 10)
        let done = scene.work(.success(.stopped(Times.ended(Times.session(), at: 10))), at: 10)
        #expect(!logsOut(done))
        #expect(done.last == .exit(0))
    }

    @Test func whoQuitsBeforeALoginHasNothingToLogOutOf() {
        var scene = Scene()
        let done = scene.on(.interrupt)
        #expect(!logsOut(done))
        #expect(done.last == .exit(0))
    }

    @Test func quitWithoutAnAnswerEndsAtTheDeadline() {
        var scene = Scene.tracking()
        scene.on(.terminate, at: 10)
        #expect(scene.on(.tick, at: 12.4).contains(.exit(0)) == false)
        #expect(scene.on(.tick, at: 12.6).contains(.exit(0)))
    }

    @Test func logoutStopsAndComesBackToTheLoginFormWithoutMessages() {
        var scene = Scene.tracking()
        scene.emptyQueue()
        scene.press(.character("l"), at: 10)
        let done = scene.work(.success(.stopped(Times.ended(Times.session(), at: 10))), at: 10)
        #expect(done.contains { if case .logOut = $0 { true } else { false } })
        guard case .login(let screen) = scene.model.screen else {
            Issue.record("not on the login screen")
            return
        }
        #expect(screen[.email].text == "eve@example.com")
        #expect(screen[.password].text == "")
        #expect(scene.model.messages.entries == [])
    }

    @Test func aSignalDuringALogoutEndsTheProgram() {
        var scene = Scene.tracking()
        scene.emptyQueue()
        scene.press(.character("l"), at: 10)
        scene.on(.terminate, at: 10)
        let done = scene.work(.success(.stopped(Times.ended(Times.session(), at: 10))), at: 10)
        #expect(logsOut(done), "that was asked for")
        #expect(done.last == .exit(0))
    }

    @Test func aClosedTerminalIsALeave() {
        var scene = Scene()
        #expect(scene.on(.terminal(.closed)).last == .exit(0))
    }

    @Test func controlZSuspendsTheScreenAndChangesNothingElse() {
        var scene = Scene.tracking()
        #expect(scene.press(.control("z")) == [.suspend])
        #expect(scene.model.tracking.isTracking)
    }

    /// Else hours that were worked during an outage would arrive with the next start.
    @Test func whoLeavesWaitsForWhatIsBeingDelivered() {
        var scene = Scene.tracking()
        scene.press(.character("q"), at: 10)
        scene.work(.success(.stopped(Times.session(beatAt: 10))), at: 10.1)
        #expect(!scene.hasLeft)
        let capture = AppEvent.DeliveryOutcome.delivered(LastCapture.first.id, file: "a.png")
        scene.on(.delivered(capture, epoch: 1, queue: .with(pending: 1)), at: 10.2)
        #expect(!scene.hasLeft)
        scene.on(.delivered(.workDelivered(seconds: 10, refused: 0, reason: nil), epoch: 1, queue: .with()), at: 10.3)
        #expect(!scene.hasLeft)
        scene.emptyQueue(at: 10.4)
        #expect(scene.hasLeft)
    }

    @Test func whoLeavesWaitsForItNoLongerThanASecond() {
        var scene = Scene.tracking()
        scene.press(.character("q"), at: 10)
        scene.work(.success(.stopped(Times.session(beatAt: 10))), at: 10.1)
        scene.on(.tick, at: 10.99)
        #expect(!scene.hasLeft)
        scene.on(.tick, at: 11.01)
        #expect(scene.hasLeft)
    }

    /// The server was found to be well after an upload whose answer was lost.
    @Test func whoLeavesTriesOnceMoreWhatIsPutOff() {
        var scene = Scene.tracking()
        scene.on(.delivered(.unanswered(reason: "Reset."), epoch: 1, queue: .with(pending: 1)), at: 1)
        scene.work(.success(.day(Times.day(session: Times.session()), intervalSeconds: 180)), at: 1)
        let leaving = scene.press(.character("q"), at: 1.1)
        #expect(leaving.contains { if case .deliver = $0 { true } else { false } })
    }

    @Test func whoLeavesDuringAnOutageTriesOnceMore() {
        var scene = Scene.tracking()
        scene.on(.delivered(.unanswered(reason: "Refused."), epoch: 1, queue: .with(pending: 1)), at: 1)
        scene.work(.failure(.unreachable("Refused.")), at: 1)
        let leaving = scene.press(.character("q"), at: 1.1)
        #expect(leaving.contains { if case .deliver = $0 { true } else { false } })
        scene.work(.failure(.unreachable("Refused.")), at: 1.2)
        #expect(!scene.hasLeft)
        scene.on(.delivered(.unanswered(reason: "Refused."), epoch: 1, queue: .with(pending: 1)), at: 1.3)
        #expect(scene.hasLeft)
    }
}
