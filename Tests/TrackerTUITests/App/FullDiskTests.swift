import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

/// The runner when the queue's disk is full. Mounting a small file system needs root, which the build machine is.
@Suite(.enabled(if: getuid() == 0), .timeLimit(.minutes(5)))
final class FullDiskTests {
    private let folder: TemporaryFolder
    private let disk: SmallDisk
    private let server = StubServer()
    private let account: Account
    private let runner: EffectRunner
    private let spool: Spool
    private let events: AsyncStream<AppEvent>

    init() async throws {
        folder = try TemporaryFolder()
        disk = try SmallDisk(megabytes: 1)
        account = Account(
            id: try #require(AccountID("eve")), server: try #require(BackendURL("http://localhost:4000")))
        spool = try await Spool.open(directory: disk.path + "/queue")
        let (events, continuation) = AsyncStream.makeStream(of: AppEvent.self)
        self.events = events
        let surroundings = Surroundings(
            clock: StubClock(moment: Times.at(0)), api: { [server] _, _ in server },
            makeLive: { StubLine().made($0, $1) }, screen: StubScreen(), input: StubScreen(), spool: spool,
            state: ClientState(directory: folder.path), clientID: nil, defaultInterval: 180, record: { _ in },
            suspend: {})
        runner = EffectRunner(surroundings: surroundings) { continuation.yield($0) }
        server.set {
            $0.login = .success(
                LoginResponse(
                    token: "token-1", role: .employee, expiresAt: Times.wallZero.adding(seconds: 8 * 3600),
                    mustChangePassword: false))
            $0.deliver = .success(
                WorkSpansResponse(spans: [.init(key: UUID(), sessions: [], refusedSeconds: 0, reason: nil)]))
        }
        await runner.run(.logIn(attempt: 1, account, password: "secret"))
        for await case .loginAnswered in events { break }
        try disk.fill()
    }

    deinit { disk.unmount() }

    /// - Returns: what the queue says then.
    private func keep(_ stretch: WorkStretch) async throws -> SpoolStatus {
        await runner.run(.keepSpan(stretch, account))
        for await case .queueChanged(let status) in events { return status }
        throw CancellationError()
    }

    private func deliveries(_ count: Int = 1) async -> [AppEvent.DeliveryOutcome] {
        for _ in 0..<count { await runner.run(.deliver(account, epoch: 1)) }
        var outcomes: [AppEvent.DeliveryOutcome] = []
        for await case .delivered(let outcome, _, _) in events {
            outcomes.append(outcome)
            if outcomes.count == count { break }
        }
        return outcomes
    }

    private var keys: [UUID] { server.seen.spans.flatMap { $0.spans.map(\.key) } }

    @Test func workThatTheDiskDoesNotTakeGoesOutFromMemory() async throws {
        let status = try await keep(Times.stretch(-400, -60, idle: 12))
        #expect((status.unkept, status.keepTrouble) == (1, "No space left on device"))
        #expect(status.work(of: account) == 340)
        #expect(await deliveries() == [.workDelivered(seconds: 340, refused: 0, reason: nil)])
        #expect(server.seen.spans.flatMap { $0.spans.map(\.idleSeconds) } == [12])
        #expect(await spool.status.pending == 0)
        #expect(await deliveries() == [.nothing])
    }

    @Test(arguments: [
        (TrackerAPIError.invalidToken, AppEvent.DeliveryOutcome.loginEnded),
        (.refused(403, .passwordChangeRequired, "Change."), .passwordExpired),
        (.refused(429, .tooManyAttempts, "Slow."), .postponed(reason: "Slow.", retryAfter: nil)),
        (.notUnderstood("A page.", status: 404), .postponed(reason: "A page.", retryAfter: nil)),
    ])
    func whatMayWorkLaterStaysInMemoryLikeOnDisk(error: TrackerAPIError, outcome: AppEvent.DeliveryOutcome)
        async throws
    {
        _ = try await keep(Times.stretch(-400, -60))
        let taken = server.seen.deliver
        server.set { $0.deliver = .failure(error) }
        #expect(await deliveries() == [outcome])
        #expect(await spool.status.work(of: account) == 340)
        server.set { $0.deliver = taken }
        #expect(await deliveries() == [.workDelivered(seconds: 340, refused: 0, reason: nil)])
        #expect(Set(keys).count == 1, "with the same key")
    }

    @Test func twoDeliveriesAtOnceSettleEachItemOnce() async throws {
        _ = try await keep(Times.stretch(-400, -60))
        _ = try await keep(Times.stretch(-50, -20))
        server.set { $0.spansTogether = 2 }
        let outcomes = await deliveries(2)
        #expect(outcomes.filter { $0 == .workDelivered(seconds: 340, refused: 0, reason: nil) }.count == 1)
        #expect(Set(keys).count == 1)
        #expect(await spool.status.work(of: account) == 30)
        #expect(await deliveries() == [.workDelivered(seconds: 30, refused: 0, reason: nil)])
        #expect(await spool.status.pending == 0)
    }

    @Test func itIsWrittenAsSoonAsThereIsRoom() async throws {
        _ = try await keep(Times.stretch(-400, -60))
        server.set { $0.deliver = .failure(.unreachable("Gone.")) }
        try disk.makeRoom()
        #expect(await deliveries() == [.unanswered(reason: "Gone.")])
        #expect(await spool.status.unkept == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path + "/queue/pending").count == 1)
    }
}
