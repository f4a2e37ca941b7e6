import Files
import Foundation
import Logging
import OrderedCollections
import Shared
import Synchronization
import TestSupport
import Testing

@testable import TrackerServer

/// Disks that fail under a store: what was acknowledged is there, what was refused is not, and no restart is needed.
@Suite(.timeLimit(.minutes(5))) struct StoreFaultTests {
    private let files: DataFiles
    private let disk = TestDisk()
    private let log = CollectedLog()
    private let time = StoreTime()

    init() throws { files = try DataFiles() }

    private func open() async throws -> JSONFileStore {
        try await files.open(logger: log.logger, clock: time.clock, flushes: disk.flushes)
    }

    private func assign(_ name: String, _ seconds: Int, in store: JSONFileStore) async throws {
        try await store.transact { $0.record(.intervalAssigned(AccountID(stored: name), seconds: seconds)) }
    }

    /// What a start on the folder as it is now finds.
    private func intervalsAfterACrash() async throws -> [String: Int] {
        let copy = try files.copy()
        let store = try await copy.open()
        defer { withExtendedLifetime(copy) {} }
        let found = try await store.read { state in
            Dictionary(uniqueKeysWithValues: state.intervals.map { ($0.key.spelling, $0.value) })
        }
        try await store.close()
        return found
    }

    @Test(arguments: [false, true]) func aFlushThatFailsOnceCostsNothing(spoiling: Bool) async throws {
        let store = try await open()
        try await assign("a", 60, in: store)
        disk.fail(times: 1, spoiling: spoiling)
        try await assign("b", 120, in: store)
        #expect(try files.journals() != ["journal-1"])
        #expect(try await intervalsAfterACrash() == ["a": 60, "b": 120])
        try await assign("c", 180, in: store)
        #expect(try files.journalled().count >= 2)
        #expect(try await intervalsAfterACrash() == ["a": 60, "b": 120, "c": 180])
        #expect(log.lines(.error).count == 1)
        try await store.close()
        #expect(try files.journals() == [])
        #expect(try await intervalsAfterACrash() == ["a": 60, "b": 120, "c": 180])
    }

    /// The very first batch of a journal: the new file has the name of the one that failed.
    @Test(arguments: [1, 2, 3]) func theFirstFlushOfAJournalMayFail(times: Int) async throws {
        let store = try await open()
        disk.fail(times: times, spoiling: true)
        if times == 1 {
            try await assign("a", 60, in: store)
        } else {
            await #expect(throws: StoreError.self) { try await assign("a", 60, in: store) }
        }
        disk.heal()
        try await assign("b", 60, in: store)
        #expect(try files.journalled().count == 2)
        #expect(try await intervalsAfterACrash() == ["a": 60, "b": 60])
        try await store.close()
    }

    @Test(arguments: [false, true]) func aDiskThatFailsForAWhileIsToldAndComesBack(spoiling: Bool) async throws {
        let store = try await open()
        let (a, b) = (AccountID(stored: "a"), AccountID(stored: "b"))
        try await assign("a", 60, in: store)
        disk.fail(times: .max, spoiling: spoiling)
        let uncertain = await #expect(throws: StoreError.self) { try await assign("b", 120, in: store) }
        if case .uncertain? = uncertain {} else { Issue.record("\(String(describing: uncertain))") }
        for _ in 0..<3 {
            let refused = await #expect(throws: StoreError.self) { try await assign("c", 180, in: store) }
            if case .unavailable? = refused {} else { Issue.record("\(String(describing: refused))") }
            await #expect(throws: StoreError.self) { try await store.transact { _ in } }
            await #expect(throws: StoreError.self) { try await store.read { $0.interval(of: b) } }
            #expect(store.peek { $0.interval(of: b) } == 120)
        }
        // The crash of a server whose journal could not be written finds what was acknowledged.
        #expect(try await intervalsAfterACrash()["a"] == 60)
        disk.heal()
        try await assign("d", 240, in: store)
        #expect(try await store.read { $0.interval(of: a) } == 60)
        #expect(try await store.read { $0.interval(of: b) } == 120)
        #expect(try files.text(.intervals) == "{\n  \"a\": 60,\n  \"b\": 120,\n  \"d\": 240\n}")
        #expect(try await intervalsAfterACrash() == ["a": 60, "b": 120, "d": 240])
        try await store.close()
        #expect(try files.journals() == [])
        #expect(try await intervalsAfterACrash() == ["a": 60, "b": 120, "d": 240])
    }

    @Test func theFileOfALoneWriteThatTheJournalDoesNotTakeStaysAsItWas() async throws {
        let store = try await open()
        try await assign("a", 60, in: store)
        disk.fail(times: .max)
        await #expect(throws: StoreError.self) { try await assign("b", 120, in: store) }
        #expect(try files.text(.intervals) == "{\n  \"a\": 60\n}")
        disk.heal()
        try await assign("c", 180, in: store)
        #expect(try files.text(.intervals) == "{\n  \"a\": 60,\n  \"b\": 120,\n  \"c\": 180\n}")
        try await store.close()
        #expect(try files.strangers() == [])
    }

    /// The system tells one of those who flush a folder that this failed, and once.
    @Test func afterAFailedFlushNobodyTakesTheNextOneForTheOneBefore() throws {
        let flushes = disk.flushes.folders
        let path = files.files.dataFolder
        let before = flushes.failures(of: path)
        try flushes.flush(path, since: before)
        disk.failFiles(ending: "/data")
        #expect(throws: FileError.self) { try flushes.flush(path, since: before) }
        disk.heal()
        #expect(throws: FileError.self) { try flushes.flush(path, since: before) }
        try flushes.flush(path, since: flushes.failures(of: path))
        try flushes.flush(files.files.uploadFolder, since: before)
        #expect(flushes.failures(of: files.files.uploadFolder) == 0)
    }

    /// Who flushes the data folder beside the keepers of its files.
    enum Other: CaseIterable, Sendable { case removal, journal, note }

    @Test(arguments: Other.allCases)
    func aFileThatAnothersFailedFlushMayHaveLostIsWrittenAnew(other: Other) async throws {
        var loaded = try await files.files.load()
        loaded.transaction.record(.intervalAssigned(AccountID(stored: "a"), seconds: 60))
        _ = loaded.transaction.apply()
        let flushes = disk.flushes
        let keeper = FileKeeper(
            files.files, known: loaded.known, logger: .silent, now: { .now }, flushes: flushes)
        let snapshot = FileKeeper.Snapshot(
            number: 1, contents: [.intervals: loaded.transaction.state.content(of: .intervals)], isComplete: false)
        _ = try await keeper.place([.intervals], of: snapshot) { true }
        disk.failFiles(ending: "/data")
        let folder = files.files.dataFolder
        await #expect(throws: (any Error).self) {
            switch other {
            case .removal: try await keeper.removeJournal([])
            case .journal: _ = try JournalFile(folder: folder, first: 1, flushes: flushes)
            case .note: try RetentionNote(at: .now, through: .now).write(in: folder, flushes.folders)
            }
        }
        disk.heal()
        await #expect(throws: StoreError.self) { try await keeper.write([.intervals], of: snapshot) }
        let before = try FileIdentity.of(files.files.path(of: .intervals))
        _ = try await keeper.write([.intervals], of: snapshot)
        #expect(try FileIdentity.of(files.files.path(of: .intervals)) != before)
    }

    @Test func allWhoWaitForAFlushThatFailsAreTold() async throws {
        let store = try await open()
        disk.hold()
        let results = try await withThrowingTaskGroup(of: StoreError?.self) { group in
            for number in 0..<20 {
                if number == 1 { await disk.waitUntilBlocked() }
                group.addTask {
                    do {
                        try await assign("e\(number)", 60, in: store)
                        return nil
                    } catch let error as StoreError {
                        return error
                    }
                }
            }
            while store.peek({ $0.intervals.count }) < 20 { await Task.yield() }
            disk.fail(times: .max)
            disk.release()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        // The one whose flush was under way already succeeds.
        #expect(results.count { $0 == nil } == 1)
        #expect(results.count { if case .uncertain? = $0 { true } else { false } } == 19)
        disk.heal()
        try await store.transact { _ in }
        #expect(try await store.read { $0.intervals.count } == 20)
        #expect(try await intervalsAfterACrash().count == 20)
        try await store.close()
    }

    @Test(arguments: 0..<2 as Range<UInt64>) func throughRandomFailuresWhatWasAcknowledgedStays(seed: UInt64)
        async throws
    {
        var generator = SeededGenerator(seed: seed)
        let store = try await open()
        var acknowledged: [String: Int] = [:]
        var tried: [String: Set<Int>] = [:]
        for step in 0..<25 {
            let name = "e\(Int.random(in: 0..<5, using: &generator))"
            disk.fail(
                times: [0, 0, 1, 2, 5].randomElement(using: &generator) ?? 0,
                spoiling: Bool.random(using: &generator))
            tried[name, default: []].insert(60 + step)
            do {
                try await assign(name, 60 + step, in: store)
                acknowledged[name] = 60 + step
                tried[name] = []
            } catch let error as StoreError {
                #expect(error != .full)
            }
            guard step % 4 == 3 else { continue }
            let found = try await intervalsAfterACrash()
            for (name, seconds) in found {
                #expect(seconds == acknowledged[name] || tried[name]?.contains(seconds) == true)
            }
            for name in acknowledged.keys { #expect(found[name] != nil) }
        }
        disk.heal()
        try await store.close()
        #expect(try files.journals() == [])
    }

    @Test func aJournalThatIsRemovedIsBegunAnew() async throws {
        let store = try await open()
        try await assign("a", 60, in: store)
        for name in try files.journals() { try Folder.removeFile(files.folder.path + "/data/" + name) }
        try await assign("b", 60, in: store)
        #expect(log.lines(.error).count == 1)
        #expect(try await intervalsAfterACrash() == ["a": 60, "b": 60])
        try await store.close()
    }

    @Test(arguments: [DataFile.intervals, .workSessions])
    func aFileThatCannotBeReplacedHoldsUpNewWritesAlone(file: DataFile) async throws {
        let store = try await open()
        let blocked = files.files.path(of: file) + FileReplacement.suffix
        try Folder.make(blocked)
        let session = SampleChanges.session("eva", at: SampleChanges.time)
        try await store.transact { transaction in
            transaction.record(.intervalAssigned(AccountID(stored: "eva"), seconds: 60))
            transaction.record(.sessionStarted(session))
        }
        #expect(try files.journalled().count == 2)
        #expect(try await intervalsAfterACrash() == ["eva": 60])
        for _ in 0..<3 {
            let refused = await #expect(throws: StoreError.self) { try await assign("b", 60, in: store) }
            if case .unavailable? = refused {} else { Issue.record("\(String(describing: refused))") }
        }
        #expect(try await store.read { $0.sessions.count } == 1)
        #expect(log.lines(.error).count == 1)
        #expect(rmdir(blocked) == 0)
        try await assign("b", 120, in: store)
        #expect(try files.text(.intervals) == "{\n  \"eva\": 60,\n  \"b\": 120\n}")
        #expect(try files.text(.workSessions).contains(session.id))
        #expect(log.lines(.notice).count == 1)
        #expect(try files.strangers() == [])
        try await store.close()
        #expect(try files.journals() == [])
    }

    /// The new content never takes its place; after that of the folder it has, but may not be on disk.
    @Test(arguments: ["data/intervals.json.new", "/data"])
    func aFlushOfADataFileOrItsFolderThatFailsHoldsUpNewWritesAlone(path: String) async throws {
        let store = try await open()
        try await assign("a", 60, in: store)
        disk.failFiles(ending: path)
        try await assign("b", 120, in: store)
        #expect(try await intervalsAfterACrash() == ["a": 60, "b": 120])
        // The folder is flushed a while after the answer.
        try await time.passUntil { !log.lines(.error).isEmpty }
        for _ in 0..<2 {
            let refused = await #expect(throws: StoreError.self) { try await assign("c", 180, in: store) }
            if case .unavailable? = refused {} else { Issue.record("\(String(describing: refused))") }
        }
        let content = "{\n  \"a\": 60,\n  \"b\": 120\n}"
        #expect(try (files.text(.intervals) == content) == (path == "/data"))
        let before = try FileIdentity.of(files.files.path(of: .intervals))
        disk.heal()
        try await store.transact { _ in }
        // Flushing the folder again would tell nothing about the first try.
        #expect(try FileIdentity.of(files.files.path(of: .intervals)) != before)
        #expect(try files.text(.intervals) == content)
        #expect(log.lines(.error).count == 1)
        #expect(try files.strangers() == [])
        try await store.close()
        #expect(try await intervalsAfterACrash() == ["a": 60, "b": 120])
    }

    private func rename(_ name: String, in store: JSONFileStore) async throws {
        try await store.transact { $0.record(.organizationSaved(Organization(name: name, createdAt: nil))) }
    }

    @Test func aJournalThatGetsNoMoreRoomIsBegunAnew() async throws {
        let store = try await open()
        try await assign("a", 60, in: store)
        disk.failFiles(ending: "/journal-1")
        let name = String(repeating: "x", count: JournalFile.chunk)
        try await rename(name, in: store)
        try await time.passUntil { try !files.journals().contains("journal-1") }
        try await assign("b", 120, in: store)
        #expect(try await store.read { $0.organization.value.name } == name)
        #expect(try await intervalsAfterACrash() == ["a": 60, "b": 120])
        #expect(log.lines(.error).count == 1)
        try await store.close()
    }

    @Test func aLongJournalThatCannotBeLeftGoesOnServing() async throws {
        let store = try await open()
        disk.beforeFiles { file throws(FileError) in
            guard file.path.contains("/journal-"), !file.path.hasSuffix("/journal-1") else { return }
            throw FileError(attempt: "flush \(file.path)", code: EIO)
        }
        let name = String(repeating: "x", count: 600_000)
        for round in 0..<3 { try await rename("\(round)\(name)", in: store) }
        #expect(try files.journals() == ["journal-1"])
        #expect(log.lines(.warning).count == 2)
        try await assign("a", 60, in: store)
        #expect(try await intervalsAfterACrash() == ["a": 60])
        disk.heal()
        try await assign("b", 120, in: store)
        try await time.passUntil { try !files.journals().contains("journal-1") }
        #expect(try await intervalsAfterACrash() == ["a": 60, "b": 120])
        #expect(log.lines(.error) == [])
        try await store.close()
    }

    /// A quota, which nobody can foresee: what was under way is in memory and will be written when there is room.
    @Test func whatWasUnderWayWhenTheRoomEndedIsUncertainAndTheNextIsRefusedAsFull() async throws {
        let store = try await open()
        try await assign("a", 60, in: store)
        disk.beforeFiles { file throws(FileError) in
            if file.path.contains("/journal-") { throw FileError(attempt: "flush \(file.path)", code: EDQUOT) }
        }
        let name = String(repeating: "x", count: JournalFile.chunk)
        let uncertain = await #expect(throws: StoreError.self) { try await rename(name, in: store) }
        if case .uncertain? = uncertain {} else { Issue.record("\(String(describing: uncertain))") }
        for _ in 0..<2 { await #expect(throws: StoreError.full) { try await assign("b", 120, in: store) } }
        disk.heal()
        try await assign("c", 180, in: store)
        #expect(try await store.read { $0.organization.value.name } == name)
        #expect(try await intervalsAfterACrash() == ["a": 60, "c": 180])
        try await store.close()
    }

    @Test(.enabled(if: getuid() == 0)) func aDiskThatFillsUpUnderTheFilesRefusesAndRecovers() async throws {
        let small = try SmallDisk(megabytes: 2)
        defer { small.unmount() }
        for folder in ["data", "images"] { try Folder.make("\(small.path)/\(folder)") }
        let folder = StoreLayout(dataFolder: small.path + "/data", uploadFolder: small.path + "/images")
        let store = try await JSONFileStore.open(folder, logger: log.logger, clock: time.clock)
        try await assign("a", 60, in: store)
        try small.fill()
        // The disk is believed to be as it was seen last for so long.
        time.pass(JSONFileStore.diskCheckLifetime)
        await #expect(throws: StoreError.full) { try await assign("b", 60, in: store) }
        #expect(try await store.read { $0.intervals.count } == 1)
        try small.makeRoom()
        try await assign("b", 60, in: store)
        try await store.close()
        #expect(try OpenFile.contents(of: folder.path(of: .intervals)) == Array("{\n  \"a\": 60,\n  \"b\": 60\n}".utf8))
    }
}
