import DequeModule
import Files
import Shared

/// The index records in arrival order, with what is asked of them in memory: by file, by idempotency key, and by time,
/// for everybody and for each employee.
struct UploadTable: Sendable {
    private(set) var rows = SegmentedRows<UploadRow>()
    private var nextNumber: UInt32 = 0
    /// Numbers of rows.
    private var byFile: [String: UInt32] = [:]
    /// Files that stand more than once, as only an index written by others may have them.
    private var repeatedFiles: Set<String> = []
    private var byKey = KeyIndex()
    private(set) var timeline = Timeline()
    private(set) var timelines: [AccountID: Timeline] = [:]

    var count: Int { rows.count }

    // MARK: Reading

    /// All of them, in arrival order.
    var all: some Sequence<Stored<UploadRecord>> { rows.lazy.map(\.stored) }

    func record(named name: String) -> UploadRecord? {
        (byFile[UploadRecord.folder + name] ?? byFile[name]).flatMap { record($0) }
    }

    /// The record of a file (`uploads/<name>`).
    func record(of file: String) -> UploadRecord? { byFile[file].flatMap { record($0) } }

    /// The record that an upload with that idempotency key left.
    func record(of employee: AccountID, key: String) -> UploadRecord? {
        guard let bits = UUIDBits(key) else { return nil }
        return byKey.numbers(of: bits).lazy.compactMap { record($0) }
            .first { AccountID(stored: $0.employeeID) == employee }
    }

    /// Newest first, then by file: at most `limit` records of `employee`, or of everybody, that lie in `range` and come
    /// after `cursor`.
    func newest(
        of employee: AccountID?, in range: Range<Timestamp>, after cursor: PageCursor?, limit: Int
    ) -> [UploadRecord] {
        let timeline = employee.map { timelines[$0] ?? Timeline() } ?? timeline
        var records: [UploadRecord] = []
        var index = timeline.firstIndex(
            at: min(range.upperBound, cursor?.ts.adding(milliseconds: 1) ?? range.upperBound))
        while index > 0, records.count < limit {
            index -= 1
            let entry = timeline.entries[index]
            guard entry.ts >= range.lowerBound else { break }
            guard let record = record(entry.number) else { continue }
            if let cursor, PageCursor(record) <= cursor { continue }
            records.append(record)
        }
        return records
    }

    /// The newest `limit` records of everybody.
    func newest(_ limit: Int) -> [UploadRecord] {
        timeline.entries.suffix(limit).compactMap { record($0.number) }
    }

    /// At most `limit` records from before `time`, the oldest first.
    func oldest(_ limit: Int, before time: Timestamp) -> [UploadRecord] {
        timeline.entries.prefix(min(limit, timeline.firstIndex(at: time))).compactMap { record($0.number) }
    }

    /// An employee's newest records and how many there are.
    struct Group: Sendable {
        let employee: AccountID
        let records: [UploadRecord]
        let count: Int
    }

    /// A group for each employee with its `limit` newest records, the one with the newest record first.
    func latest(_ limit: Int) -> [Group] {
        let everything = Timestamp(milliseconds: .min)..<Timestamp(milliseconds: .max)
        return timelines.map { employee, timeline in
            Group(
                employee: employee, records: newest(of: employee, in: everything, after: nil, limit: limit),
                count: timeline.entries.count)
        }.sorted { left, right in
            guard let newest = left.records.first, let other = right.records.first else { return false }
            return PageCursor(newest) < PageCursor(other)
        }
    }

    private func record(_ number: UInt32) -> UploadRecord? {
        rows.position(of: number).map { rows[$0].stored.value }
    }

    // MARK: Changing

    /// Adds a record at the end. One whose file is known is left as it is.
    mutating func append(_ record: UploadRecord) {
        guard byFile[record.file] == nil else { return }
        let row = UploadRow(number: nextNumber, stored: Stored(record))
        nextNumber += 1
        rows.append(row)
        byFile[record.file] = row.number
        if let bits = UUIDBits(keyOf: record.file) { byKey.add(row.number, of: bits) }
        let entry = Timeline.Entry(row)
        timeline.insert(entry, among: rows)
        timelines[AccountID(stored: record.employeeID), default: Timeline()].insert(entry, among: rows)
    }

    /// Takes records away; files that are not known are passed over.
    mutating func remove(_ files: [String]) {
        var gone: [AccountID: [Timeline.Entry]] = [:]
        for file in files {
            while let number = byFile.removeValue(forKey: file), let position = rows.position(of: number) {
                let row = rows[position]
                if let bits = UUIDBits(keyOf: file) { byKey.remove(number, of: bits) }
                _ = rows.remove(at: position)
                gone[AccountID(stored: row.stored.value.employeeID), default: []].append(Timeline.Entry(row))
                if repeatedFiles.contains(file) {
                    byFile[file] = rows.first { $0.stored.value.file == file }?.number
                }
            }
        }
        timeline.remove(gone.values.flatMap { $0 })
        for (employee, entries) in gone {
            timelines[employee]?.remove(entries)
            if timelines[employee]?.entries.isEmpty == true { timelines[employee] = nil }
        }
    }
}

// Loading: the file is read first, then the indexes are made, side by side.
extension UploadTable {
    /// The records of a file in its order, numbered, and whose they are.
    struct Loaded: Sendable {
        private(set) var rows = SegmentedRows<UploadRow>()
        /// For each row, the number of its account in `spellings`.
        private var owners: [Int] = []
        var spellings = Spellings()

        /// - Returns: the segment's stamp.
        mutating func append(_ segment: [Stored<UploadRecord>]) -> UInt64 {
            let first = UInt32(rows.count)
            for stored in segment { owners.append(spellings.number(stored.value.employeeID)) }
            return rows.append(
                segment: segment.enumerated().map { UploadRow(number: first + UInt32($0), stored: $1) })
        }

        fileprivate func indexedByFile() -> (numbers: [String: UInt32], repeated: Set<String>) {
            var numbers: [String: UInt32] = [:]
            var repeated: Set<String> = []
            numbers.reserveCapacity(rows.count)
            for row in rows.segments.lazy.flatMap(\.rows) {
                let file = row.stored.value.file
                if numbers.updateValue(row.number, forKey: file) != nil { repeated.insert(file) }
            }
            return (numbers, repeated)
        }

        fileprivate func indexedByKeyAndTime() -> (KeyIndex, Timeline, [AccountID: Timeline]) {
            var byKey = KeyIndex(capacity: rows.count)
            var all = Timeline(capacity: rows.count)
            var own = [Timeline](repeating: Timeline(), count: spellings.accounts.count)
            for (owner, row) in zip(owners, rows.segments.lazy.flatMap(\.rows)) {
                if let bits = UUIDBits(keyOf: row.stored.value.file) { byKey.add(row.number, of: bits) }
                all.add(Timeline.Entry(row))
                own[owner].add(Timeline.Entry(row))
            }
            all.sort(among: rows)
            for index in own.indices { own[index].sort(among: rows) }
            return (byKey, all, Dictionary(uniqueKeysWithValues: zip(spellings.accounts, own)))
        }
    }

    init(_ loaded: Loaded) async {
        async let files = BlockingExecutor(label: "index by file").run { loaded.indexedByFile() }
        async let others = BlockingExecutor(label: "index by time").run { loaded.indexedByKeyAndTime() }
        rows = loaded.rows
        nextNumber = UInt32(loaded.rows.count)
        (byFile, repeatedFiles) = await files
        (byKey, timeline, timelines) = await others
    }
}
