import Files
import Foundation
import JSON
import Logging
import Shared
import Synchronization
import TestSupport
import Testing

@testable import TrackerServer

/// The audit's file behind the journal: each entry that was acknowledged has one line, whatever happens to the disk.
@Suite(.timeLimit(.minutes(5))) struct AuditLogTests {
    private let files: DataFiles
    private let disk = TestDisk()
    private let log = CollectedLog()
    private let time = StoreTime()
    private static let author = Author(account: "max", address: "10.0.0.7")

    init() throws { files = try DataFiles() }

    private func open() async throws -> JSONFileStore {
        try await files.open(
            logger: log.logger, now: { SampleChanges.time }, clock: time.clock, flushes: disk.flushes)
    }

    private func look(_ name: String, in store: JSONFileStore) async throws {
        try await store.transact(by: Self.author) { $0.note(.imageViewed, about: name) }
    }

    private func append(_ text: String) throws {
        let file = try OpenFile(files.auditPath, O_WRONLY | O_APPEND)
        try file.write(Array(text.utf8).span)
    }

    @Test func whatIsNotedIsInTheFileWhenTheTransactionReturns() async throws {
        let store = try await open()
        try await look("eva", in: store)
        #expect(try files.audit().stories == ["image_viewed eva"])
        #expect(disk.calls == 1)
        let entry = try #require(try files.audit().entries.first?.entry)
        #expect(entry.who == "max")
        #expect(entry.address == "10.0.0.7")
        #expect(entry.at == SampleChanges.time)
        let permissions = try #require(try Folder.permissions(of: files.auditPath))
        #expect(permissions == 0o600)
        try await store.close()
        #expect(try files.audit().whole() == 1)
        #expect(try files.journals() == [])
    }

    @Test func whereNothingIsNotedThereIsNoFile() async throws {
        let store = try await open()
        try await store.transact { $0.record(.intervalAssigned(AccountID(stored: "a"), seconds: 60)) }
        try await store.close()
        #expect(try !Folder.exists(files.auditPath))
    }

    @Test func numbersGoOnAfterACleanStopAndAfterAKill() async throws {
        for round in 1...3 {
            let store = try await open()
            try await look("a\(round)", in: store)
            try await store.close()
        }
        let killed = try await open()
        try await look("b", in: killed)
        let copy = try files.copy()
        let store = try await copy.open()
        try await look("c", in: store)
        #expect(try copy.audit().stories.map { $0.suffix(2) } == ["a1", "a2", "a3", " b", " c"])
        #expect(try copy.audit().whole() == 5)
        try await store.close()
        try await killed.close()
    }

    /// What a kill or a power failure may leave: the journal, and of the file any beginning.
    @Test func anyCutOfTheFileIsMadeWholeFromTheJournal() async throws {
        let before = try await open()
        for name in ["a", "b"] { try await look(name, in: before) }
        try await before.close()
        let known = try files.audit().lines.map(\.count).reduce(0) { $0 + $1 + 1 }
        let killed = try await open()
        for name in ["c", "d", "e"] { try await look(name, in: killed) }
        let whole = try OpenFile.contents(of: files.auditPath) ?? []
        for length in known...whole.count {
            let copy = try files.copy()
            try copy.folder.write(Array(whole[..<length]), to: "data/" + AuditLog.fileName)
            let store = try await copy.open(now: { SampleChanges.time })
            #expect(try OpenFile.contents(of: copy.auditPath) == whole, "cut to \(length) bytes")
            #expect(store.peek { $0.lastAudit } == 5)
            try await store.close()
        }
        try await killed.close()
    }

    @Test func aTornLineIsDroppedWithANote() async throws {
        let before = try await open()
        try await look("a", in: before)
        try await before.close()
        try append(#"{"n":2,"at":"2026-"#)
        let store = try await open()
        #expect(try files.audit().whole() == 1)
        #expect(log.lines(.notice).contains { $0.text.hasPrefix("The audit ends in a line that was being written") })
        try await look("b", in: store)
        #expect(try files.audit().whole() == 2)
        try await store.close()
    }

    @Test func linesOfOthersStayAndTheChainDoesNotFitThem() async throws {
        let before = try await open()
        try await look("a", in: before)
        try await before.close()
        try append("hello\nworld\n")
        let store = try await open()
        #expect(
            log.lines(.error).contains { $0.text.hasPrefix("The audit ends in lines that this server has not written") }
        )
        try await look("b", in: store)
        try await store.close()
        let lines = try files.audit().lines
        #expect(lines.count == 4)
        #expect(String(decoding: lines[3], as: UTF8.self).hasPrefix(#"{"n":4,"#))
        #expect(throws: AuditChain.Fault.self) { try files.audit().whole() }
    }

    @Test func aFileThatIsNoAuditStopsTheStart() async throws {
        let junk = String(repeating: "x", count: AuditTail.limit + 5000)
        try files.folder.write(Array(junk.utf8), to: "data/" + AuditLog.fileName)
        await #expect(throws: StoreError.self) { try await open() }
    }

    @Test func aFileThatIsCutWhileTheServerRunsIsSaidAndGoesOn() async throws {
        let store = try await open()
        for name in ["a", "b"] { try await look(name, in: store) }
        try await time.passUntil { !store.memory.withLock { $0.lag.isBehind } }
        try OpenFile(files.auditPath, O_RDWR).cut(to: 10)
        try await look("c", in: store)
        #expect(
            log.lines(.error).contains { $0.text.hasPrefix("Somebody else has written to the audit's file, or cut it") }
        )
        try await store.close()
        let lines = try files.audit().lines
        #expect(lines.count == 2)
        #expect(try AuditRecord(json: try JSONReader.value(of: Array(lines[1]))).number == 3)
    }

    @Test func aFileThatIsRemovedWhileTheServerRunsIsBegunAnew() async throws {
        let store = try await open()
        try await look("a", in: store)
        try await time.passUntil { !store.memory.withLock { $0.lag.isBehind } }
        try Folder.removeFile(files.auditPath)
        try await look("b", in: store)
        #expect(try files.audit().stories == ["image_viewed b"])
        try await store.close()
    }

    @Test func entriesAloneDoNotKeepTheJournalForEver() async throws {
        let store = try await open()
        let name = String(repeating: "é", count: 250)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3000 { group.addTask { try await look(name, in: store) } }
            try await group.waitForAll()
        }
        try await time.passUntil { try files.journals().first != "journal-1" }
        #expect(try files.audit().whole() == 3000)
        try await store.close()
        #expect(try files.audit().whole() == 3000)
    }

    @Test func aFlushOfTheFileThatFailsLosesNothing() async throws {
        let store = try await open()
        try await look("a", in: store)
        disk.failFiles(ending: AuditLog.fileName)
        try await time.passUntil { store.memory.withLock { $0.condition } != .sound }
        await #expect(throws: StoreError.self) { try await look("refused", in: store) }
        disk.heal()
        try await look("b", in: store)
        #expect(try files.audit().stories == ["image_viewed a", "image_viewed b"])
        try await store.close()
        #expect(try files.audit().whole() == 2)
    }

    @Test func whatTheJournalCouldNotTakeFollowsWhenItCan() async throws {
        let store = try await open()
        try await look("a", in: store)
        disk.fail(times: 2)
        await #expect(throws: StoreError.self) { try await look("b", in: store) }
        #expect(try files.audit().stories == ["image_viewed a"])
        disk.heal()
        try await look("c", in: store)
        #expect(try files.audit().stories == ["image_viewed a", "image_viewed b", "image_viewed c"])
        #expect(try files.audit().whole() == 3)
        try await store.close()
    }
}
