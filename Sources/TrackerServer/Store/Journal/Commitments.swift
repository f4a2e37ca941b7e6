/// What the store has promised: the numbers of its records, which of them are on disk, who waits for that, and what is to be
/// told then. Pure; which data files there are it does not know.
struct Commitments {
    /// The number of the last record.
    private(set) var number: UInt64
    /// The number of the last record that is on disk, with all before it.
    private(set) var settled: UInt64
    /// Why the journal can't be written: not even what was seen in memory is sure.
    private(set) var failure: StoreError?
    /// The number of the first record of the group that is being gathered.
    private var group: UInt64
    private var pending: [Journal.Record] = []
    private var pendingTransactions = 0
    private var waiting: [Waiting] = []
    /// What nobody has been told yet, in the order of the records.
    private var untold: [(number: UInt64, recorded: Recorded)] = []
    /// True while somebody takes batches.
    private var isCommitting = false
    /// The next batch is one even without records.
    private var isSnapshotWanted = false
    /// When several transactions waited together.
    private var lastCrowd: Instant?
    /// True from the batch of a lone write until its files are written, or it fails.
    private var isLoneUnderWay = false

    typealias Instant = ContinuousClock.Instant
    typealias Resumption = @Sendable (Result<Void, StoreError>) -> Void

    /// Somebody who waits for a record to be on disk.
    struct Waiting: Sendable {
        let number: UInt64
        let resume: Resumption
    }

    /// What follows from records that are on disk now: first all is told, in this order, then those who waited go on.
    struct Settled: Sendable {
        let news: [Recorded]
        let waiting: [Waiting]
    }

    /// When what was seen and recorded is on disk.
    enum Promise: Sendable, Hashable {
        /// It is already, because there is nothing.
        case kept
        case underWay
        /// As soon as somebody takes batches.
        case open
    }

    /// Records that are written together.
    struct Group: Sendable {
        let records: [Journal.Record]
        let last: UInt64
        let transactions: Int
        /// It is a single write, and there was none beside it for a while.
        let isAlone: Bool
        let isSnapshotWanted: Bool

        /// The entries of the audit that are among them.
        var audited: [AuditRecord] {
            records.flatMap { record -> [AuditRecord] in
                guard case .changes(let changes) = record.content else { return [] }
                return changes.compactMap { if case .audited(let record) = $0 { record } else { nil } }
            }
        }
    }

    /// A write counts as lone when for so long no two have waited together.
    static let loneAfter = Duration.milliseconds(50)

    init(lastNumber: UInt64) {
        number = lastNumber
        settled = lastNumber
        group = lastNumber + 1
    }

    var isSettled: Bool { number == settled }
    /// Nobody takes batches, and nothing waits for a batch but notes.
    var isIdle: Bool { !isCommitting && pendingTransactions == 0 && failure == nil }

    // MARK: Records

    /// - Returns: the record's number.
    mutating func append(_ recorded: Recorded) -> UInt64 {
        number += 1
        pending.append(Journal.Record(number: number, group: group, content: .changes(recorded.changes)))
        pendingTransactions += 1
        if recorded.isNews { untold.append((number, recorded)) }
        return number
    }

    /// A note for the next start, for which nobody waits.
    /// - Returns: true when somebody must take batches.
    mutating func append(note content: Journal.Content) -> Bool {
        number += 1
        pending.append(Journal.Record(number: number, group: group, content: content))
        return start()
    }

    /// Somebody waits for all that there is by now.
    mutating func promise(_ resume: @escaping Resumption) -> Promise {
        guard number > settled else { return .kept }
        waiting.append(Waiting(number: number, resume: resume))
        return start() ? .open : .underWay
    }

    /// - Returns: false when the record is on disk.
    mutating func wait(for number: UInt64, _ resume: @escaping Resumption) throws(StoreError) -> Bool {
        guard number > settled else { return false }
        if failure != nil { throw .unavailable("The journal can't be written.") }
        waiting.append(Waiting(number: number, resume: resume))
        return true
    }

    /// The next batch is to bring a snapshot of the files. It is one even without records, since with a snapshot the journal
    /// may begin a new file.
    /// - Returns: true when somebody must take batches.
    mutating func wantSnapshot() -> Bool {
        isSnapshotWanted = true
        return start()
    }

    private mutating func start() -> Bool {
        guard !isCommitting, !pending.isEmpty || isSnapshotWanted, failure == nil else { return false }
        isCommitting = true
        return true
    }

    // MARK: Groups

    /// The records that wait; nil when neither they nor a snapshot do: then whoever took batches is done.
    mutating func take(at now: Instant) -> Group? {
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
        defer { isSnapshotWanted = false }
        return Group(
            records: records, last: number, transactions: transactions, isAlone: isAlone,
            isSnapshotWanted: isSnapshotWanted)
    }

    /// Everything up to `last` is on disk.
    mutating func settle(through last: UInt64) -> Settled {
        settled = max(settled, last)
        let done = waiting.filter { $0.number <= settled }
        waiting.removeAll { $0.number <= settled }
        return Settled(news: takeNews(), waiting: done)
    }

    private mutating func takeNews() -> [Recorded] {
        let news = untold.prefix { $0.number <= settled }
        untold.removeFirst(news.count)
        return news.map(\.recorded)
    }

    mutating func beginLone() { isLoneUnderWay = true }

    /// The files of a lone write are written, or can't be.
    mutating func endLone() { isLoneUnderWay = false }

    /// A group can't be written to the journal.
    /// - Returns: those who waited.
    mutating func fail(_ error: StoreError) -> [Waiting] {
        failure = error
        isCommitting = false
        defer { waiting = [] }
        return waiting
    }

    /// The journal can be written again, and holds everything up to `last`.
    /// - Returns: what is to be told, also of what those were told is uncertain who waited for it; and true when somebody must
    ///   take batches.
    mutating func recover(through last: UInt64) -> (news: [Recorded], goesOn: Bool) {
        settled = max(settled, last)
        failure = nil
        // A rewrite that fell due meanwhile could not be done.
        isSnapshotWanted = false
        return (takeNews(), start())
    }
}
