import Shared

/// What the store holds in memory: the state, what it has promised (``Commitments``) and which files lag behind
/// (``FileLag``). Decisions alone: ``JSONFileStore`` acts on them.
struct StoreMemory: ~Copyable {
    var transaction: Transaction
    private(set) var commitments: Commitments
    var lag: FileLag
    private var isClosed = false
    private var lastDiskCheck: Instant?

    typealias Instant = ContinuousClock.Instant

    enum Condition: Sendable, Hashable {
        case sound
        /// The journal works, the files can't be rewritten: nothing new is taken on.
        case lagging(StoreError)
        /// The journal can't be written: not even what was seen in memory is sure.
        case failed(StoreError)
    }

    /// Records that are written together, and the files after them.
    struct Batch: Sendable {
        let group: Commitments.Group
        /// The small files after a lone write: who waits for the batch waits for them. ``StoreMemory/endLone()`` is owed.
        let lone: FileKeeper.Snapshot?
        /// The files after the last record, when they are due.
        let background: FileKeeper.Snapshot?

        var hasCompleteSnapshot: Bool { background != nil || lone?.isComplete == true }
    }

    init(_ transaction: consuming Transaction, lastNumber: UInt64, sizes: [DataFile: Int]) {
        self.transaction = transaction
        commitments = Commitments(lastNumber: lastNumber)
        lag = FileLag(sizes: sizes)
    }

    var condition: Condition {
        if let failure = commitments.failure { return .failed(failure) }
        return lag.trouble.map { .lagging($0) } ?? .sound
    }

    /// The journal can't be written.
    var hasFailed: Bool { commitments.failure != nil }

    // MARK: Transactions

    /// Carries out what the transaction has recorded. When that is on disk already, `resume` is not called.
    /// - Throws: what makes the store refuse; then nothing was carried out.
    mutating func enqueue(_ resume: @escaping Commitments.Resumption) throws(StoreError) -> Commitments.Promise {
        if let refusal {
            transaction.giveUp()
            throw refusal
        }
        transaction.noteChanges()
        let draft = EventDraft(transaction.changes, before: transaction.state)
        let changes = transaction.apply()
        if !changes.isEmpty {
            let recorded = Recorded(changes: changes, events: draft.events(after: transaction.state))
            lag.record(changes, number: commitments.append(recorded))
        }
        return commitments.promise(resume)
    }

    /// - Returns: false when the record is on disk.
    mutating func wait(for number: UInt64, _ resume: @escaping Commitments.Resumption) throws(StoreError) -> Bool {
        try commitments.wait(for: number, resume)
    }

    // MARK: Batches

    /// The records that wait, or the snapshot that does; nil when nothing does: then whoever took batches is done.
    mutating func takeBatch(at now: Instant) -> Batch? {
        guard let group = commitments.take(at: now) else { return nil }
        let small = group.isAlone ? lag.outdatedForReaders : []
        let lone = small.isEmpty ? nil : snapshot(of: small)
        if lone != nil { commitments.beginLone() }
        let background = group.isSnapshotWanted && lone?.isComplete != true ? snapshot(of: lag.outdated) : nil
        if group.isSnapshotWanted, background == nil { lag.pace.cancel() }
        return Batch(group: group, lone: lone, background: background)
    }

    /// The batch is on disk.
    /// - Parameter retired: files of the journal whose records end with the batch.
    mutating func settle(_ batch: Batch, retired: [String]) -> Commitments.Settled {
        lag.retire(retired, last: batch.group.last)
        return commitments.settle(through: batch.group.last)
    }

    /// The files of a lone write are written, or can't be.
    mutating func endLone() { commitments.endLone() }

    /// The batch can't be written to the journal.
    /// - Returns: those who waited.
    mutating func fail(_ batch: Batch, _ error: StoreError) -> [Commitments.Waiting] {
        if batch.lone != nil { endLone() }
        lag.forgetTrouble()
        return commitments.fail(error)
    }

    /// The journal can be written again, and holds everything up to `last`.
    /// - Returns: as ``Commitments/recover(through:)``.
    mutating func recover(through last: UInt64) -> (news: [Recorded], goesOn: Bool) {
        lag.pace.cancel()
        return commitments.recover(through: last)
    }

    // MARK: Files

    func snapshot(of files: Set<DataFile>) -> FileKeeper.Snapshot {
        lag.snapshot(of: files, of: transaction.state, number: commitments.number)
    }

    /// The next batch is to bring a snapshot of all that lags behind.
    /// - Returns: true when somebody must take batches.
    mutating func requestSnapshot() -> Bool {
        guard lag.isBehind else {
            lag.pace.cancel()
            return false
        }
        return commitments.wantSnapshot()
    }

    /// All that lags behind, outside of a batch; nil when that is nothing, or not everything is on disk.
    func settledSnapshot() -> FileKeeper.Snapshot? {
        guard lag.isBehind, commitments.isIdle else { return nil }
        return snapshot(of: lag.outdated)
    }

    /// Notes for the next start what the files hold.
    /// - Parameter sizes: of the files that were written.
    /// - Returns: true when somebody must take batches.
    mutating func noteRewritten(_ snapshot: FileKeeper.Snapshot, sizes: [DataFile: Int]) -> Bool {
        lag.noteRewritten(snapshot, sizes: sizes)
        return sizes.isEmpty || isClosed ? false : commitments.append(note: .written(lag.written))
    }

    mutating func noteLagging(_ error: StoreError) {
        lag.noteFailure(error, mayRefuse: condition == .sound)
    }

    // MARK: The disk

    /// True when the disk has to be checked before a transaction may start. Who is told so must do it, and tell
    /// ``forgetDiskCheck()`` when it can't be used.
    mutating func needsDiskCheck(at now: Instant) -> Bool {
        if condition == .sound, let lastDiskCheck, now - lastDiskCheck < JSONFileStore.diskCheckLifetime {
            return false
        }
        lastDiskCheck = now
        return true
    }

    mutating func forgetDiskCheck() {
        lastDiskCheck = nil
    }

    /// Why no transaction is taken on; nil when one is.
    var refusal: StoreError? {
        isClosed ? .unavailable("The store is closed.") : commitments.failure ?? lag.trouble
    }

    /// From now on every transaction is refused.
    /// - Returns: the number of the last record.
    mutating func close() -> UInt64 {
        isClosed = true
        return commitments.number
    }
}
