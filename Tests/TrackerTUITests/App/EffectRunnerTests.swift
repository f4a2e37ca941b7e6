import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

/// The runner with a real queue on disk, and everything else as told.
@Suite(.timeLimit(.minutes(5)))
struct EffectRunnerTests {
    private let folder: TemporaryFolder
    private let server = StubServer()
    private let account: Account
    private let runner: EffectRunner
    private let spool: Spool
    private let events: AsyncStream<AppEvent>

    init() async throws {
        folder = try TemporaryFolder()
        account = Account(
            id: try #require(AccountID("eve")), server: try #require(BackendURL("http://localhost:4000")))
        spool = try await Spool.open(directory: folder.path + "/queue")
        let (events, continuation) = AsyncStream.makeStream(of: AppEvent.self)
        self.events = events
        let surroundings = Surroundings(
            clock: StubClock(moment: Times.at(0)), api: { [server] _ in server },
            makeLive: { StubLine().made($0, $1) }, screen: StubScreen(), spool: spool,
            idleNote: IdleNote(path: folder.path + "/idle.json"), defaultInterval: 180, record: { _ in },
            suspend: {})
        runner = EffectRunner(surroundings: surroundings) { continuation.yield($0) }
    }

    /// Does it and waits for the event that comes of it.
    private func event(of effect: Effect) async throws -> AppEvent {
        await runner.run(effect)
        return try #require(await events.first { _ in true })
    }

    private func logIn(mustChangePassword: Bool = false) async throws {
        server.set {
            $0.login = .success(
                LoginResponse(
                    token: "token-1", role: .employee, expiresAt: Times.wallZero.adding(seconds: 8 * 3600),
                    mustChangePassword: mustChangePassword))
        }
        _ = try await event(of: .logIn(attempt: 1, account, password: "secret"))
    }

    private func delivery() async throws -> AppEvent.DeliveryOutcome? {
        guard case .delivered(let outcome, _, _) = try await event(of: .deliver(account, epoch: 1)) else { return nil }
        return outcome
    }

    @Test func aLoginTellsTheTokensLifeAndTheIdleTimeOfTheLastRun() async throws {
        await runner.run(.keepIdle(seconds: 42, account))
        server.set {
            $0.login = .success(
                LoginResponse(
                    token: "token-1", role: .employee, expiresAt: Times.wallZero.adding(seconds: 3600),
                    mustChangePassword: false))
        }
        guard
            case .loginAnswered(7, .success(let signIn)) = try await event(
                of: .logIn(attempt: 7, account, password: "secret"))
        else {
            Issue.record("no login")
            return
        }
        #expect(signIn.tokenLife == .seconds(3600))
        #expect(signIn.carriedIdle == 42)
        #expect(signIn.queue == SpoolStatus(pending: 0, bytes: 0, aside: 0, dropped: 0))
    }

    @Test func aWallClockThatIsFarOffDoesNotEndTheTokenAtOnce() async throws {
        server.set {
            $0.login = .success(
                LoginResponse(
                    token: "t", role: .employee, expiresAt: Times.wallZero.adding(seconds: -100_000),
                    mustChangePassword: false))
        }
        guard
            case .loginAnswered(_, .success(let signIn)) = try await event(
                of: .logIn(attempt: 1, account, password: "secret"))
        else {
            Issue.record("no login")
            return
        }
        #expect(signIn.tokenLife == .seconds(600))
    }

    @Test func aCaptureIsOnDiskBeforeItIsAnnouncedAndGoneWhenDelivered() async throws {
        try await logIn()
        guard
            case .captured(.queued(let capture), epoch: 1, let queue) = try await event(of: .capture(account, epoch: 1))
        else {
            Issue.record("no capture")
            return
        }
        #expect(queue.pending == 1)
        #expect(capture == LastCapture(id: capture.id, at: Times.wallZero, width: 4, height: 5, bytes: 3))
        server.set { $0.upload = .success(UploadResponse(file: "uploads/a.png", ts: Times.wallZero)) }
        #expect(try await delivery() == .delivered(capture.id, file: "uploads/a.png"))
        #expect(
            server.seen.uploads == [
                .init(png: [1, 2, 3], capturedAt: Times.wallZero, key: capture.id, token: "token-1")
            ])
        #expect(await spool.status.pending == 0)
        #expect(try await delivery() == .nothing)
    }

    @Test func whatTheServerRefusesIsPutAsideWithItsReason() async throws {
        try await logIn()
        _ = try await event(of: .capture(account, epoch: 1))
        server.set { $0.upload = .failure(.refused(415, .unsupportedMediaType, "This is no image.")) }
        guard case .putAside(_, "This is no image.") = try await delivery() else {
            Issue.record("not put aside")
            return
        }
        #expect(await spool.status.aside == 1)
        #expect(await spool.status.pending == 0)
    }

    @Test(arguments: [
        (
            TrackerAPIError.unreachable("Gone."),
            AppEvent.DeliveryOutcome.postponed(reason: "Gone.", retryAfter: nil)
        ),
        (.refused(507, .storageFull, "Full."), .postponed(reason: "Full.", retryAfter: nil)),
        (.refused(500, .internal, "Oh."), .postponed(reason: "Oh.", retryAfter: nil)),
        (.refused(429, .tooManyAttempts, "Slow."), .postponed(reason: "Slow.", retryAfter: nil)),
        (.refused(401, .invalidToken, "Invalid token"), .loginEnded),
        (.refused(403, .passwordChangeRequired, "Change."), .passwordExpired),
    ])
    func whatMayWorkLaterStaysInLine(error: TrackerAPIError, outcome: AppEvent.DeliveryOutcome) async throws {
        try await logIn()
        _ = try await event(of: .capture(account, epoch: 1))
        server.set { $0.upload = .failure(error) }
        #expect(try await delivery() == outcome)
        #expect(await spool.status.pending == 1)
    }

    @Test func anotherAccountsCapturesStay() async throws {
        try await logIn()
        _ = try await event(of: .capture(account, epoch: 1))
        let other = Account(id: try #require(AccountID("bob")), server: account.server)
        guard case .delivered(.nothing, epoch: 1, let queue) = try await event(of: .deliver(other, epoch: 1)) else {
            Issue.record("delivered")
            return
        }
        #expect(queue.pending == 1)
    }

    @Test func logoutForgetsTheToken() async throws {
        try await logIn()
        _ = try await event(of: .capture(account, epoch: 1))
        await runner.run(.logOut(account))
        #expect(try await delivery() == .nothing)
        #expect(server.seen.uploads == [])
    }

    @Test func theEndWaitsForTheLogoutOnItsWay() async throws {
        try await logIn()
        server.set { $0.logoutPause = .milliseconds(100) }
        await runner.run(.logOut(account))
        await runner.run(.exit(0))
        #expect(server.seen.loggedOut == ["token-1"])
    }

    @Test func theEndDoesNotWaitLongForALogout() async throws {
        try await logIn()
        server.set { $0.logoutPause = .seconds(600) }
        await runner.run(.logOut(account))
        let pause = await ContinuousClock().measure { await runner.run(.exit(0)) }
        #expect(pause >= .seconds(1))
        #expect(pause < .seconds(30))
        #expect(server.seen.loggedOut == [])
    }

    @Test func requestsCarryTheirNumberBack() async throws {
        try await logIn()
        server.set { $0.beat = .success(HeartbeatResponse(idleSeconds: 9)) }
        let answered = try await event(of: .send(.init(number: 5, kind: .heartbeat(idleSeconds: 3)), account))
        guard case .workAnswered(5, .success(.beaten(idleSeconds: 9))) = answered else {
            Issue.record("\(answered)")
            return
        }
        #expect(server.seen.beats == [3])
    }

    @Test func idleSamplesSayWhenTheyWereTaken() async throws {
        guard case .idleSampled(.success(.seconds(7)), let taken) = try await event(of: .sampleIdle) else {
            Issue.record("no sample")
            return
        }
        #expect(taken == Times.at(0).monotonic)
    }
}
