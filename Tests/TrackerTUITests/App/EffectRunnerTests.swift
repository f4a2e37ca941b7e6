import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

/// The runner with a real queue on disk, and everything else as told.
@Suite(.timeLimit(.minutes(5)))
struct EffectRunnerTests {
    let folder: TemporaryFolder
    let server = StubServer()
    let account: Account
    let runner: EffectRunner
    let spool: Spool
    let events: AsyncStream<AppEvent>

    init() async throws {
        folder = try TemporaryFolder()
        account = Account(
            id: try #require(AccountID("eve")), server: try #require(BackendURL("http://localhost:4000")))
        spool = try await Spool.open(directory: folder.path + "/queue")
        let (events, continuation) = AsyncStream.makeStream(of: AppEvent.self)
        self.events = events
        let surroundings = Surroundings(
            clock: StubClock(moment: Times.at(0)), api: { [server] _, _ in server },
            makeLive: { StubLine().made($0, $1) }, screen: StubScreen(), input: StubScreen(), spool: spool,
            state: ClientState(directory: folder.path), clientID: Self.client, defaultInterval: 180, record: { _ in },
            suspend: {})
        runner = EffectRunner(surroundings: surroundings) { continuation.yield($0) }
    }

    /// Does it and waits for the event that comes of it.
    func event(of effect: Effect) async throws -> AppEvent {
        await runner.run(effect)
        return try #require(await events.first { _ in true })
    }

    func logIn(mustChangePassword: Bool = false) async throws {
        server.set {
            $0.login = .success(
                LoginResponse(
                    token: "token-1", role: .employee, expiresAt: Times.wallZero.adding(seconds: 8 * 3600),
                    mustChangePassword: mustChangePassword))
        }
        await runner.run(.logIn(attempt: 1, account, password: "secret"))
        for await case .loginAnswered in events { return }
    }

    func delivery() async throws -> AppEvent.DeliveryOutcome? {
        await runner.run(.deliver(account, epoch: 1))
        // What the queue tells meanwhile is another matter.
        for await case .delivered(let outcome, _, _) in events { return outcome }
        return nil
    }

    static let client = UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16))

    @Test func aLoginTellsTheTokensLifeAndTheWorkOfTheLastRun() async throws {
        let work = KeptWork(stretches: [Times.stretch(-60, -10, idle: 42)], hasSession: true)
        await runner.run(.keepWork(work, account))
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
        #expect(signIn.work == work)
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

    @Test func whoHasNotLoggedOutGoesOnWithTheTokenThatWasKept() async throws {
        try await logIn()
        await runner.run(.keepInterval(240))
        let login = try #require(try await ClientState(directory: folder.path).login())
        #expect(login.account == account)
        #expect(login.token == "token-1")
        #expect(login.interval == 240)
        guard case .loginAnswered(9, .success(let signIn)) = try await event(of: .resume(attempt: 9, login)) else {
            Issue.record("not resumed")
            return
        }
        #expect(signIn.isKept)
        #expect(signIn.interval == 240)
        #expect(signIn.tokenLife == .seconds(8 * 3600))
        await runner.run(.logOut(account))
        #expect(try await ClientState(directory: folder.path).login() == nil)
    }

    @Test func workOfAnotherAccountGoesIntoItsQueue() async throws {
        let bob = Account(id: try #require(AccountID("bob")), server: account.server)
        await runner.run(.keepWork(KeptWork(stretches: [Times.stretch(-60, -10)], hasSession: true), bob))
        try await logIn()
        #expect(await spool.status.work == [SpoolOwner(account: bob.id, server: bob.server.text): 50])
        #expect(try await ClientState(directory: folder.path).work() == nil)
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
        #expect(server.seen.beats == [HeartbeatRequest(idleDeltaSeconds: 3, client: Self.client)])
    }

    @Test func idleSamplesSayWhenTheyWereTaken() async throws {
        guard case .idleSampled(.success(.seconds(7)), let taken) = try await event(of: .sampleIdle) else {
            Issue.record("no sample")
            return
        }
        #expect(taken == Times.at(0).monotonic)
    }
}
