import Foundation
import Shared
import Testing

@testable import TrackerTUI

/// What the employee sees of hours that the server was not told of, of a login that was kept, and of another computer.
struct HoursModelTests {
    private let login: KeptLogin
    private static let client = UUID(uuid: (9, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))

    init() throws {
        let account = Account(
            id: try #require(AccountID("eve@example.com")), server: try #require(BackendURL(Scene.serverText)))
        login = KeptLogin(account: account, token: "t", expiresAt: Times.wallZero, interval: 180)
    }

    private func model(headless: Bool = false, kept: Bool = true) -> AppModel {
        let options = AppModel.Options(
            server: Scene.serverText, email: "eve@example.com", password: headless ? "eves-password" : "",
            isHeadless: headless, clientID: Self.client, login: kept ? login : nil)
        return AppModel(options: options, at: Times.at(0), jitter: { 0 })
    }

    private let stillThere = AppEvent.SignIn.eve {
        $0.isKept = true
        $0.interval = 180
    }

    @Test func whoHasNotLoggedOutSeesTheStatusScreenAtOnceAndWorksWithoutAServer() {
        var model = model()
        #expect(model.start(at: Times.at(0)).contains(.resume(attempt: 1, login)))
        #expect(model.screen == .status(StatusScreen()))
        _ = model.handle(.loginAnswered(attempt: 1, .success(stillThere)), at: Times.at(0))
        let number = model.tracking.inFlight?.number ?? 0
        let effects = model.handle(.workAnswered(number: number, .failure(.unreachable("Refused."))), at: Times.at(1))
        #expect(effects.contains { if case .capture = $0 { true } else { false } })
        _ = model.handle(.queueChanged(.with()), at: Times.at(1))
        _ = model.handle(.tick, at: Times.at(3300))
        let lines = Screens.picture(of: model, glyphs: .unicode).lines
        #expect(lines[2] == " ● TRACKING since 08:00:00                                  OFFLINE since 08:00")
        #expect(lines[11] == " Queue          55 min of work kept here")
        #expect(!lines.contains { $0.contains("Tracking goes on") })
    }

    @Test func withoutAScreenTheStartIsTriedUntilTheServerAnswers() {
        var model = model(headless: true, kept: false)
        _ = model.start(at: Times.at(0))
        let refused = model.handle(.loginAnswered(attempt: 1, .failure(.unreachable("Refused."))), at: Times.at(0))
        #expect(!refused.contains { if case .exit = $0 { true } else { false } })
        #expect(model.messages.entries.map(\.note.text) == ["Nothing is tracked until somebody can log in: Refused."])
        #expect(!model.handle(.tick, at: Times.at(0.9)).contains { if case .logIn = $0 { true } else { false } })
        #expect(model.handle(.tick, at: Times.at(1)).contains { if case .logIn = $0 { true } else { false } })
        _ = model.handle(.loginAnswered(attempt: 2, .failure(.unreachable("Refused."))), at: Times.at(1))
        #expect(model.messages.entries.count == 1, "said once")
        #expect(model.handle(.tick, at: Times.at(3)).contains { if case .logIn = $0 { true } else { false } })
        _ = model.handle(.loginAnswered(attempt: 3, .success(.eve)), at: Times.at(3))
        #expect(model.tracking.isSignedIn)
    }

    @Test func anAnswerToTheLoginThatIsNotUnderstoodPromisesNoHoursEither() {
        var model = model(headless: true, kept: false)
        _ = model.start(at: Times.at(0))
        let odd = TrackerAPIError.notUnderstood("The token is too long.", status: 200)
        _ = model.handle(.loginAnswered(attempt: 1, .failure(odd)), at: Times.at(0))
        #expect(
            model.messages.entries.map(\.note.text) == [
                "Nothing is tracked until somebody can log in: The token is too long."
            ])
    }

    @Test func withoutAnIntervalNoHoursArePromised() {
        var model = model()
        _ = model.start(at: Times.at(0))
        _ = model.handle(.loginAnswered(attempt: 1, .success(.eve { $0.isKept = true })), at: Times.at(0))
        let number = model.tracking.inFlight?.number ?? 0
        _ = model.handle(.workAnswered(number: number, .failure(.unreachable("Refused."))), at: Times.at(1))
        #expect(!model.tracking.isTracking)
        #expect(
            model.messages.entries.last?.note.text
                == "Nothing is tracked until the server says at which interval: Refused.")
    }

    @Test(arguments: [
        TrackerAPIError.invalidToken, .refused(403, .passwordChangeRequired, "Change."),
        .refused(401, .accountRemoved, "Invalid token"),
    ])
    func aServerThatRefusesTheLoginIsReached(error: TrackerAPIError) {
        var scene = Scene.tracking()
        scene.on(.tick, at: 60)
        scene.work(.failure(.unreachable("Refused.")), at: 60)
        #expect(scene.lines.contains { $0.hasPrefix(" Not reached ") })
        scene.on(.tick, at: 62)
        scene.work(.failure(error), at: 62)
        #expect(scene.model.tracking.outage == nil)
        #expect(!scene.lines.contains { $0.hasPrefix(" Not reached ") })
        #expect(scene.model.messages.entries.contains { $0.note == .cameOnline })
    }

    @Test func withoutAScreenWithoutKeysNoneIsAskedFor() {
        var scene = Scene.tracking(isHeadless: true)
        let push = LiveEvent.workElsewhere(WorkElsewhere(client: UUID(), host: "laptop"))
        scene.on(.live(push, link: scene.model.link.generation), at: 300)
        #expect(
            scene.model.messages.entries.last?.note.text
                == "Your time is tracked at laptop now. Start this client again to track here.")
        scene = .tracking(isHeadless: true)
        scene.on(.delivered(.loginEnded, epoch: 1, queue: .with(pending: 1)), at: 10)
        #expect(!scene.model.messages.entries.contains { $0.note.text.contains("type the password") })
    }

    @Test func withoutAScreenWorkBeginsWithTheLoginThatWasKept() {
        var model = model(headless: true)
        _ = model.start(at: Times.at(0))
        let refused = model.handle(.loginAnswered(attempt: 1, .failure(.unreachable("Refused."))), at: Times.at(0))
        #expect(refused.contains(.resume(attempt: 2, login)))
    }

    @Test func withoutAScreenWorkBeginsWithTheLaunchToo() throws {
        var model = model(headless: true)
        _ = model.start(at: Times.at(0))
        _ = model.handle(.loginAnswered(attempt: 1, .failure(.unreachable("No answer."))), at: Times.at(30))
        let kept = AppEvent.SignIn.eve {
            ($0.isKept, $0.interval) = (true, 180)
            $0.work = KeptWork(stretches: [Times.stretch(-200, -150)], hasSession: true)
        }
        _ = model.handle(.loginAnswered(attempt: 2, .success(kept)), at: Times.at(30))
        let number = model.tracking.inFlight?.number ?? 0
        _ = model.handle(.workAnswered(number: number, .failure(.unreachable("No answer."))), at: Times.at(60))
        let work = try #require(model.tracking.work)
        #expect(work.kept(at: Times.at(60)).stretches.map(\.text) == ["0...60 idle 0"])
        #expect(model.tracking.aloneSince == Times.at(-200).wall)
    }

    /// Nobody was signed in before.
    @Test func whoTypesAPasswordBeginsWithTheAnswer() {
        var model = model(kept: false)
        _ = model.start(at: Times.at(0))
        _ = model.handle(.terminal(.key(.paste("eves-password"))), at: Times.at(20))
        _ = model.handle(.terminal(.key(.enter)), at: Times.at(20))
        let known = AppEvent.SignIn.eve { $0.interval = 180 }
        _ = model.handle(.loginAnswered(attempt: model.login.attempt, .success(known)), at: Times.at(25))
        let number = model.tracking.inFlight?.number ?? 0
        _ = model.handle(.workAnswered(number: number, .failure(.unreachable("No answer."))), at: Times.at(40))
        #expect(model.tracking.work?.kept(at: Times.at(40)).stretches.map(\.text) == ["25...40 idle 0"])
    }

    @Test(arguments: [true, false])
    func workOfTheLastRunIsDelivered(hasSession: Bool) {
        var model = model()
        _ = model.start(at: Times.at(200))
        let signIn = AppEvent.SignIn.eve {
            $0.interval = 180
            $0.work = KeptWork(stretches: [Times.stretch(10, 50), Times.stretch(60, 60.5)], hasSession: hasSession)
        }
        let effects = model.handle(.loginAnswered(attempt: 1, .success(signIn)), at: Times.at(200))
        let spans = effects.compactMap { if case .keepSpan(let stretch, _) = $0 { stretch.text } else { nil } }
        #expect(spans == ["10...50 idle 0"])
        #expect(model.tracking.aloneSince == (hasSession ? Times.at(60).wall : nil))
    }

    @Test func whoTracksElsewhereIsSaidAndTheKeyThatTakesOver() {
        var scene = Scene.tracking()
        let push = LiveEvent.workElsewhere(WorkElsewhere(client: UUID(), host: "laptop"))
        scene.on(.live(push, link: scene.model.link.generation), at: 300)
        let lines = scene.lines
        #expect(lines[2].hasPrefix(" ● TRACKED ELSEWHERE at laptop since 08:05:00"))
        scene.on(.terminal(.resized(width: 40, height: 12)), at: 300)
        #expect(scene.lines[1].hasPrefix(" ● TRACKED ELSEWHERE"))
        #expect(scene.lines.contains { $0.contains("Tracked at laptop since 08:05") })
        scene.on(.terminal(.resized(width: 80, height: 24)), at: 300)
        #expect(
            scene.model.messages.entries.last?.note.text
                == "Your time is tracked at laptop now. Press s to track here again.")
        #expect(!scene.on(.tick, at: 600).contains { if case .capture = $0 { true } else { false } })
        scene.work(.success(.day(Times.day(session: Times.session()), intervalSeconds: 180)), at: 600)
        #expect(
            scene.press(.character("s"), at: 601).contains {
                if case .send(let request, _) = $0 { request.kind == .start } else { false }
            })
    }

    @Test func whatOneselfHasTakenOverIsNotElsewhere() {
        var model = model()
        _ = model.start(at: Times.at(0))
        _ = model.handle(.loginAnswered(attempt: 1, .success(stillThere)), at: Times.at(0))
        let number = model.tracking.inFlight?.number ?? 0
        _ = model.handle(.workAnswered(number: number, .failure(.unreachable("Refused."))), at: Times.at(1))
        let own = LiveEvent.workElsewhere(WorkElsewhere(client: Self.client, host: nil))
        _ = model.handle(.live(own, link: model.link.generation), at: Times.at(2))
        #expect(model.tracking.isTracking)
    }

    @Test func aClockThatIsOffIsSaidOnceAndTimesAreTheServers() throws {
        var scene = Scene.tracking()
        let server = try #require(scene.model.account?.server)
        let sample = ServerClock.Sample(
            date: Times.at(60 - 600).wall, sentAt: Times.at(60).boot, received: Times.at(60))
        scene.on(.heardTime(sample, server), at: 60)
        scene.on(.heardTime(sample, server), at: 60)
        #expect(
            scene.model.messages.entries.filter {
                $0.note == .clockIsOff("This computer's clock is 10 minutes ahead. Times are the server's.")
            }
            .count == 1)
        #expect(abs(scene.model.now.wall - Times.at(60 - 600).wall) <= 1000)
        #expect(scene.lines.contains { $0.contains("Clock          This computer's clock is 10 minutes ahead.") })
        let other = try #require(BackendURL("http://elsewhere"))
        scene.on(.heardTime(.init(date: .earliest, sentAt: .zero, received: Times.at(61)), other), at: 61)
        #expect(abs(scene.model.now.wall - Times.at(61 - 600).wall) <= 1000)
    }

    @Test func anAccountThatIsGoneIsSaidInWords() {
        var scene = Scene.tracking()
        scene.on(.tick, at: 60)
        let effects = scene.work(.failure(.refused(401, .accountRemoved, "Invalid token")), at: 60)
        #expect(effects.contains { if case .putAllAside = $0 { true } else { false } })
        #expect(scene.lines[2].hasPrefix(" ● ACCOUNT REMOVED"))
        #expect(scene.prompt == nil)
        #expect(!scene.on(.tick, at: 600).contains { if case .capture = $0 { true } else { false } })
    }
}
