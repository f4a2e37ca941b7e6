import Dispatch
import Files
import Shared
import Synchronization
import TestSupport
import Testing

@testable import TrackerServer

/// What the store tells its listener, and when.
@Suite(.timeLimit(.minutes(2))) struct NewsTests {
    private let files: DataFiles
    private let disk = TestDisk()
    private let heard = Heard()

    init() throws { files = try DataFiles() }

    private final class Heard: Sendable {
        private let collected = Mutex<[Recorded]>([])
        var changes: [Change] { collected.withLock { $0.flatMap(\.changes) } }
        var events: [OfficeEvent] { collected.withLock { $0.flatMap(\.events) } }
        func add(_ recorded: Recorded) { collected.withLock { $0.append(recorded) } }
    }

    private func open() async throws -> JSONFileStore {
        let store = try await files.open(flushes: disk.flushes)
        store.listen { heard.add($0) }
        return store
    }

    private func name(_ name: String) -> Change { .organizationSaved(Organization(name: name, createdAt: nil)) }

    @Test func fiftyWritersAreToldInTheOrderInWhichTheyWrote() async throws {
        let store = try await open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    for _ in 0..<20 {
                        let change = try await store.transact { transaction in
                            let change = name("x" + transaction.state.organization.value.name)
                            transaction.record(change)
                            return change
                        }
                        #expect(heard.changes.contains(change), "it is told before it returns")
                    }
                }
            }
            try await group.waitForAll()
        }
        let lengths = heard.events.map { if case .organization(let name, _) = $0 { name.utf8.count } else { 0 } }
        #expect(lengths == Array(1...1000))
        try await store.close()
    }

    @Test func nothingIsToldThatIsNotOnTheDisk() async throws {
        let store = try await open()
        disk.hold()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await store.transact { $0.record(name("a")) } }
            await disk.waitUntilBlocked()
            #expect(store.peek { $0.organization.value.name } == "a")
            #expect(heard.changes == [])
            disk.release()
            try await group.waitForAll()
        }
        #expect(heard.changes == [name("a")])
        try await store.close()
    }

    @Test func aCorrectionIsToldOnceItIsOnTheDisk() async throws {
        let store = try await open()
        let made = SampleChanges.correction("c-1", minutes: 30)
        var revoked = made
        (revoked.revokedAt, revoked.revokedBy) = (made.createdAt.adding(seconds: 60), "ada")
        let steps: [(change: Change, told: Correction)] = [
            (.correctionMade(made), made),
            (.correctionRevoked(id: "c-1", at: made.createdAt.adding(seconds: 60), by: "ada"), revoked),
        ]
        for (change, told) in steps {
            let before = heard.events
            disk.hold()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await store.transact { $0.record(change) } }
                await disk.waitUntilBlocked()
                #expect(heard.events == before)
                disk.release()
                try await group.waitForAll()
            }
            #expect(heard.events == before + [.correction(told)])
        }
        try await store.close()
    }

    /// Its callers were told that it is uncertain.
    @Test func whatReachesTheDiskLaterIsToldThen() async throws {
        let store = try await open()
        disk.fail(times: 2)
        await #expect(throws: StoreError.self) { try await store.transact { $0.record(name("a")) } }
        #expect(heard.changes == [])
        disk.heal()
        try await store.transact { $0.record(name("b")) }
        #expect(heard.changes == [name("a"), name("b")])
        try await store.close()
    }

    /// The file of the first may take as long as it likes.
    @Test func aLoneWriteIsToldBeforeThoseThatCameAfterIt() async throws {
        let store = try await open()
        let gate = DispatchSemaphore(value: 0)
        disk.beforeFiles { file in
            if file.path.hasSuffix("organization.json.new") { gate.wait() }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await store.transact { $0.record(name("first")) } }
            while store.memory.withLock({ $0.commitments.settled }) == 0 { await Task.yield() }
            try await store.transact { $0.record(.intervalAssigned(AccountID(stored: "a"), seconds: 60)) }
            #expect(heard.changes.first == name("first"))
            #expect(heard.changes.count == 2)
            disk.heal()
            gate.signal()
            try await group.waitForAll()
        }
        #expect(heard.changes.count == 2)
        try await store.close()
    }

    @Test func aListenerThatTakesLongHoldsUpNoFlush() async throws {
        let store = try await files.open(flushes: disk.flushes)
        let gate = DispatchSemaphore(value: 0)
        store.listen { recorded in
            heard.add(recorded)
            gate.wait()
        }
        let beat = Change.heartbeatCounted(session: "mira-1", at: SampleChanges.time, idleSeconds: 0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await store.transact { $0.record(name("a")) } }
            while heard.changes.isEmpty { await Task.yield() }
            for _ in 0..<3 { try await store.transact { $0.record(beat) } }
            gate.signal()
            try await group.waitForAll()
        }
        #expect(heard.changes == [name("a")], "nobody listens for heartbeats alone")
        gate.signal()
        try await store.close()
    }
}
