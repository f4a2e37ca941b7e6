import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Files

struct FolderLockTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/.lock" }

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func oneHoldsTheFolderUntilItLetsGo() throws {
        #expect(try FolderLock.holder(path) == .nobody)
        #expect(try folder.names() == [])
        var lock: FolderLock? = try FolderLock.acquire(path)
        #expect(throws: FolderLock.Refusal.self) { try FolderLock.acquire(path) }
        #expect(try FolderLock.holder(path) == .process(Int(getpid())))
        // Whoever asked has closed the file, which the lock outlives.
        #expect(try FolderLock.holder(path) == .process(Int(getpid())))
        #expect(lock != nil)
        lock = nil
        // A child that another test starts has the open file too, until it runs its program.
        let start = ContinuousClock.now
        while try FolderLock.holder(path) != .nobody, ContinuousClock.now - start < .seconds(20) { usleep(1000) }
        #expect(try FolderLock.holder(path) == .nobody)
    }

    @Test func askingKeepsNobodyFromTheLock() async throws {
        let asker = Asker(paths: (0..<2000).map { "\(folder.path)/\($0)" })
        for path in asker.paths { _ = try OpenFile(path, O_RDWR | O_CREAT, mode: 0o600) }
        async let asked: Void = BlockingExecutor(label: "asker").run { try asker.ask() }
        do {
            defer { asker.place.store(asker.paths.count, ordering: .relaxed) }
            for (place, path) in asker.paths.enumerated() {
                asker.place.store(place, ordering: .relaxed)
                _ = try FolderLock.acquire(path)
            }
        }
        try await asked
    }

    /// Asks who holds one file after the other.
    private final class Asker: Sendable {
        let paths: [String]
        /// Of the file that it asks about; behind the last one it ends.
        let place = Atomic(0)

        init(paths: [String]) {
            self.paths = paths
        }

        func ask() throws {
            while case let place = place.load(ordering: .relaxed), place < paths.count {
                _ = try FolderLock.holder(paths[place])
            }
        }
    }

    /// Between the lock and the note that says whose it is, the file has the note of the holder before.
    @Test func aProcessThatIsGoneIsNotNamed() throws {
        let lock = try FolderLock.acquire(path)
        try folder.write("1999999999\n", to: ".lock")
        #expect(try FolderLock.holder(path) == .process(nil))
        withExtendedLifetime(lock) {}
    }

    /// As on file systems that know no locks of open files, but those of flock(2).
    @Test func withoutLocksOfOpenFilesThereIsAnotherWay() throws {
        let none = FolderLock.Locking(
            tryLock: { _ in
                errno = ENOLCK
                return -1
            }, isHeld: { _ in nil })
        #expect(try FolderLock.holder(path, none) == .nobody)
        var lock: FolderLock? = try FolderLock.acquire(path, none)
        #expect(throws: FolderLock.Refusal.self) { try FolderLock.acquire(path, none) }
        #expect(try FolderLock.holder(path, none) == .process(Int(getpid())))
        #expect(lock != nil)
        lock = nil
        // A child that another test starts has the open file too, until it runs its program.
        let start = ContinuousClock.now
        while try FolderLock.holder(path, none) != .nobody, ContinuousClock.now - start < .seconds(20) { usleep(1000) }
        _ = try FolderLock.acquire(path, none)
    }

    @Test(arguments: ["a link", "a pipe"]) func whatIsNoFileIsNoLock(kind: String) throws {
        try folder.write("a stranger's", to: "victim")
        if kind == "a link" { symlink("victim", path) } else { mkfifo(path, 0o600) }
        #expect(throws: FolderLock.Refusal.self) { try FolderLock.acquire(path) }
        #expect(try folder.bytes(of: "victim") == Array("a stranger's".utf8))
    }
}
