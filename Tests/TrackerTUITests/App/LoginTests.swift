import Shared
import Testing

@testable import TrackerTUI

struct LoginTests {
    private static let gone = TrackerAPIError.unreachable("Gone.")
    private static let wrong = TrackerAPIError.refused(401, .invalidCredentials, "Wrong.")

    private var login = Login(isHeadless: true)

    private mutating func fails(
        _ error: TrackerAPIError, isSignedIn: Bool = false, mayResume: Bool = false, at seconds: Int = 0
    ) -> Login.Failure {
        login.failed(error, isSignedIn: isSignedIn, mayResume: mayResume, at: .seconds(seconds), jitter: 0)
    }

    /// The second when it is tried again, of the next ten thousand.
    private var next: Int? { (0...10_000).first { login.isDue(at: .seconds($0)) } }

    @Test mutating func withAScreenSomebodyIsThereToTryAgain() {
        login = Login(isHeadless: false)
        for error in [Self.gone, Self.wrong] {
            #expect(fails(error, isSignedIn: true, mayResume: true) == .refused)
            #expect(next == nil)
        }
    }

    @Test mutating func beforeTheFirstLoginItIsTriedAtGrowingPausesAndSaidOnce() {
        #expect(fails(Self.gone) == .retried(.notTracked(until: "somebody can log in", "Gone.")))
        #expect(next == 1)
        _ = login.begin()
        #expect(next == nil, "while it is tried")
        #expect(fails(Self.gone, at: 1) == .retried(nil))
        #expect(next == 3)
    }

    @Test mutating func theLoginOfAnEarlierRunIsTakenWhereTheServerDoesNotAnswer() {
        #expect(fails(Self.wrong, mayResume: true) == .refused)
        #expect(fails(Self.gone, mayResume: true) == .resumed)
    }

    @Test mutating func whoTracksTriesAgainEveryMinuteOrAsTheServerSays() {
        #expect(fails(Self.gone, isSignedIn: true, at: 5) == .retried(nil))
        #expect(next == 65)
        let busy = TrackerAPIError.refused(
            .init(status: 429, code: .tooManyAttempts, message: "Slow.", retryAfter: .seconds(600)))
        #expect(fails(busy, isSignedIn: true, at: 65) == .retried(nil))
        #expect(next == 665)
    }

    @Test mutating func aPasswordThatIsRefusedIsTriedAtPausesThatDoubleUntilOneIsTaken() {
        for pause in [60, 120, 240, 480, 960, 960] {
            #expect(fails(Self.wrong, isSignedIn: true) == .retried(.loginRetried("Wrong.", pause: .seconds(pause))))
            #expect(next == pause)
        }
        login.signedIn(isFirst: false)
        _ = fails(Self.wrong, isSignedIn: true)
        #expect(next == 60)
        #expect(fails(.refused(401, .accountRemoved, "Invalid token"), isSignedIn: true) == .refused)
    }

    @Test mutating func aNewLoginIsDemandedOnceUntilRequestsGoOutAgain() {
        login = Login(isHeadless: false)
        #expect(login.demand(.password) == .password)
        #expect(login.demand(.password) == nil)
        #expect(login.demand(.accountRemoved) == .nothing)
        #expect(login.demand(nil) == nil)
        #expect(login.demand(.newPassword) == .newPassword)
        #expect(login.demand(.newPassword) == nil)
    }

    @Test mutating func withoutAScreenThePasswordIsThereAndNothingElseIs() {
        #expect(login.demand(.password) == .logIn)
        #expect(login.demand(.password) == nil)
        #expect(login.demand(.accountRemoved) == .exit(nil))
        guard case .exit(.loginFailed(let words)) = login.demand(.newPassword) else {
            Issue.record("goes on")
            return
        }
        #expect(words.hasPrefix("The client ends: log in once with a screen."))
    }

    @Test mutating func whileItWaitsForTheNextAttemptNoneIsDemanded() {
        _ = fails(Self.gone, isSignedIn: true)
        #expect(login.demand(.password) == nil)
        _ = login.begin()
        #expect(login.demand(.password) == .logIn)
    }

    @Test mutating func whatWasBegunWithAnEarlierTokenIsStillTheSameEmployees() {
        login.signedIn(isFirst: true)
        let first = login.epoch
        login.signedIn(isFirst: false)
        #expect(login.epoch != first)
        #expect(login.isOfThisEmployee(first))
        login.signedOut()
        login.signedIn(isFirst: true)
        #expect(!login.isOfThisEmployee(first))
    }

    @Test mutating func anAttemptThatWasCancelledIsAnEarlierOne() {
        let attempt = login.begin()
        #expect(attempt == login.attempt)
        login.cancel()
        #expect(attempt < login.attempt)
    }
}
