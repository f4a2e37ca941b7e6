import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

/// When the queue's key is asked for, and how long it is kept.
extension EffectRunnerTests {
    private func keyFiles() throws -> [String] {
        FileManager.default.fileExists(atPath: folder.path + "/queue/keys") ? try folder.names(in: "queue/keys") : []
    }

    private func handOut(_ byte: UInt8 = 7) {
        server.set { $0.queueKey = .success(QueueKeyResponse(key: Array(repeating: byte, count: 32))) }
    }

    /// Of the files that wait, how many are encrypted.
    private func sealed() throws -> [Bool] {
        try folder.names(in: "queue/pending").map {
            try folder.bytes(of: "queue/pending/\($0)").starts(with: Array("TTQUEUE".utf8))
        }
    }

    @Test func aLoginBringsTheKeyBeforeAnythingIsQueued() async throws {
        handOut()
        let work = KeptWork(stretches: [Times.stretch(-60, -10)], hasSession: true)
        await runner.run(.keepWork(work, account))
        try await logIn()
        #expect(server.seen.queueKeysAsked == 1)
        #expect(try keyFiles().count == 1)
        _ = try await event(of: .capture(account, epoch: 1))
        #expect(try sealed() == [true])
        server.set { $0.upload = .success(UploadResponse(file: "uploads/a.png", ts: Times.wallZero)) }
        guard case .delivered? = try await delivery() else {
            Issue.record("not delivered")
            return
        }
        #expect(server.seen.uploads.map(\.png) == [[1, 2, 3]])
        #expect(try keyFiles().count == 1)
        await runner.run(.logOut(account))
        #expect(try keyFiles() == [])
    }

    @Test func aLogoutWithAFullQueueKeepsTheKeyForTheNextLogin() async throws {
        handOut()
        try await logIn()
        _ = try await event(of: .capture(account, epoch: 1))
        await runner.run(.logOut(account))
        #expect(try keyFiles().count == 1)
        try await logIn()
        server.set { $0.upload = .success(UploadResponse(file: "uploads/a.png", ts: Times.wallZero)) }
        guard case .delivered? = try await delivery() else {
            Issue.record("not delivered")
            return
        }
        await runner.run(.logOut(account))
        #expect(try keyFiles() == [])
    }

    @Test func whereTheServerHandsOutNoneTheQueueIsAsEver() async throws {
        try await logIn()
        _ = try await event(of: .capture(account, epoch: 1))
        #expect(try sealed() == [false])
        #expect(try keyFiles() == [])
        server.set { $0.beat = .success(HeartbeatResponse(idleSeconds: 0)) }
        _ = try await event(of: .send(.init(number: 5, kind: .heartbeat(idleSeconds: 0)), account))
        #expect(server.seen.queueKeysAsked == 1, "it is not asked again and again")
    }

    @Test func aKeyThatDidNotComeIsAskedForWithTheNextAnswer() async throws {
        server.set { $0.queueKey = .failure(.refused(503, .internal, "Later.")) }
        try await logIn()
        #expect(try keyFiles() == [])
        handOut()
        server.set { $0.beat = .success(HeartbeatResponse(idleSeconds: 0)) }
        _ = try await event(of: .send(.init(number: 5, kind: .heartbeat(idleSeconds: 0)), account))
        while try keyFiles() == [] { await Task.yield() }
        _ = try await event(of: .capture(account, epoch: 1))
        #expect(try sealed() == [true])
    }

    @Test func aServerThatIsBusyIsNotAskedBeforeItsTime() async throws {
        let busy = TrackerAPIError.Refusal(status: 503, code: nil, message: "Busy.", retryAfter: .seconds(30))
        server.set {
            $0.queueKey = .failure(.refused(busy))
            $0.beat = .success(HeartbeatResponse(idleSeconds: 0))
        }
        try await logIn()
        for number in 1...3 {
            _ = try await event(of: .send(.init(number: number, kind: .heartbeat(idleSeconds: 0)), account))
        }
        #expect(server.seen.queueKeysAsked == 1)
    }

    @Test func aLoginDoesNotWaitForAServerThatIsSilent() async throws {
        server.set { $0.holdsQueueKey = true }
        try await logIn()
        handOut()
        server.set { $0.holdsQueueKey = false }
        while try keyFiles() == [] { await Task.yield() }
    }

    @Test func aKeyThatComesAfterTheLogoutIsNotKept() async throws {
        server.set { $0.holdsQueueKey = true }
        try await logIn()
        await runner.run(.logOut(account))
        handOut()
        server.set { $0.holdsQueueKey = false }
        while server.seen.queueKeysAnswered == 0 { await Task.yield() }
        // It has its turn before these.
        for interval in 2...20 { await runner.run(.keepInterval(interval)) }
        #expect(try keyFiles() == [])
    }

    @Test func whoHasNotLoggedOutGoesOnWithTheKeyThatWasKept() async throws {
        handOut()
        try await logIn()
        let login = try #require(try await ClientState(directory: folder.path).login())
        _ = try await event(of: .resume(attempt: 9, login))
        server.set { $0.beat = .success(HeartbeatResponse(idleSeconds: 0)) }
        _ = try await event(of: .send(.init(number: 5, kind: .heartbeat(idleSeconds: 0)), account))
        #expect(server.seen.queueKeysAsked == 1)
        #expect(try keyFiles().count == 1)
    }

    @Test func withTheAccountGoneTheKeyStaysUntilItsOwnerHasDroppedWhatWaits() async throws {
        handOut()
        try await logIn()
        _ = try await event(of: .capture(account, epoch: 1))
        await runner.run(.putAllAside(account))
        #expect(try await ClientState(directory: folder.path).login() == nil)
        #expect(await spool.status.aside == 1)
        #expect(try keyFiles().count == 1)
        #expect(try await spool.savePictures(in: folder.path + "/pictures") == (1, 0))
        #expect(try await spool.dropUndeliverable() == 1)
        #expect(try keyFiles() == [])
    }

    @Test func withTheAccountGoneAndNothingWaitingTheKeyGoesAtOnce() async throws {
        handOut()
        try await logIn()
        await runner.run(.putAllAside(account))
        #expect(try keyFiles() == [])
    }
}
