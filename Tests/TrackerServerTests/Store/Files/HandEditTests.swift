import Files
import Foundation
import JSON
import Logging
import Shared
import Synchronization
import TestSupport
import Testing

@testable import TrackerServer

/// Data files that somebody else changes.
@Suite struct HandEditTests {
    private let files: DataFiles
    private let log = CollectedLog()
    private let edited = "{ \"hand\": 90 }"

    init() throws { files = try DataFiles() }

    private func assign(_ name: String, _ seconds: Int, in store: JSONFileStore) async throws {
        try await store.transact { $0.record(.intervalAssigned(AccountID(stored: name), seconds: seconds)) }
    }

    private var copies: [String] {
        get throws { try files.folder.names(in: "data").filter { $0.contains(".edited-") } }
    }

    @Test func aFileThatWasChangedWhileNoServerRanCounts() async throws {
        let first = try await files.open(logger: log.logger)
        try await assign("a", 60, in: first)
        try await first.close()
        try files.put(Array(edited.utf8), in: .intervals)
        let second = try await files.open(logger: log.logger)
        #expect(try await second.read { $0.intervals.map(\.key.spelling) } == ["hand"])
        #expect(try files.text(.intervals) == edited)
        try await assign("b", 60, in: second)
        #expect(try files.text(.intervals) == "{\n  \"hand\": 90,\n  \"b\": 60\n}")
        try await second.close()
        #expect(try copies == [])
        #expect(log.lines(.warning) == [])
    }

    /// What the journal says beyond the files is carried out on the changed one.
    @Test func aFileThatWasChangedAfterACrashCounts() async throws {
        let store = try await files.open()
        try await assign("a", 60, in: store)
        let crashed = try files.copy()
        try await store.close()
        #expect(try crashed.journals() != [])
        try crashed.put(Array(edited.utf8), in: .intervals)
        let after = try await crashed.open(logger: log.logger)
        let found = try await after.read { $0.intervals.map(\.key.spelling) }
        #expect(found.first == "hand")
        try await assign("b", 60, in: after)
        try await after.close()
        #expect(try crashed.text(.intervals).hasPrefix("{\n  \"hand\": 90,\n"))
        #expect(try crashed.text(.intervals).hasSuffix("\"b\": 60\n}"))
    }

    @Test(arguments: [false, true]) func aFileThatIsChangedWhileTheServerRunsIsKeptBeside(byRename: Bool) async throws {
        let store = try await files.open(logger: log.logger)
        try await assign("a", 60, in: store)
        let path = files.files.path(of: .intervals)
        let open = try OpenFile(byRename ? path + "~" : path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try open.write(Array(edited.utf8).span)
        if byRename { #expect(rename(path + "~", path) == 0) }
        try await assign("b", 120, in: store)
        #expect(try files.text(.intervals) == "{\n  \"a\": 60,\n  \"b\": 120\n}")
        let copies = try copies
        #expect(copies.count == 1)
        #expect(copies.first?.hasPrefix("intervals.json.edited-2") == true)
        if let copy = copies.first { #expect(try files.folder.bytes(of: "data/" + copy) == Array(edited.utf8)) }
        #expect(log.lines(.warning).count == 1)
        #expect(log.lines(.warning).first?.metadata.contains(path) == true)
        try await assign("c", 180, in: store)
        #expect(try self.copies == copies)
        #expect(log.lines(.warning).count == 1)
        try await store.close()
        #expect(try files.text(.intervals) == "{\n  \"a\": 60,\n  \"b\": 120,\n  \"c\": 180\n}")
    }

    @Test func aFileThatIsChangedBeforeAStopWithoutAnotherWriteIsKeptBeside() async throws {
        let store = try await files.open(logger: log.logger)
        try await assign("a", 60, in: store)
        try files.put(Array(edited.utf8), in: .intervals)
        try Folder.removeFile(files.files.path(of: .users))
        try files.put(Array("[ ]".utf8), in: .uploadsIndex)
        try await store.close()
        #expect(try files.text(.intervals) == "{\n  \"a\": 60\n}")
        #expect(try files.text(.users) == "[]")
        #expect(try files.text(.uploadsIndex) == "[]")
        let copy = try #require(try copies.first)
        #expect(try files.folder.bytes(of: "data/" + copy) == Array(edited.utf8))
        #expect(log.lines(.warning).count == 3)
        #expect(try files.journals() == [])
    }

    /// Also what can't have a second name.
    @Test func editsOfTheSameMillisecondAreAllKept() async throws {
        let store = try await files.open(logger: log.logger, now: { SampleChanges.time })
        let path = files.files.path(of: .intervals)
        for number in 0..<3 {
            try files.put(Array("\(number)".utf8), in: .intervals)
            try await assign("a", 60 + number, in: store)
        }
        #expect(unlink(path) == 0)
        try Folder.make(path)
        try await assign("a", 120, in: store)
        #expect(try files.text(.intervals) == "{\n  \"a\": 120\n}")
        #expect(try copies.count == 4)
        for (number, copy) in try copies.prefix(3).enumerated() {
            #expect(try files.folder.bytes(of: "data/" + copy) == Array("\(number)".utf8))
        }
        #expect(log.lines(.warning).count == 4)
        try await store.close()
    }

    @Test func aFileThatIsRemovedWhileTheServerRunsIsWrittenAgain() async throws {
        let store = try await files.open(logger: log.logger)
        try await assign("a", 60, in: store)
        for file in [DataFile.intervals, .workSessions] { try Folder.removeFile(files.files.path(of: file)) }
        try await store.transact { transaction in
            transaction.record(.intervalAssigned(AccountID(stored: "b"), seconds: 60))
            transaction.record(.sessionStarted(SampleChanges.session("b", at: SampleChanges.time)))
        }
        #expect(try files.text(.intervals) == "{\n  \"a\": 60,\n  \"b\": 60\n}")
        #expect(try files.text(.workSessions).contains("\"b-"))
        #expect(log.lines(.warning).count == 2)
        try await store.close()
    }

    /// A long file, whose unchanged parts are otherwise copied from the one that is there.
    @Test func fromALongFileThatWasChangedNothingIsCopied() async throws {
        var random = RandomRecords(seed: 8)
        let records = (0..<1500).map { _ in RandomRecords.canonical(random.upload()) }
        let text = "[\(records.joined(separator: ","))\n]"
        try files.put(Array(text.utf8), in: .uploadsIndex)
        let store = try await files.open(logger: log.logger)
        try files.put(Array(text.replacing("Z-", with: "z-").utf8), in: .uploadsIndex)
        let new = random.upload()
        try await store.transact { $0.record(.imageStored(new)) }
        #expect(try files.text(.uploadsIndex) == text.dropLast(2) + "," + RandomRecords.canonical(new) + "\n]")
        #expect(log.lines(.warning).count == 1)
        try await store.close()
    }
}
