import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

/// What waits in the queue, and what becomes of it.
extension EffectRunnerTests {
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
            AppEvent.DeliveryOutcome.unanswered(reason: "Gone.")
        ),
        (
            .notUnderstood("A page.", status: 429, retryAfter: .seconds(6)),
            .postponed(reason: "A page.", retryAfter: .seconds(6))
        ),
        (
            .refused(.init(status: 429, code: .tooManyAttempts, message: "Enough.", retryAfter: .seconds(1800))),
            .postponed(reason: "Enough.", retryAfter: .seconds(1800))
        ),
        (
            .refused(.init(status: 503, code: nil, message: "Busy.", retryAfter: .seconds(2))),
            .postponed(reason: "Busy.", retryAfter: .seconds(2))
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

    private func row(refused: Int = 0, reason: String? = nil) -> WorkSpansResponse {
        WorkSpansResponse(spans: [.init(key: UUID(), sessions: [], refusedSeconds: refused, reason: reason)])
    }

    @Test func workGoesOutInItsPlaceBetweenCapturesAndIsGoneWhenDelivered() async throws {
        try await logIn()
        _ = try await event(of: .keepSpan(Times.stretch(-400, -60, idle: 12), account))
        _ = try await event(of: .capture(account, epoch: 1))
        #expect(await spool.status.work == [SpoolOwner(account: account.id, server: account.server.text): 340])
        server.set { $0.deliver = .failure(.unreachable("Gone.")) }
        #expect(try await delivery() == .unanswered(reason: "Gone."))
        server.set { $0.deliver = .success(row(refused: 40, reason: "Too old.")) }
        #expect(try await delivery() == .workDelivered(seconds: 300, refused: 40, reason: "Too old."))
        let sent = try #require(server.seen.spans.last)
        #expect(sent.client == Self.client)
        #expect(sent.spans.map(\.startedAt) == [Times.wallZero.adding(seconds: -400)])
        #expect(sent.spans.map(\.endedAt) == [Times.wallZero.adding(seconds: -60)])
        #expect(sent.spans.map(\.idleSeconds) == [12])
        #expect(server.seen.spans.first?.spans == sent.spans, "with the same key")
        #expect(await spool.next(for: account.id, on: account.server.text)?.workSeconds == 0, "now the capture")
    }

    /// Ten minutes ahead, and captured before the first answer told so.
    @Test func whatIsDeliveredIsDatedByWhatIsKnownByThen() async throws {
        try await logIn()
        _ = try await event(of: .capture(account, epoch: 1))
        var clock = ServerClock(at: Times.at(0))
        clock.heard(.init(date: Times.wallZero.adding(seconds: -600), sentAt: Times.at(0).boot, received: Times.at(0)))
        await runner.run(.dateBy(clock))
        server.set { $0.upload = .success(UploadResponse(file: "uploads/a.png", ts: Times.wallZero)) }
        _ = await events.first { if case .queueChanged = $0 { true } else { false } }
        _ = try await delivery()
        let late = try #require(server.seen.uploads.first).capturedAt - Times.wallZero.adding(seconds: -600)
        #expect((0...2000).contains(late))
    }

    @Test func ofAnAccountThatIsGoneEverythingIsPutAside() async throws {
        try await logIn()
        _ = try await event(of: .capture(account, epoch: 1))
        server.set { $0.upload = .failure(.refused(401, .accountRemoved, "Invalid token")) }
        #expect(try await delivery() == .accountRemoved)
        _ = try await event(of: .putAllAside(account))
        #expect(await spool.status.aside == 1)
        #expect(await spool.status.pending == 0)
        #expect(try await ClientState(directory: folder.path).login() == nil)
    }

    /// By an earlier version, whose captures had the wall clock's time alone.
    @Test func whatWasPutAsideForItsTimeGoesOutOnceTheClockIsKnown() async throws {
        try await logIn()
        let item = try await spool.add(
            png: [1], capturedAt: Times.wallZero.adding(seconds: 8 * 86_400), account: account.id,
            server: account.server.text)
        try await spool.putAside(item.id, reason: "\"capturedAt\" must lie at most 7 days back and 2 minutes ahead.")
        var ahead = Times.at(0)
        ahead.wall = ahead.wall.adding(seconds: 8 * 86_400)
        var clock = ServerClock(at: ahead)
        clock.heard(.init(date: Times.wallZero.adding(seconds: -60), sentAt: ahead.boot, received: ahead))
        _ = try await event(of: .dateBy(clock))
        #expect(await spool.status.aside == 0)
        server.set { $0.upload = .success(UploadResponse(file: "uploads/a.png", ts: Times.wallZero)) }
        #expect(try await delivery() == .delivered(item.id, file: "uploads/a.png"))
        #expect(abs(try #require(server.seen.uploads.first).capturedAt - Times.wallZero.adding(seconds: -60)) <= 2000)
    }

    @Test func aCaptureThatAProxyFindsTooLargeHoldsUpNoOther() async throws {
        try await logIn()
        for _ in 0..<2 { _ = try await event(of: .capture(account, epoch: 1)) }
        server.set { $0.upload = .failure(.notUnderstood("Too large.", status: 413)) }
        guard case .putAside(_, "Too large.") = try await delivery() else {
            Issue.record("not put aside")
            return
        }
        server.set { $0.upload = .success(UploadResponse(file: "uploads/a.png", ts: Times.wallZero)) }
        guard case .delivered(_, file: "uploads/a.png") = try await delivery() else {
            Issue.record("not delivered")
            return
        }
        #expect(await spool.status.asideReason == "Too large.")
        #expect(await spool.status.pending == 0)
    }

    @Test func aCaptureThatTheServerFailsAtLetsTheOthersGoFirst() async throws {
        try await logIn()
        for _ in 0..<3 { _ = try await event(of: .capture(account, epoch: 1)) }
        let oldest = try #require(await spool.next(for: account.id, on: account.server.text))
        server.set { $0.upload = .failure(.refused(500, .internal, "Oh.")) }
        for _ in 0..<QueueTurns.patience { _ = try await delivery() }
        server.set { $0.upload = .success(UploadResponse(file: "uploads/a.png", ts: Times.wallZero)) }
        for _ in 0..<3 { _ = try await delivery() }
        let keys = server.seen.uploads.map(\.key)
        #expect(keys[..<3] == [oldest.id, oldest.id, oldest.id])
        #expect(keys.count == 6)
        #expect(keys.last == oldest.id)
        #expect(await spool.status.pending == 0)
    }

    @Test func whileNobodyAnswersTheOrderStays() async throws {
        try await logIn()
        for _ in 0..<2 { _ = try await event(of: .capture(account, epoch: 1)) }
        server.set { $0.upload = .failure(.unreachable("Gone.")) }
        for _ in 0..<10 { _ = try await delivery() }
        #expect(Set(server.seen.uploads.map(\.key)).count == 1)
    }

    @Test(arguments: [403, 404])
    func aLoginPageOfTheNetworkSaysNothingOfACapture(status: Int) async throws {
        try await logIn()
        _ = try await event(of: .capture(account, epoch: 1))
        server.set { $0.upload = .failure(.notUnderstood("A page.", status: status)) }
        #expect(try await delivery() == .postponed(reason: "A page.", retryAfter: nil))
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
}
