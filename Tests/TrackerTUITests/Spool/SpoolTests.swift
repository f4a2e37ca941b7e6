import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

@Suite struct SpoolTests {
    let folder: TemporaryFolder
    var directory: String { folder.path + "/queue" }

    let ada = AccountID(stored: "ada@example.org")
    private let bob = AccountID(stored: "bob@example.org")
    let server = "http://localhost:4000"
    private var owner: SpoolOwner { SpoolOwner(account: ada, server: server) }
    private let time = Timestamp(milliseconds: 1_772_438_700_512)

    init() throws {
        folder = try TemporaryFolder()
    }

    func add(_ png: [UInt8], to spool: Spool) async throws -> SpoolItem {
        try await spool.add(png: png, capturedAt: time, account: ada, server: server)
    }

    // MARK: Order and addressees

    @Test func theOldestComesFirstAndGoesOnlyWhenItIsRemoved() async throws {
        let spool = try await Spool.open(directory: directory)
        #expect(await spool.next(for: ada, on: server) == nil)
        let first = try await add([1], to: spool)
        let second = try await add([2, 2], to: spool)
        #expect(await spool.next(for: ada, on: server) == first)
        #expect(await spool.next(for: ada, on: server) == first)
        #expect(try await spool.image(of: first.id) == [1])
        try await spool.remove(first.id)
        #expect(await spool.next(for: ada, on: server) == second)
        #expect(try await spool.image(of: second.id) == [2, 2])
        try await spool.remove(second.id)
        #expect(await spool.next(for: ada, on: server) == nil)
        #expect(await spool.status == SpoolStatus(pending: 0, bytes: 0, aside: 0, dropped: 0))
        #expect(try folder.names(in: "queue/pending") == [])
    }

    @Test func aClockThatWasSetBackDoesNotChangeTheOrder() async throws {
        let spool = try await Spool.open(directory: directory)
        let first = try await spool.add(png: [1], capturedAt: time, account: ada, server: server)
        try await spool.add(png: [2], capturedAt: time.adding(seconds: -3600), account: ada, server: server)
        #expect(await spool.next(for: ada, on: server) == first)
    }

    @Test func nothingIsOfferedToAnotherAccountOrServer() async throws {
        let spool = try await Spool.open(directory: directory)
        let item = try await add([1], to: spool)
        #expect(await spool.next(for: bob, on: server) == nil)
        #expect(await spool.next(for: ada, on: "https://tracker.example.org") == nil)
        #expect(await spool.next(for: AccountID(stored: "ADA@example.org"), on: server) == item)
    }

    @Test func itemsAreTheSameAfterARestartAndTheOrderGoesOn() async throws {
        let first = try await add([9, 8, 7], to: try await Spool.open(directory: directory))
        let again = try await reopen()
        #expect(await again.next(for: ada, on: server) == first)
        #expect(try await again.image(of: first.id) == [9, 8, 7])
        let second = try await add([6], to: again)
        #expect(second.sequence == 2)
        #expect(await again.next(for: ada, on: server) == first)
    }

    // MARK: Putting aside

    @Test func whatIsPutAsideIsListedWithItsReasonAndNotOfferedAgain() async throws {
        let (first, second) = try await withSpool { spool in
            let first = try await add([1], to: spool)
            let second = try await add([2], to: spool)
            try await spool.putAside(first.id, reason: "403: not your account – nö")
            #expect(await spool.next(for: ada, on: server) == second)
            #expect(await spool.asideItems.map(\.reason) == ["403: not your account – nö"])
            return (first, second)
        }
        let name = "000000000001-\(first.id.uuidString).capture"
        let expected = [SpoolAsideItem(file: name, reason: "403: not your account – nö")]
        let again = try await reopen()
        #expect(await again.asideItems == expected)
        #expect(await again.next(for: ada, on: server) == second)
        #expect(await again.status.aside == 1)
        #expect(try folder.bytes(of: "queue/aside/\(name)").last == 1)
    }

    @Test func anItemThatIsGoneIsAnErrorWithItsId() async throws {
        let spool = try await Spool.open(directory: directory)
        let item = try await add([1], to: spool)
        try await spool.remove(item.id)
        await #expect(throws: SpoolError.noSuchItem(item.id)) { try await spool.remove(item.id) }
        await #expect(throws: SpoolError.noSuchItem(item.id)) { try await spool.image(of: item.id) }
        await #expect(throws: SpoolError.noSuchItem(item.id)) { try await spool.putAside(item.id, reason: "") }
    }

    // MARK: Limit

    @Test func atTheLimitTheOldestGoFirstAndAreCounted() async throws {
        let size = try sizeOfItem(imageBytes: 100)
        try await withSpool(limit: 3 * size) { spool in
            var items: [SpoolItem] = []
            for value in 1...5 as ClosedRange<UInt8> {
                items.append(try await add([UInt8](repeating: value, count: 100), to: spool))
            }
            #expect(
                await spool.status
                    == SpoolStatus(pending: 3, bytes: 3 * size, aside: 0, dropped: 2, waiting: [owner: 3]))
            #expect(await spool.next(for: ada, on: server) == items[2])
        }
        #expect(try folder.names(in: "queue/pending").count == 3)
        let again = try await reopen(limit: 3 * size)
        #expect(
            await again.status == SpoolStatus(pending: 3, bytes: 3 * size, aside: 0, dropped: 2, waiting: [owner: 3]))
    }

    @Test func whatWasPutAsideMakesRoomInItsTurn() async throws {
        let size = try sizeOfItem(imageBytes: 100)
        let spool = try await Spool.open(directory: directory, limit: 2 * size)
        let first = try await add([UInt8](repeating: 1, count: 100), to: spool)
        let second = try await add([UInt8](repeating: 2, count: 100), to: spool)
        try await spool.putAside(first.id, reason: "400")
        _ = try await add([UInt8](repeating: 3, count: 100), to: spool)
        #expect(
            await spool.status == SpoolStatus(pending: 2, bytes: 2 * size, aside: 0, dropped: 1, waiting: [owner: 2]))
        #expect(await spool.next(for: ada, on: server) == second)
        #expect(try folder.names(in: "queue/aside") == [])
    }

    @Test func atTheLimitNoWorkGoesForACapture() async throws {
        let size = try sizeOfItem(imageBytes: 400)
        let spool = try await Spool.open(directory: directory, limit: 2 * size)
        let stretch = Times.stretch(0, 400)
        try await spool.add(stretch, account: ada, server: server)
        for value in 1...3 as ClosedRange<UInt8> {
            _ = try await add([UInt8](repeating: value, count: 400), to: spool)
        }
        #expect(await spool.status.dropped == 2)
        let item = try #require(await spool.next(for: ada, on: server))
        #expect(item.content == .work(end: stretch.end, idleSeconds: 0))
        await #expect(throws: SpoolError.self) { try await add([UInt8](repeating: 4, count: size + 400), to: spool) }
        #expect(await spool.next(for: ada, on: server) == item)
    }

    @Test func aCaptureLargerThanTheLimitIsRefusedAndNothingElseGoes() async throws {
        let size = try sizeOfItem(imageBytes: 100)
        let spool = try await Spool.open(directory: directory, limit: size)
        let item = try await add([UInt8](repeating: 1, count: 100), to: spool)
        await #expect(throws: SpoolError.largerThanLimit(bytes: size + 1, limit: size)) {
            try await spool.add(
                png: [UInt8](repeating: 2, count: 101), capturedAt: time, account: ada, server: server)
        }
        #expect(await spool.next(for: ada, on: server) == item)
    }

    @Test func aClientKilledWhileItMadeRoomFinishesWithoutCountingTwice() async throws {
        let (first, second) = try await withSpool { spool in
            (try await add([1], to: spool), try await add([2], to: spool))
        }
        let name = "000000000001-\(first.id.uuidString).capture"
        try folder.write(Array(#"{"count":7,"files":["pending/\#(name)"]}"#.utf8), to: "queue/dropped")
        let again = try await reopen()
        #expect(await again.next(for: ada, on: server) == second)
        #expect(await again.status.dropped == 7)
        #expect(try folder.names(in: "queue/pending").count == 1)
    }

    // MARK: The folder

    @Test func aSecondClientIsToldWhoWorksThere() async throws {
        let spool = try await Spool.open(directory: directory)
        let refusal = SpoolError.inUse(directory: directory, processID: Int(getpid()))
        await #expect(throws: refusal) { try await Spool.open(directory: directory) }
        #expect(refusal.description == "Another client (process \(getpid())) uses the folder \(directory).")
        _ = try await add([1], to: spool)
    }

    @Test func filesAndFoldersAreForThisUserAlone() async throws {
        let spool = try await Spool.open(directory: folder.path + "/deep/er/queue", limit: 1000)
        let item = try await add([1], to: spool)
        try await spool.putAside(item.id, reason: "no")
        _ = try await add([UInt8](repeating: 1, count: 700), to: spool)
        for name in ["deep", "deep/er", "deep/er/queue", "deep/er/queue/pending", "deep/er/queue/aside"] {
            #expect(try folder.permissions(of: name) == 0o700)
        }
        for name in try folder.names(in: "deep/er/queue/pending") {
            #expect(try folder.permissions(of: "deep/er/queue/pending/\(name)") == 0o600)
        }
        #expect(try folder.permissions(of: "deep/er/queue/lock") == 0o600)
        #expect(try folder.names(in: "deep/er/queue") == ["aside", "dropped", "lock", "pending"])
        #expect(try folder.permissions(of: "deep/er/queue/dropped") == 0o600)
    }

    @Test func aFolderThatCannotBeMadeIsAnErrorWithItsName() async throws {
        try folder.write([], to: "file")
        let error = await #expect(throws: SpoolError.self) {
            try await Spool.open(directory: folder.path + "/file/queue")
        }
        #expect(error?.description == "Cannot make the folder \(folder.path)/file/queue/pending: Not a directory.")
    }

    @Test func theFileSaysWhatItIs() async throws {
        let spool = try await Spool.open(directory: directory)
        let item = try await add([0x89, 0x50], to: spool)
        let header = """
            {"id":"\(item.id.uuidString)","account":"ada@example.org","server":"http://localhost:4000",\
            "at":{"wall":"2026-03-02T08:05:00.512Z"},"capturedAt":"2026-03-02T08:05:00.512Z","imageBytes":2}

            """
        #expect(try folder.bytes(of: path(item)) == Array(header.utf8) + [0x89, 0x50])
    }

    @Test func captureFilesOfEarlierVersionsAreReadAsTheyAre() async throws {
        let id = UUID()
        try await withSpool { _ in }
        let name = "000000000001-\(id.uuidString).capture"
        let header = """
            {"id":"\(id.uuidString)","capturedAt":"2026-03-02T08:05:00.512Z","account":"ada@example.org",\
            "server":"http://localhost:4000","imageBytes":2}

            """
        try folder.write(Array(header.utf8) + [0x89, 0x50], to: "queue/pending/\(name)")
        let item = try #require(try await reopen().next(for: ada, on: server))
        #expect(item == SpoolItem(id: id, sequence: 1, capturedAt: time, account: ada, server: server, imageSize: 2))
    }

    @Test func workWaitsBesideCapturesInOneOrder() async throws {
        let stretch = Times.stretch(0, 400, idle: 12, told: -1)
        try await withSpool { spool in
            _ = try await add([1], to: spool)
            try await spool.add(stretch, account: ada, server: server)
            _ = try await add([2], to: spool)
        }
        let spool = try await reopen()
        try await spool.remove(try #require(await spool.next(for: ada, on: server)).id)
        let item = try #require(await spool.next(for: ada, on: server))
        #expect(item.at == stretch.start)
        #expect(item.content == .work(end: stretch.end, idleSeconds: 12))
        #expect(await spool.status.work == [owner: 400])
        #expect(await spool.status.waiting == [owner: 1])
        let clock = ServerClock(at: Times.at(0))
        let span = try #require(item.span(by: clock))
        #expect((span.startedAt, span.endedAt) == (Times.at(-1).wall, Times.at(400).wall))
        #expect((span.key, span.idleSeconds) == (item.id, 12))
    }

    /// The server's clock was set during it: nobody worked the hour that this makes, and what was worked is not lost.
    @Test(arguments: [3600.0, 10, -10, -3600])
    func workIsNeverLongerOrShorterThanItWas(leap: Double) async throws {
        var stretch = Times.stretch(0, 400, idle: 12, told: 0)
        stretch.end.told = Times.at(400 + leap).wall
        try await withSpool { spool in try await spool.add(stretch, account: ada, server: server) }
        let item = try #require(await (try await reopen()).next(for: ada, on: server))
        let span = try #require(item.span(by: ServerClock(at: Times.at(0))))
        #expect((span.startedAt, span.endedAt) == (Times.at(leap).wall, Times.at(400 + leap).wall))
        #expect(span.idleSeconds == 12)
    }

    // MARK: Support

    func path(_ item: SpoolItem) -> String {
        "queue/pending/\(String(format: "%012d", item.sequence))-\(item.id.uuidString).capture"
    }

    /// A spool lets go of its folder on its own thread, in its own time.
    func reopen(limit: Int = Spool.defaultLimit) async throws -> Spool {
        while true {
            do throws(SpoolError) {
                return try await Spool.open(directory: directory, limit: limit)
            } catch {
                guard case .inUse = error else { throw error }
                await Task.yield()
            }
        }
    }

    /// A client that comes and goes.
    func withSpool<Result>(
        limit: Int = Spool.defaultLimit, _ body: (Spool) async throws -> Result
    ) async throws -> Result {
        try await body(try await reopen(limit: limit))
    }

    func sizeOfItem(imageBytes: Int) throws -> Int {
        let item = SpoolItem(
            id: UUID(), sequence: 1, capturedAt: time, account: ada, server: server, imageSize: imageBytes)
        let image = [UInt8](repeating: 0, count: imageBytes)
        return try SpoolFile.bytes(of: item, image: image, sealedUnder: nil).1.count
    }
}
