import Foundation
import Shared
import Testing

@testable import Capture
@testable import TrackerTUI

struct LoginModelTests {
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
}
