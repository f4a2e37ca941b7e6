import Testing

@testable import TrackerTUI

/// What was begun for one login and ends during the next.
struct LateAnswerTests {
    /// Eve's upload is out when she logs out and Bob logs in: his is epoch 3.
    private func bobAfterEve() -> Scene {
        var scene = Scene.tracking()
        scene.press(.character("l"), at: 10)
        scene.work(.success(.stopped(Times.ended(Times.session(), at: 10))), at: 10)
        scene.on(.tick, at: 11)
        scene.press(.backTab, .control("u"), .paste("bob@example.com"), .enter, .paste("bobs-password"), .enter, at: 11)
        scene.logIn(at: 12)
        return scene
    }

    @Test func theNextEmployeesCapturesAreNotHeldUp() {
        let scene = bobAfterEve()
        #expect(scene.model.account?.email == "bob@example.com")
        #expect(scene.effects.contains { if case .deliver(_, epoch: 3) = $0 { true } else { false } })
    }

    @Test func theEndOfTheOldLoginIsNotTheNewOnes() {
        var scene = bobAfterEve()
        scene.on(.delivered(.loginEnded, epoch: 1, queue: .with(pending: 5)), at: 13)
        #expect(scene.model.tracking.block == nil)
        #expect(scene.prompt == nil)
        #expect(scene.model.queue?.pending == 5)
        let next = scene.on(.delivered(.delivered(LastCapture.first.id, file: "b.png"), epoch: 3, queue: .with()))
        #expect(next.contains { if case .deliver = $0 { true } else { false } }, "deliveries go on")
    }

    @Test func aCaptureThatEndsAfterTheLogoutIsInTheLogAndNotOnTheScreen() {
        var scene = bobAfterEve()
        let entries = scene.model.messages.entries
        let effects = scene.on(.captured(.queued(.first), epoch: 1, queue: .with(pending: 1)), at: 13)
        let note = Note.captured(width: 1920, height: 1080, bytes: 182_000)
        #expect(effects == [.record(LogEntry(at: Times.at(13).wall, note: note))])
        #expect(scene.model.lastCapture == nil)
        #expect(scene.model.messages.entries == entries)
    }

    @Test func theOldTokensEndAfterANewLoginAsksForNoPassword() {
        var scene = Scene.tracking()
        scene.on(.tick, at: 60)
        scene.work(.failure(.invalidToken), at: 60)
        scene.press(.paste("eves-password"), .enter, at: 61)
        scene.logIn(at: 62)
        scene.on(.delivered(.loginEnded, epoch: 1, queue: .with(pending: 1)), at: 63)
        #expect(scene.model.tracking.block == nil)
        #expect(scene.on(.tick, at: 64).contains { if case .deliver(_, epoch: 2) = $0 { true } else { false } })
        scene.on(.captured(.queued(.first), epoch: 1, queue: .with(pending: 1)), at: 65)
        #expect(scene.model.lastCapture == .first, "it is still the same employee's")
    }
}
