import Capture
import Foundation
import Pictures
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

/// The live connection as the runner uses it, with a line that only remembers.
@Suite(.timeLimit(.minutes(5)))
struct LiveRunnerTests {
    private let folder: TemporaryFolder
    private let server = StubServer()
    private let line = StubLine()
    private let account: Account
    private let runner: EffectRunner
    private let events: AsyncStream<AppEvent>

    init() async throws {
        folder = try TemporaryFolder()
        account = Account(
            id: try #require(AccountID("eve")), server: try #require(BackendURL("http://localhost:4000")))
        let spool = try await Spool.open(directory: folder.path + "/queue")
        let (events, continuation) = AsyncStream.makeStream(of: AppEvent.self)
        self.events = events
        let surroundings = Surroundings(
            clock: StubClock(moment: Times.at(0)), api: { [server] _, _ in server },
            makeLive: { [line] in line.made($0, $1) }, screen: StubScreen(), input: StubScreen(), spool: spool,
            state: ClientState(directory: folder.path), defaultInterval: 180, record: { _ in },
            suspend: {})
        runner = EffectRunner(surroundings: surroundings) { continuation.yield($0) }
    }

    private func next() async throws -> AppEvent { try #require(await events.first { _ in true }) }

    private func frame(round: Generation = 1, mustSend: Bool) async throws -> LiveFeed.Outcome? {
        await runner.run(.sendFrame(account, round: round, mustSend: mustSend))
        guard case .liveFrame(let outcome, round: round) = try await next() else { return nil }
        return outcome
    }

    @Test func whatTheConnectionTellsComesBackWithItsNumber() async throws {
        await runner.run(.openLive(account, link: 7))
        #expect(line.seen.servers == [account.server])
        line.tell(.connected)
        guard case .live(.connected, link: 7) = try await next() else {
            Issue.record("not told")
            return
        }
    }

    @Test func theConnectionGetsTheTokenOfThatMoment() async throws {
        await runner.run(.openLive(account, link: 1))
        let tokens = try #require(line.seen.tokens)
        #expect(await tokens() == nil)
        server.set {
            $0.login = .success(
                LoginResponse(
                    token: "token-1", role: .employee, expiresAt: Times.wallZero.adding(seconds: 3600),
                    mustChangePassword: false))
        }
        await runner.run(.logIn(attempt: 1, account, password: "secret"))
        _ = try await next()
        #expect(await tokens() == "token-1")
        await runner.run(.logOut(account))
        #expect(await tokens() == nil)
    }

    @Test func aFrameIsSentAndTheSameOneOnlyIfItMust() async throws {
        await runner.run(.openLive(account, link: 1))
        #expect(try await frame(mustSend: true) == .sent(at: Times.wallZero))
        guard case .frame(let sent)? = line.seen.sent.first else {
            Issue.record("\(line.seen.sent)")
            return
        }
        #expect(sent.employeeID == "eve")
        #expect(sent.ts == Times.wallZero)
        let png = try #require(Data(base64Encoded: sent.frameBase64))
        #expect(try DecodedPNG(Array(png)).rgb == [1, 2, 3, 4, 5, 6])
        #expect(try await frame(mustSend: false) == .unchanged)
        #expect(line.seen.sent.count == 1)
        #expect(try await frame(mustSend: true) == .sent(at: Times.wallZero))
        #expect(line.seen.sent == [.frame(sent), .frame(sent)])
        #expect(try await frame(round: 2, mustSend: false) == .sent(at: Times.wallZero), "the next round knows of none")
    }

    @Test func aFrameThatIsNotTakenIsOwed() async throws {
        #expect(try await frame(mustSend: true) == .notSent, "there is no connection")
        await runner.run(.openLive(account, link: 1))
        line.set { $0.isUp = false }
        #expect(try await frame(mustSend: true) == .notSent)
        line.set { $0.isUp = true }
        #expect(try await frame(mustSend: false) == .sent(at: Times.wallZero))
    }

    @Test func endingTellsTheServerWho() async throws {
        await runner.run(.openLive(account, link: 1))
        await runner.run(.terminateLive(account))
        while line.seen.sent.isEmpty { await Task.yield() }
        #expect(line.seen.sent == [.terminate(LiveViewTerminate(by: "eve"))])
    }

    @Test func openingAgainClosesTheOldConnection() async throws {
        await runner.run(.openLive(account, link: 1))
        await runner.run(.openLive(account, link: 2))
        await runner.run(.exit(0))
        #expect(line.seen.servers.count == 2)
        #expect(line.seen.closed == 2)
    }

    @Test func theEndDoesNotWaitLongForAGoodBye() async throws {
        await runner.run(.openLive(account, link: 1))
        line.set { $0.closePause = .seconds(600) }
        let pause = await ContinuousClock().measure { await runner.run(.exit(0)) }
        #expect(pause >= .milliseconds(300))
        #expect(pause < .seconds(30))
    }

    /// Nothing has more bytes than noise. A thirty-sixth of the largest frame, and of what it may have.
    @Test func everyScreenFitsInTheLargestSize() throws {
        let limit = LiveRunner.frameLimit
        var random = SeededGenerator(seed: 5)
        var noise = Picture(size: PictureSize(width: limit.size.width / 6, height: limit.size.height / 6))
        let words = (0..<(160 * 90)).map { _ in UInt32.random(in: 0...UInt32.max, using: &random) }
        noise.append(words.span)
        let image = try ScreenFrame(noise, bytes: limit.bytes / 36).image
        #expect((image.width, image.height) == (160, 90))
        #expect(image.png.count <= 720_000 / 36)
    }
}
