import Files
import Foundation
import Logging
import OrderedCollections
import Shared
import Synchronization

/// The store on the JSON files of two folders, with a journal beside them.
///
/// A transaction changes the state in memory and adds a record to the journal; it returns when the record is on disk.
/// Transactions that wait at the same time share one flush. The JSON files follow: at once after a lone write to a small
/// file, else in the background, see ``RewritePace``. What a start finds in the journal is carried out again.
///
/// The way of a change: `transact` → ``StoreMemory`` → the journal's thread (JSONFileStore+Journal.swift) →
/// ``FileKeeper`` (JSONFileStore+Files.swift).
final class JSONFileStore: Sendable {
    let layout: StoreLayout
    let logger: Logger
    /// Held for microseconds, never while the disk works.
    let memory: Mutex<StoreMemory>
    let keepers: FileKeepers
    /// Of both folders: whoever renames files in them flushes them by these.
    let flushes: Flushes
    let journalQueue = DispatchQueue(label: "journal")
    /// Where the listener is told, see ``listen(_:)``.
    let newsQueue = DispatchQueue(label: "news")
    /// Locked on `journalQueue` alone, so nobody waits for it.
    let journal: Mutex<OpenJournal>
    let diskChecks = BlockingExecutor(label: "disk checks")
    let clock: StoreClock
    /// The audit's own file.
    let audit: AuditLog
    /// The time that the audit tells.
    private let now: @Sendable () -> Timestamp
    private let listener = Mutex<Listener?>(nil)

    /// In a value of its own: a bare function in a mutex is wrapped once more by every look at it.
    private struct Listener {
        let heard: @Sendable (Recorded) -> Void
    }

    /// Files up to so many bytes are current when a lone write to them returns.
    static let smallFile = 1_000_000
    /// The least time between two flushes while several transactions wait together.
    static let gatherTime = Duration.milliseconds(1)
    /// How long the disk is believed to be as it was seen last.
    static let diskCheckLifetime = Duration.milliseconds(5)

    /// Loads every file, carries out what the journal has beyond them, and makes files that are missing and never were there.
    /// - Throws: ``DamagedFileError``, ``DamagedJournalError`` or ``LostFilesError``, then no file was changed; `FileError` or
    ///   ``StoreError``.
    static func open(
        _ layout: StoreLayout, logger: Logger, now: @escaping @Sendable () -> Timestamp = { .now },
        clock: StoreClock = .system, flushes: Flushes = Flushes()
    ) async throws -> JSONFileStore {
        var loaded = try await layout.load()
        let missing = DataFile.allCases.filter { loaded.known[$0] == nil }
        try await BlockingExecutor(label: "store").run { try layout.checkMissing(missing) }
        let replay = loaded.journal
        if replay.tornBytes > 0 {
            logger.notice(
                "The journal ends in a record that was being written when the server stopped; it is dropped",
                metadata: ["bytes": "\(replay.tornBytes)"])
        }
        for file in DataFile.allCases {
            for (quirk, noted) in loaded.quirks[file]?.noted ?? [:] {
                logger.notice(
                    "The file \(file.rawValue) \(quirk.sentence)",
                    metadata: ["file": "\(layout.path(of: file))", "found": "\(Quirks.amount(noted))"])
            }
        }
        let keepers = FileKeepers(layout, known: loaded.known, logger: logger, now: now, flushes: flushes)
        try await keepers.removeLeftovers()
        let behind = DataFile.allCases.filter { loaded.outdated.contains($0) || missing.contains($0) }
        var sizes = loaded.known.mapValues(\.size)
        if !behind.isEmpty {
            var contents: [DataFile: FileContent] = [:]
            for file in behind { contents[file] = loaded.transaction.state.content(of: file) }
            let written = try await keepers.write(
                .init(number: replay.lastNumber, contents: contents, isComplete: true))
            sizes.merge(written) { $1 }
        }
        if !missing.isEmpty {
            let paths = missing.map(layout.path(of:)).joined(separator: ", ")
            logger.info("Data files that were not there yet are made", metadata: ["files": "\(paths)"])
        }
        try await BlockingExecutor(label: "store").run { try layout.noteFiles(made: missing, logger) }
        let first = replay.lastNumber + 1
        let journal = try await blocking(layout) { layout throws(FileError) in
            let file = try JournalFile(folder: layout.dataFolder, first: first, flushes: flushes)
            return OpenJournal(file: file, folder: layout.dataFolder, flushes: flushes, firstUnflushed: first)
        }
        let audit = try await blocking(layout) { layout throws(FileError) in
            try AuditLog(layout, records: replay.audited, flushes: flushes, logger: logger)
        }
        loaded.transaction.continueAudit(after: audit.last)
        try await keepers.removeJournal(replay.paths.filter { $0 != journal.file.path })
        return JSONFileStore(
            layout: layout, logger: logger, keepers: keepers, clock: clock, flushes: flushes, journal: journal,
            audit: audit, now: now, memory: StoreMemory(loaded.transaction, lastNumber: replay.lastNumber, sizes: sizes)
        )
    }

    private static func blocking<Value: Sendable>(
        _ layout: StoreLayout, _ work: @escaping @Sendable (StoreLayout) throws(FileError) -> Value
    ) async throws -> Value {
        do throws(FileError) {
            return try await BlockingExecutor(label: "store").run { () throws(FileError) in try work(layout) }
        } catch {
            throw StoreError(error)
        }
    }

    private init(
        layout: StoreLayout, logger: Logger, keepers: FileKeepers, clock: StoreClock, flushes: Flushes,
        journal: OpenJournal, audit: AuditLog, now: @escaping @Sendable () -> Timestamp,
        memory: consuming StoreMemory
    ) {
        self.layout = layout
        self.logger = logger
        self.keepers = keepers
        self.clock = clock
        self.flushes = flushes
        self.journal = Mutex(journal)
        self.audit = audit
        self.now = now
        self.memory = Mutex(memory)
    }

    /// Shows the newest state, which may not be on disk yet: for checks, not for answers.
    func peek<Value: Sendable>(_ body: (borrowing TrackerState) throws -> Value) rethrows -> Value {
        try memory.withLock { try body($0.transaction.state) }
    }

    /// Reads the state. When this returns, all that was seen is on disk.
    /// - Throws: what `body` throws, or ``StoreError``.
    func read<Value: Sendable>(_ body: (borrowing TrackerState) throws -> Value) async throws -> Value {
        let (value, number, isSettled) = try memory.withLock { memory in
            (try body(memory.transaction.state), memory.commitments.number, memory.commitments.isSettled)
        }
        if !isSettled { try await settle(number) }
        return value
    }

    /// Checks and records in one turn: no other transaction runs between what `body` reads and what it records.
    ///
    /// When this returns, what was recorded is on disk, and so is all that `body` has seen. When `body` or the disk
    /// throws, nothing was recorded, but for ``StoreError/uncertain(_:)``.
    /// - Parameter author: on whose behalf; the audit tells of what is recorded then. Nil for what it does not tell of.
    /// - Throws: what `body` throws, or ``StoreError``.
    func transact<Value: Sendable>(
        by author: Author? = nil, _ body: (inout Transaction) throws -> Value
    ) async throws -> Value {
        try await admit()
        return try await withCheckedThrowingContinuation { continuation in
            do {
                let promise = try memory.withLock { memory in
                    let value: Value
                    memory.transaction.begin(by: author, at: now())
                    do {
                        value = try body(&memory.transaction)
                    } catch {
                        memory.transaction.giveUp()
                        throw error
                    }
                    let resume = { @Sendable (result: Result<Void, StoreError>) in
                        continuation.resume(with: result.map { value }.mapError { $0 as any Error })
                    }
                    let promise = try memory.enqueue(resume)
                    if promise == .kept { resume(.success(())) }
                    return promise
                }
                if promise == .open { commit() }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    /// Records something on somebody's behalf without waiting, after all that was recorded before it was called.
    /// - Parameters:
    ///   - body: as of ``transact(by:_:)``; it may not throw, and sees no disk.
    ///   - then: called once it is on disk, or can't be; never before this returns.
    func post(
        by author: Author, _ body: (inout Transaction) -> Void,
        then: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        let later = { @Sendable [newsQueue] (result: Result<Void, StoreError>) in
            newsQueue.async { then(result) }
        }
        do throws(StoreError) {
            let promise = try memory.withLock { memory throws(StoreError) in
                memory.transaction.begin(by: author, at: now())
                body(&memory.transaction)
                return try memory.enqueue(later)
            }
            if promise == .kept { later(.success(())) }
            if promise == .open { commit() }
        } catch {
            later(.failure(error))
        }
    }

    /// Tells `listener` of what was recorded, once it is on disk: transaction by transaction in the order in which they were
    /// carried out, each before it returns. Heartbeats alone are not told.
    ///
    /// Until `listener` returns, those wait who have recorded what it is told, and others with them.
    func listen(_ listener: @escaping @Sendable (Recorded) -> Void) {
        self.listener.withLock { $0 = Listener(heard: listener) }
    }

    /// On the ``newsQueue``.
    func tell(_ news: [Recorded]) {
        guard let listener = listener.withLock({ $0 }) else { return }
        news.forEach(listener.heard)
    }

    /// Ends the store cleanly: all files are exact, also those that others have changed, and no journal is left.
    /// - Throws: ``StoreError`` when the files can't be written; the journal holds what they lack.
    func close() async throws {
        let last = memory.withLock { $0.close() }
        if memory.withLock({ $0.hasFailed }) { await recoverJournal() }
        try await settle(last)
        await finishJournal()
        let changed = try await keepers.changedByOthers()
        _ = try await keepers.write(memory.withLock { $0.snapshot(of: changed.union($0.lag.outdated)) })
        try await audit.flush()
        let paths = try await Self.blocking(layout) { layout throws(FileError) in
            try layout.journalFiles().map(\.path)
        }
        try await keepers.removeJournal(paths)
    }

    /// Returns when the record is on disk, with all before it.
    private func settle(_ number: UInt64) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let resume = { @Sendable (result: Result<Void, StoreError>) in
                continuation.resume(with: result.mapError { $0 as any Error })
            }
            do throws(StoreError) {
                let waits = try memory.withLock { memory throws(StoreError) in try memory.wait(for: number, resume) }
                if !waits { resume(.success(())) }
            } catch {
                resume(.failure(error))
            }
        }
    }
}
