import Shared

/// What the store holds in memory, and what it has promised: the state, the records that are not on disk yet, and which
/// files lag behind. Decisions alone: ``JSONFileStore`` acts on them.
struct StoreMemory: ~Copyable {
    var transaction: Transaction
    /// The number of the last record.
    private(set) var number: UInt64
    /// The number of the last record that is on disk, with all before it.
    private(set) var settled: UInt64
    /// The number of the first record of the group that is being gathered.
    private var group: UInt64
    private var pending: [Journal.Record] = []
    private var pendingTransactions = 0
    private var waiting: [Waiting] = []
    /// True while somebody takes batches.
    private var isCommitting = false
    /// When several transactions waited together.
    private var lastCrowd: Instant?
    /// True from the batch of a lone write until its files are written, or it fails.
    private var isLoneUnderWay = false

    /// The last record that concerns each file.
    private var touched: [DataFile: UInt64] = [:]
    /// The last record that each file is known to hold.
    private var written: [DataFile: UInt64] = [:]
    /// The last record that each file holds for whoever reads it since a lone write, on disk or not.
    private var placed: [DataFile: UInt64] = [:]
    /// Bytes of the files.
    private(set) var sizes: [DataFile: Int]
    var pace = RewritePace()
    private var isSnapshotWanted = false
    /// Files of the journal that were left, with the numbers of their last records.
    private var retired: [(path: String, last: UInt64)] = []

    private(set) var condition = Condition.sound
    private var isClosed = false
    private var lastLook: Instant?

    typealias Instant = ContinuousClock.Instant

    enum Condition: Sendable, Hashable {
        case sound
        /// The journal works, the files can't be rewritten: nothing new is taken on.
        case lagging(StoreError)
        /// The journal can't be written: not even what was seen in memory is sure.
        case failed(StoreError)

        var isJournalSound: Bool {
            if case .failed = self { false } else { true }
        }

        var refusal: StoreError? {
            switch self {
            case .sound: nil
            case .lagging(let error), .failed(let error): error
            }
        }
    }

    /// Somebody who waits for a record to be on disk.
    struct Waiting: Sendable {
        let number: UInt64
        let resume: @Sendable (Result<Void, StoreError>) -> Void
    }

    /// Records that are written together.
    struct Batch: Sendable {
        let records: [Journal.Record]
        let last: UInt64
        let transactions: Int
        /// The small files after a lone write: who waits for the batch waits for them. ``StoreMemory/endLone()`` is owed.
        let lone: FileKeeper.Snapshot?
        /// The files after the last record, when they are due.
        let background: FileKeeper.Snapshot?

        var hasCompleteSnapshot: Bool { background != nil || lone?.isComplete == true }
    }

    /// A write counts as lone when for so long no two have waited together.
    static let loneAfter = Duration.milliseconds(50)

    init(_ transaction: consuming Transaction, lastNumber: UInt64, sizes: [DataFile: Int]) {
        self.transaction = transaction
        number = lastNumber
        settled = lastNumber
        group = lastNumber + 1
        self.sizes = sizes
    }

    // MARK: Transactions

    /// Carries out what the transaction has recorded.
    /// - Returns: nil when that is on disk already because it is nothing; else true when somebody must take batches.
    /// - Throws: what makes the store refuse; then nothing was carried out.
    mutating func enqueue(_ resume: @escaping @Sendable (Result<Void, StoreError>) -> Void)
        throws(StoreError) -> Bool?
    {
        if let refusal {
            transaction.giveUp()
            throw refusal
        }
        let changes = transaction.apply()
        if !changes.isEmpty {
            number += 1
            pending.append(Journal.Record(number: number, group: group, content: .changes(changes)))
            pendingTransactions += 1
            for file in changes.lazy.flatMap(\.files) { touched[file] = number }
        }
        guard number > settled else { return nil }
        waiting.append(Waiting(number: number, resume: resume))
        return startCommitting()
    }

    /// - Returns: false when the record is on disk.
    mutating func wait(
        for number: UInt64, _ resume: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) throws(StoreError) -> Bool {
        guard number > settled else { return false }
        if !condition.isJournalSound { throw .unavailable("The journal can't be written.") }
        waiting.append(Waiting(number: number, resume: resume))
        return true
    }

    /// Notes for the next start what the files hold.
    /// - Returns: true when somebody must take batches.
    private mutating func noteWritten() -> Bool {
        number += 1
        pending.append(Journal.Record(number: number, group: group, content: .written(written)))
        return startCommitting()
    }

    private mutating func startCommitting() -> Bool {
        guard !isCommitting, !pending.isEmpty || isSnapshotWanted, condition.isJournalSound else { return false }
        isCommitting = true
        return true
    }

    // MARK: Batches

    /// The records that wait, or the snapshot that does; nil when nothing does: then whoever took batches is done.
    mutating func takeBatch(at now: Instant) -> Batch? {
        guard !pending.isEmpty || isSnapshotWanted else {
            isCommitting = false
            return nil
        }
        let records = pending
        pending = []
        pending.reserveCapacity(records.count)
        let transactions = pendingTransactions
        pendingTransactions = 0
        if transactions > 0 { group = number + 1 }
        // A lone write that waits for its files is one of several as soon as another comes: else each would make the next
        // wait for files that are behind again when they are written.
        if transactions > 1 || transactions == 1 && isLoneUnderWay { lastCrowd = now }
        let isAlone = transactions == 1 && lastCrowd.map { now - $0 > Self.loneAfter } ?? true
        let small: Set<DataFile> =
            isAlone
            ? outdated.filter { file in
                sizes[file, default: 0] <= JSONFileStore.smallFile
                    && placed[file, default: 0] < touched[file, default: 0]
            } : []
        let lone = small.isEmpty ? nil : snapshot(of: small)
        if lone != nil { isLoneUnderWay = true }
        let background = isSnapshotWanted && lone?.isComplete != true ? snapshot(of: outdated) : nil
        if isSnapshotWanted, background == nil { pace.cancel() }
        isSnapshotWanted = false
        return Batch(records: records, last: number, transactions: transactions, lone: lone, background: background)
    }

    /// The batch is on disk.
    /// - Parameter retired: files of the journal whose records end with the batch.
    /// - Returns: those who waited for it.
    mutating func settle(_ batch: Batch, retired: [String]) -> [Waiting] {
        settled = max(settled, batch.last)
        self.retired += retired.map { ($0, batch.last) }
        let done = waiting.filter { $0.number <= settled }
        waiting.removeAll { $0.number <= settled }
        return done
    }

    /// The files of a lone write are written, or can't be.
    mutating func endLone() {
        isLoneUnderWay = false
    }

    /// The batch can't be written to the journal.
    /// - Returns: those who waited.
    mutating func fail(_ batch: Batch, _ error: StoreError) -> [Waiting] {
        if batch.lone != nil { endLone() }
        condition = .failed(error)
        isCommitting = false
        defer { waiting = [] }
        return waiting
    }

    /// The journal can be written again, and holds everything up to `last`.
    /// - Returns: true when somebody must take batches.
    mutating func recover(through last: UInt64) -> Bool {
        settled = max(settled, last)
        if case .failed = condition { condition = .sound }
        // A rewrite that fell due meanwhile could not be done.
        isSnapshotWanted = false
        pace.cancel()
        return startCommitting()
    }

    // MARK: Files

    /// The files that lack something.
    var outdated: Set<DataFile> {
        Set(touched.filter { written[$0.key, default: 0] < $0.value }.keys)
    }

    func snapshot(of files: Set<DataFile>) -> FileKeeper.Snapshot {
        var contents: [DataFile: FileContent] = [:]
        for file in files { contents[file] = transaction.state.content(of: file) }
        return FileKeeper.Snapshot(
            number: number, contents: contents, isComplete: files.isSuperset(of: outdated), touched: touched)
    }

    /// The next batch is to bring a snapshot of all that lags behind. It is one even without records, since with a snapshot
    /// the journal may begin a new file.
    /// - Returns: true when somebody must take batches.
    mutating func requestSnapshot() -> Bool {
        guard !outdated.isEmpty else {
            pace.cancel()
            return false
        }
        isSnapshotWanted = true
        return startCommitting()
    }

    /// All that lags behind, outside of a batch; nil when that is nothing, or not everything is on disk.
    func settledSnapshot() -> FileKeeper.Snapshot? {
        let outdated = outdated
        guard !outdated.isEmpty, !isCommitting, pendingTransactions == 0, condition.isJournalSound else { return nil }
        return snapshot(of: outdated)
    }

    /// Files are as a lone write wants them for whoever reads them. They count as outdated until that is on disk.
    /// - Parameter sizes: of the files that were written.
    mutating func notePlaced(_ snapshot: FileKeeper.Snapshot, sizes: [DataFile: Int]) {
        for file in snapshot.contents.keys { placed[file] = max(placed[file, default: 0], snapshot.number) }
        self.sizes.merge(sizes) { $1 }
    }

    /// - Parameter sizes: of the files that were written.
    /// - Returns: true when somebody must take batches.
    mutating func noteRewritten(_ snapshot: FileKeeper.Snapshot, sizes: [DataFile: Int]) -> Bool {
        for file in snapshot.contents.keys { written[file] = max(written[file, default: 0], snapshot.number) }
        self.sizes.merge(sizes) { $1 }
        if case .lagging = condition { condition = .sound }
        return sizes.isEmpty || isClosed ? false : noteWritten()
    }

    /// The files of the journal that are of no use once a complete snapshot of that number is written.
    mutating func takeRetired(_ number: UInt64) -> [String] {
        defer { retired.removeAll { $0.last <= number } }
        return retired.filter { $0.last <= number }.map(\.path)
    }

    mutating func noteLagging(_ error: StoreError) {
        placed = [:]
        if condition == .sound, !outdated.isEmpty { condition = .lagging(error) }
    }

    // MARK: The disk

    /// True when the disk has to be looked at before a transaction may start. Who is told so must do it, and tell
    /// ``forgetLook()`` when it can't be used.
    mutating func needsLook(at now: Instant) -> Bool {
        if condition == .sound, let lastLook, now - lastLook < JSONFileStore.lookLifetime { return false }
        lastLook = now
        return true
    }

    mutating func forgetLook() {
        lastLook = nil
    }

    /// Why no transaction is taken on; nil when one is.
    var refusal: StoreError? {
        isClosed ? .unavailable("The store is closed.") : condition.refusal
    }

    /// From now on every transaction is refused.
    /// - Returns: the number of the last record.
    mutating func close() -> UInt64 {
        isClosed = true
        return number
    }
}

/// When files are rewritten in the background: soon, but never more than a tenth of the time. Pure.
struct RewritePace: Sendable {
    private(set) var isScheduled = false
    private var last: (end: ContinuousClock.Instant, took: Duration)?

    /// How long writes are gathered.
    static let pause = Duration.milliseconds(400)

    /// - Returns: how long to wait; nil when a rewrite is under way or scheduled.
    mutating func schedule(at now: ContinuousClock.Instant) -> Duration? {
        guard !isScheduled else { return nil }
        isScheduled = true
        guard let last else { return Self.pause }
        return max(Self.pause, last.took * 9 - (now - last.end))
    }

    /// There is nothing to rewrite after all.
    mutating func cancel() {
        isScheduled = false
    }

    mutating func ended(at end: ContinuousClock.Instant, since start: ContinuousClock.Instant) {
        isScheduled = false
        last = (end, end - start)
    }
}
