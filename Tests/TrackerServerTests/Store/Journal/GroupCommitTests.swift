import Dispatch
import Files
import OrderedCollections
import Shared
import Synchronization
import TestSupport
import Testing

@testable import TrackerServer

/// Many transactions at a time: who waits for what, and how far the files are behind.
@Suite struct GroupCommitTests {
    private let files: DataFiles
    private let disk = TestDisk()
    private let time = StoreTime()

    init() throws { files = try DataFiles() }

    private func assign(_ name: String, _ seconds: Int, in store: JSONFileStore) async throws {
        try await store.transact { $0.record(.intervalAssigned(AccountID(stored: name), seconds: seconds)) }
    }

    private final class Events: Sendable {
        private let collected = Mutex<[String]>([])
        var list: [String] { collected.withLock { $0 } }
        func add(_ event: String) { collected.withLock { $0.append(event) } }
    }

    @Test func transactionsThatWaitTogetherShareAFlush() async throws {
        let store = try await files.open(flushes: disk.flushes)
        disk.hold()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<300 {
                if number == 1 { await disk.waitUntilBlocked() }
                group.addTask { try await assign("e\(number)", 60, in: store) }
            }
            while store.peek({ $0.intervals.count }) < 300 { await Task.yield() }
            disk.release()
            try await group.waitForAll()
        }
        #expect(disk.calls == 2)
        try await store.close()
        #expect(try await files.files.load().transaction.state.intervals.count == 300)
    }

    @Test func aTransactionWithoutChangesCostsNoFlush() async throws {
        let store = try await files.open(flushes: disk.flushes)
        for _ in 0..<10 { try await store.transact { _ in } }
        _ = try await store.read { $0.accounts.count }
        #expect(disk.calls == 0)
        try await assign("a", 60, in: store)
        #expect(disk.calls == 1)
        try await store.close()
    }

    @Test func whatIsReadIsOnTheDiskAndWhatIsLookedAtNeedNotBe() async throws {
        let store = try await files.open(flushes: disk.flushes)
        let id = AccountID(stored: "a")
        disk.hold()
        let events = Events()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await assign("a", 60, in: store)
                events.add("recorded")
            }
            await disk.waitUntilBlocked()
            #expect(store.peek { $0.interval(of: id) } == 60)
            group.addTask {
                let seen = try await store.read { $0.interval(of: id) }
                #expect(seen == 60)
                events.add("read")
            }
            group.addTask {
                // It has seen what is not on the disk, though it records nothing itself.
                let seen = try await store.transact { $0.state.interval(of: id) }
                #expect(seen == 60)
                events.add("read")
            }
            for _ in 0..<500 { await Task.yield() }
            events.add("flushed")
            disk.release()
            try await group.waitForAll()
        }
        #expect(events.list.first == "flushed")
        #expect(events.list.count == 4)
        try await store.close()
    }

    /// The journal's flush is held up until the file's own has come.
    @Test(.timeLimit(.minutes(1))) func theFileOfALoneWriteReachesTheDiskBesideTheJournal() async throws {
        let store = try await files.open(flushes: disk.flushes)
        let (flushes, flushed) = AsyncStream.makeStream(of: Void.self)
        disk.beforeFiles { file in
            if file.path.hasSuffix("intervals.json.new") { flushed.yield() }
        }
        disk.hold()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await assign("a", 60, in: store) }
            await disk.waitUntilBlocked()
            for await _ in flushes { break }
            #expect(try files.text(.intervals) == "{}", "nobody sees what the journal does not have")
            disk.release()
            try await group.waitForAll()
        }
        #expect(try files.text(.intervals) == "{\n  \"a\": 60\n}")
        try await store.close()
        #expect(try files.strangers() == [])
    }

    /// What was renamed is on the disk a while after the answer; till then the journal has it.
    @Test(.timeLimit(.minutes(1))) func aLoneWriteDoesNotWaitForItsFolder() async throws {
        let store = try await files.open(flushes: disk.flushes)
        try await assign("a", 60, in: store)
        let old = try files.bytes(of: .intervals)
        let gate = DispatchSemaphore(value: 0)
        let isOpen = Mutex(false)
        disk.beforeFiles { file in
            if file.path.hasSuffix("/data"), !isOpen.withLock({ $0 }) { gate.wait() }
        }
        try await assign("b", 120, in: store)
        let copy = try files.copy()
        isOpen.withLock { $0 = true }
        for _ in 0..<8 { gate.signal() }
        try await store.close()
        #expect(try copy.text(.intervals) == "{\n  \"a\": 60,\n  \"b\": 120\n}")
        try copy.put(old, in: .intervals)
        let after = try await copy.open()
        #expect(try await after.read { $0.interval(of: AccountID(stored: "b")) } == 120)
        #expect(try copy.text(.intervals) == "{\n  \"a\": 60,\n  \"b\": 120\n}")
        try await after.close()
    }

    @Test func aLoneWriteLeavesFilesAloneThatOthersHaveBroughtUpToDate() async throws {
        let store = try await files.open(clock: time.clock, flushes: disk.flushes)
        try await assign("a", 60, in: store)
        let before = try FileIdentity.of(files.files.path(of: .intervals))
        try await store.transact { $0.record(.organizationSaved(Organization(name: "Harbour", createdAt: nil))) }
        #expect(try files.text(.organization).contains("Harbour"))
        try await time.passUntil { store.memory.withLock { $0.lag.outdated.isEmpty } }
        #expect(try FileIdentity.of(files.files.path(of: .intervals)) == before)
        try await store.close()
        #expect(try FileIdentity.of(files.files.path(of: .intervals)) == before)
    }

    @Test(.timeLimit(.minutes(1))) func whoWritesWhileALoneWriteWaitsForItsFilesDoesNotWait() async throws {
        let store = try await files.open(clock: time.clock, flushes: disk.flushes)
        let gate = DispatchSemaphore(value: 0)
        disk.beforeFiles { file in
            if file.path.hasSuffix("intervals.json.new") { gate.wait() }
        }
        let events = Events()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await assign("lone", 60, in: store)
                events.add("lone")
            }
            while store.memory.withLock({ $0.commitments.settled }) == 0 { await Task.yield() }
            for number in 0..<8 { try await assign("e\(number)", 60, in: store) }
            events.add("others")
            disk.heal()
            gate.signal()
            try await group.waitForAll()
        }
        #expect(events.list == ["others", "lone"])
        time.pass(Commitments.loneAfter * 2)
        try await assign("next", 60, in: store)
        #expect(try files.text(.intervals).contains("\"next\": 60"))
        try await store.close()
    }

    /// Twice: a lone write in between leaves nothing for the rewrite that is due. The one test that waits for the real clock.
    @Test func underLoadTheFilesFollowWithinASecondOrSo() async throws {
        let store = try await files.open()
        for round in 0..<2 {
            let start = ContinuousClock.now
            let events = Events()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<4 {
                    group.addTask {
                        while events.list.isEmpty, ContinuousClock.now - start < .seconds(20) {
                            try await assign("e\(client)", 60 + round, in: store)
                        }
                    }
                }
                group.addTask {
                    while events.list.isEmpty, ContinuousClock.now - start < .seconds(20) {
                        let text = try files.text(.intervals)
                        if (0..<4).allSatisfy({ text.contains("\"e\($0)\": \(60 + round)") }) {
                            events.add("current")
                        }
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                try await group.waitForAll()
            }
            #expect(events.list == ["current"])
            try await Task.sleep(for: Commitments.loneAfter * 2)
            try await assign("lone", 60 + round, in: store)
            #expect(try files.text(.intervals).contains("\"lone\": \(60 + round)"))
        }
        try await store.close()
    }

    /// A file that is not small follows after a while; the journal is left then.
    @Test(.timeLimit(.minutes(1))) func aLongJournalIsLeftAlsoWhenNobodyWritesMeanwhile() async throws {
        let store = try await files.open(clock: time.clock)
        let name = String(repeating: "x", count: JSONFileStore.smallFile)
        for round in 0..<2 {
            let organization = Organization(name: "\(round)\(name)", createdAt: nil)
            try await store.transact { $0.record(.organizationSaved(organization)) }
        }
        try await time.passUntil { try !files.journals().contains("journal-1") }
        #expect(try files.journals().count == 1)
        #expect(try files.journals() != ["journal-1"])
        try await assign("a", 60, in: store)
        let crashed = try files.copy()
        let after = try await crashed.open()
        #expect(try await after.read { $0.organization.value.name.first } == "1")
        #expect(try await after.read { $0.intervals.count } == 1)
        try await after.close()
        try await store.close()
    }

    /// Under load the journal goes on in a new file now and then, and the old ones go once the data files have what they
    /// say.
    @Test(.timeLimit(.minutes(1))) func aLongJournalIsLeftForANewOne() async throws {
        let store = try await files.open(clock: time.clock)
        let name = String(repeating: "x", count: 600_000)
        for round in 0..<4 {
            let organization = Organization(name: "\(round)\(name)", createdAt: nil)
            try await store.transact { $0.record(.organizationSaved(organization)) }
        }
        #expect(try files.journals() != ["journal-1"])
        try await time.passUntil { try files.journals().count <= 2 }
        let crashed = try files.copy()
        let after = try await crashed.open()
        #expect(try await after.read { $0.organization.value.name.first } == "3")
        try await after.close()
        try await store.close()
        #expect(try files.journals() == [])
    }
}
