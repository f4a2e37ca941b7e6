/// Which data files lag behind the journal, and which of the journal's files nobody needs once they do not. Pure.
struct FileLag {
    /// Bytes of the files.
    private(set) var sizes: [DataFile: Int]
    var pace = RewritePace()
    /// Why the files can't be rewritten.
    private(set) var trouble: StoreError?
    /// The last record that concerns each file.
    private var touched: [DataFile: UInt64] = [:]
    /// The last record that each file is known to hold.
    private(set) var written: [DataFile: UInt64] = [:]
    /// The last record that each file holds for whoever reads it since a lone write, on disk or not.
    private var placed: [DataFile: UInt64] = [:]
    /// The last record with lines of the audit, and the last one whose lines are known to be on disk in the audit's own file.
    private var audited: UInt64 = 0
    private var auditWritten: UInt64 = 0
    /// Files of the journal that were left, with the numbers of their last records.
    private var retired: [(path: String, last: UInt64)] = []

    init(sizes: [DataFile: Int]) {
        self.sizes = sizes
    }

    /// The files that lack something.
    var outdated: Set<DataFile> {
        Set(touched.filter { written[$0.key, default: 0] < $0.value }.keys)
    }

    /// True when they do, or the audit's own file does.
    var isBehind: Bool { !outdated.isEmpty || auditWritten < audited }

    /// Those of them that a lone write brings up to date before it returns.
    var outdatedForReaders: Set<DataFile> {
        outdated.filter { file in
            sizes[file, default: 0] <= JSONFileStore.smallFile
                && placed[file, default: 0] < touched[file, default: 0]
        }
    }

    mutating func record(_ changes: [Change], number: UInt64) {
        for change in changes {
            for file in change.files { touched[file] = number }
            if case .audited = change { audited = number }
        }
    }

    /// - Parameter state: after the record of that number.
    func snapshot(of files: Set<DataFile>, of state: borrowing TrackerState, number: UInt64) -> FileKeeper.Snapshot {
        var contents: [DataFile: FileContent] = [:]
        for file in files { contents[file] = state.content(of: file) }
        return FileKeeper.Snapshot(
            number: number, contents: contents, isComplete: files.isSuperset(of: outdated), touched: touched)
    }

    /// Files are as a lone write wants them for whoever reads them. They count as outdated until that is on disk.
    /// - Parameter sizes: of the files that were written.
    mutating func notePlaced(_ snapshot: FileKeeper.Snapshot, sizes: [DataFile: Int]) {
        for file in snapshot.contents.keys { placed[file] = max(placed[file, default: 0], snapshot.number) }
        self.sizes.merge(sizes) { $1 }
    }

    /// Files are on disk, and so are the audit's lines.
    /// - Parameter sizes: of the files that were written.
    mutating func noteRewritten(_ snapshot: FileKeeper.Snapshot, sizes: [DataFile: Int]) {
        for file in snapshot.contents.keys { written[file] = max(written[file, default: 0], snapshot.number) }
        auditWritten = max(auditWritten, snapshot.number)
        self.sizes.merge(sizes) { $1 }
        trouble = nil
    }

    /// A rewrite failed.
    /// - Parameter mayRefuse: false when the store refuses for another reason already.
    mutating func noteFailure(_ error: StoreError, mayRefuse: Bool) {
        placed = [:]
        if mayRefuse, isBehind { trouble = error }
    }

    /// The journal failed, which is the worse trouble.
    mutating func forgetTrouble() { trouble = nil }

    mutating func retire(_ paths: [String], last: UInt64) {
        retired += paths.map { ($0, last) }
    }

    /// The files of the journal that are of no use once a complete snapshot of that number is written.
    mutating func takeRetired(_ number: UInt64) -> [String] {
        defer { retired.removeAll { $0.last <= number } }
        return retired.filter { $0.last <= number }.map(\.path)
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
