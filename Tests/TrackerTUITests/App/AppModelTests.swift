import Foundation
import Shared
import Testing

@testable import Capture
@testable import TrackerTUI

struct AppModelTests {
    @Test func aLoginLeadsToTheStatusScreenAndAsksForTheDay() throws {
        var scene = Scene()
        let asked = scene.press(.paste("eves-password"), .enter)
        let account = try Account(
            id: #require(AccountID("eve@example.com")), server: #require(BackendURL(Scene.serverText)))
        #expect(asked == [.logIn(attempt: 1, account, password: "eves-password")])
        let effects = scene.on(.loginAnswered(attempt: 1, .success(.eve)))
        #expect(scene.isOnStatus)
        #expect(effects.contains(.send(.init(number: 1, kind: .day), account)))
        #expect(effects.contains(.deliver(account, epoch: 1)), "what an earlier run could not deliver")
    }

    @Test func aRefusedLoginIsSaidOnTheFormAndThePasswordCleared() throws {
        var scene = Scene()
        scene.logIn(.failure(.refused(401, .invalidCredentials, "Invalid credentials")))
        guard case .login(let screen) = scene.model.screen else {
            Issue.record("not on the login screen")
            return
        }
        #expect(screen.form.error == "Invalid credentials")
        #expect(screen[.password].text == "")
        #expect(!screen.form.isBusy)
    }

    @Test func aManagerIsTurnedAwayAndLoggedOut() {
        var scene = Scene()
        let effects = scene.logIn(.success(.eve { $0.role = .manager }))
        #expect(effects.contains { if case .logOut = $0 { true } else { false } })
        #expect(scene.model.messages.entries.last?.note.text.contains("employees only") == true)
        #expect(!scene.model.tracking.isSignedIn)
    }

    @Test func aCancelledLoginIsNotTaken() {
        var scene = Scene()
        scene.press(.paste("eves-password"), .enter)
        #expect(scene.press(.escape) == [.cancelLogIn])
        scene.on(.loginAnswered(attempt: 1, .success(.eve)))
        #expect(!scene.isOnStatus)
    }

    @Test func aTemporaryPasswordIsChangedBeforeAnythingElse() {
        var scene = Scene()
        let login = scene.logIn(.success(.eve { $0.mustChangePassword = true }))
        #expect(login == [])
        #expect(scene.model.screen == .password(PasswordScreen(current: "eves-password")))
        let change = scene.press(.paste("my-own-password"), .enter, .paste("my-own-password"), .enter)
        guard case .changePassword(let attempt, _, "eves-password", "my-own-password") = change.first else {
            Issue.record("\(change)")
            return
        }
        scene.on(.passwordAnswered(attempt: attempt, .failure(.refused(401, .invalidCredentials, "Wrong."))))
        #expect(scene.lines.contains { $0.contains("Wrong.") })
        scene.press(.enter)
        scene.on(.passwordAnswered(attempt: scene.model.login.attempt, .success(.eve)))
        #expect(scene.isOnStatus)
        #expect(scene.model.tracking.isSignedIn)
    }

    @Test func escapeFromTheFirstPasswordFormLogsOut() {
        var scene = Scene()
        scene.logIn(.success(.eve { $0.mustChangePassword = true }))
        let effects = scene.press(.escape)
        #expect(effects.contains { if case .logOut = $0 { true } else { false } })
        guard case .login = scene.model.screen else {
            Issue.record("not on the login screen")
            return
        }
    }

    @Test func aQueuedCaptureIsDeliveredAndShownAsDelivered() {
        var scene = Scene.tracking()
        #expect(scene.model.lastCapture?.result == .queued)
        scene.on(.delivered(.delivered(LastCapture.first.id, file: "uploads/a.png"), epoch: 1, queue: .with()))
        #expect(scene.model.lastCapture?.result == .delivered)
        #expect(scene.model.messages.entries.last?.isDelivered == true)
    }

    @Test func aCaptureThatIsPutAsideSaysWhyAndTheNextGoesOut() {
        var scene = Scene.tracking()
        scene.on(.delivered(.nothing, epoch: 1, queue: .with()))
        scene.on(.captured(.queued(.first), epoch: 1, queue: .with(pending: 2)))
        let effects = scene.on(
            .delivered(
                .putAside(LastCapture.first.id, reason: "No image."), epoch: 1, queue: .with(pending: 1, aside: 1)))
        #expect(scene.model.lastCapture?.result == .putAside(reason: "No image."))
        #expect(effects.contains { if case .deliver = $0 { true } else { false } })
    }

    @Test func whyACaptureStaysInLineIsSaidUntilOneIsTaken() {
        let (page, full) = ("Status 502 from what answers at http://a.", "The server's disk is full.")
        var scene = Scene.tracking()
        func notes() -> [Note] {
            scene.model.messages.entries.map(\.note).filter { if case .deliveryWaits = $0 { true } else { false } }
        }
        for second in [1.0, 2, 4] {
            let waits = AppEvent.DeliveryOutcome.postponed(reason: page, retryAfter: nil)
            scene.on(.delivered(waits, epoch: 1, queue: .with(pending: 1)), at: second)
            #expect(scene.lines[12] == " Not delivered  \(page)")
            #expect(scene.model.tracking.outage == nil)
        }
        #expect(notes() == [.deliveryWaits(page)])
        scene.on(.delivered(.postponed(reason: full, retryAfter: nil), epoch: 1, queue: .with(pending: 1)), at: 8)
        #expect(notes() == [.deliveryWaits(page), .deliveryWaits(full)])
        scene.on(.delivered(.delivered(LastCapture.first.id, file: "a.png"), epoch: 1, queue: .with()), at: 9)
        #expect(!scene.lines.contains { $0.hasPrefix(" Not delivered ") })
    }

    @Test func thatTheServerIsNotReachedIsSaidOnce() {
        var scene = Scene.tracking()
        let gone = AppEvent.delivered(.unanswered(reason: "Gone."), epoch: 1, queue: .with(pending: 1))
        scene.on(gone, at: 1)
        scene.work(.failure(.unreachable("Gone.")), at: 1)
        scene.on(gone, at: 2)
        #expect(
            scene.model.messages.entries.map(\.note).filter { $0.text.contains("Gone.") } == [.wentOffline("Gone.")])
        #expect(scene.lines.count { $0.contains("Gone.") } == 2, "in a row, and in the messages")
    }

    @Test func aCaptureThatFailsIsSaidOnceAndTrackingGoesOn() {
        var scene = Scene.tracking()
        let first = scene.on(.captured(.failed(.noDisplay), epoch: 1, queue: .with()))
        let second = scene.on(.captured(.failed(.noDisplay), epoch: 1, queue: .with()))
        #expect(first.contains { if case .record = $0 { true } else { false } })
        #expect(second == [])
        #expect(scene.model.tracking.isTracking)
        #expect(scene.model.display.captureTrouble?.contains("DISPLAY") == true)
    }

    @Test func inputIsSampledOnlyWhileTrackingAndOneAtATime() {
        var scene = Scene()
        scene.logIn()
        #expect(!scene.on(.tick, at: 1).contains(.sampleIdle))
        scene = .tracking()
        #expect(scene.on(.tick, at: 1).contains(.sampleIdle))
        #expect(!scene.on(.tick, at: 2).contains(.sampleIdle))
        scene.on(.idleSampled(.success(.seconds(1)), taken: Times.at(2).monotonic), at: 2)
        #expect(scene.on(.tick, at: 3).contains(.sampleIdle))
    }

    @Test func aLoginThatEndsAsksOnTheSameScreenAndCapturesGoOn() {
        var scene = Scene.tracking()
        scene.on(.delivered(.loginEnded, epoch: 1, queue: .with(pending: 1)), at: 10)
        #expect(scene.isOnStatus)
        #expect(scene.prompt != nil)
        #expect(scene.on(.tick, at: 180).contains { if case .capture = $0 { true } else { false } })
        let asked = scene.press(.paste("eves-password"), .enter, at: 181)
        #expect(asked.contains { if case .logIn = $0 { true } else { false } })
        scene.logIn(.failure(.refused(401, .invalidCredentials, "Invalid credentials")), at: 182)
        #expect(scene.prompt?.error == "Invalid credentials")
        scene.press(.paste("eves-password"), .enter, at: 183)
        let back = scene.logIn(at: 184)
        #expect(scene.prompt == nil)
        #expect(back.contains { if case .deliver = $0 { true } else { false } })
        #expect(scene.model.tracking.isTracking)
    }

    @Test func thePromptCanBePutAwayAndBroughtBack() {
        var scene = Scene.tracking()
        scene.on(.delivered(.loginEnded, epoch: 1, queue: .with(pending: 1)))
        scene.press(.escape)
        #expect(scene.prompt == nil)
        scene.on(.tick, at: 1)
        #expect(scene.prompt == nil)
        scene.press(.character("p"), at: 2)
        #expect(scene.prompt != nil)
    }

    @Test func quitStopsTheSessionFirstAndHasADeadline() {
        var scene = Scene.tracking()
        scene.emptyQueue()
        let asked = scene.press(.character("q"), at: 10)
        #expect(asked.filter { if case .tick = $0 { true } else { false } }.count == 2)
        #expect(scene.model.tracking.inFlight?.kind == .stop(idleSeconds: 0))
        let done = scene.work(.success(.stopped(Times.ended(Times.session(), at: 10))), at: 10)
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
        #expect(scene.work(.success(.stopped(Times.ended(Times.session(), at: 10))), at: 10).last == .exit(0))
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

    @Test func headlessLogsInByItselfAndLeavesWhenRefused() {
        var scene = Scene(isHeadless: true)
        guard case .logIn(_, _, "eves-password") = scene.effects.first else {
            Issue.record("\(scene.effects)")
            return
        }
        let effects = scene.logIn(.failure(.refused(401, .invalidCredentials, "Invalid credentials")))
        #expect(scene.model.messages.entries.first?.note == .loginFailed("Invalid credentials"))
        #expect(effects.last == .exit(1))
    }

    @Test func headlessRefusesATemporaryPassword() {
        var scene = Scene(isHeadless: true)
        #expect(scene.logIn(.success(.eve { $0.mustChangePassword = true })).last == .exit(1))
        #expect(scene.model.messages.entries.first?.note.text.contains("log in once with a screen") == true)
    }

    @Test func headlessLogsInAgainWhenTheLoginEnds() {
        var scene = Scene(isHeadless: true)
        scene.logIn()
        let again = scene.work(.failure(.invalidToken))
        #expect(again.contains { if case .logIn = $0 { true } else { false } })
        #expect(scene.logIn(.failure(.unreachable("Gone.")), at: 1) == [])
        #expect(!scene.on(.tick, at: 60).contains { if case .logIn = $0 { true } else { false } })
        #expect(scene.on(.tick, at: 61).contains { if case .logIn = $0 { true } else { false } })
        let busy = TrackerAPIError.refused(
            .init(status: 429, code: .tooManyAttempts, message: "Slow.", retryAfter: .seconds(600)))
        scene.logIn(.failure(busy), at: 62)
        #expect(!scene.on(.tick, at: 661).contains { if case .logIn = $0 { true } else { false } })
        #expect(scene.on(.tick, at: 662).contains { if case .logIn = $0 { true } else { false } })
    }

    /// The server closes an account after ten failures within 15 minutes.
    @Test func headlessGoesOnTrackingWhenItsPasswordIsRefused() {
        func logsIn(_ effects: [Effect]) -> Bool { effects.contains { if case .logIn = $0 { true } else { false } } }
        var scene = Scene.tracking(isHeadless: true)
        let ended = scene.on(.delivered(.loginEnded, epoch: 1, queue: .with(pending: 1)), at: 10)
        #expect(logsIn(ended))
        #expect(scene.model.messages.entries.last?.note == .loginRenewed)
        for (failed, next) in [(10.0, 70.0), (70, 190), (190, 430), (430, 910), (910, 1870), (1870, 2830)] {
            let effects = scene.logIn(.failure(.refused(401, .invalidCredentials, "Wrong.")), at: failed)
            #expect(!effects.contains(.exit(1)))
            #expect(scene.model.tracking.isTracking)
            #expect(scene.model.messages.entries.last?.note == .loginRetried("Wrong.", pause: .seconds(next - failed)))
            let (early, late) = (scene.on(.tick, at: next - 1), scene.on(.tick, at: next))
            #expect(!logsIn(early) && logsIn(late))
        }
        scene.logIn(at: 2831)
        #expect(scene.model.tracking.block == nil)
        #expect(
            Note.loginRetried("Wrong.", pause: .seconds(60)).text
                == "Tracking goes on, and the login is tried again in 1 minute. For another password start the client "
                + "again: it delivers what is kept here. Refused: Wrong.")
    }

    @Test func headlessSaysThatItEndsWhereAPasswordMustBeChanged() {
        var scene = Scene.tracking(isHeadless: true)
        let effects = scene.on(.delivered(.passwordExpired, epoch: 1, queue: .with(pending: 1)), at: 10)
        #expect(effects.last == .exit(1))
        let ends =
            "The client ends: log in once with a screen. What was worked until now is kept, and delivered by the next "
            + "start within 7 days."
        #expect(scene.model.messages.entries.count { $0.note == .loginFailed(ends) } == 1)
    }

    @Test func aLineOfOutputIsOneLineWhateverTheServerSent() {
        let entry = LogEntry(at: Times.wallZero, note: .requestRefused("a\nb\u{1B}[2Jc\u{2028}d"))
        #expect(entry.line == "2026-03-02T08:00:00.000Z refused a b [2Jc d")
    }
}
