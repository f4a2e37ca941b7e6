import Shared

/// The index records in arrival order, with what is asked of them in memory: by file, by idempotency key, and by time,
/// for everybody and for each employee.
struct UploadTable: Sendable {
    private(set) var rows = SegmentedRows<UploadRow>()
    private var nextNumber: UInt32 = 0
    /// Numbers of rows.
    private var byFile: [String: UInt32] = [:]
    private var byKey: [UploadKey: UInt32] = [:]
    /// Files that stand more than once, as only an index written by others may have them.
    private var repeatedFiles: Set<String> = []
    private(set) var timeline = Timeline()
    private(set) var timelines: [AccountID: Timeline] = [:]

    private struct UploadKey: Sendable, Hashable {
        let employee: AccountID
        let key: UUIDBits
    }

    var count: Int { rows.count }

    // MARK: Reading

    /// All of them, in arrival order.
    var all: some Sequence<Stored<UploadRecord>> { rows.lazy.map(\.stored) }

    func record(named name: String) -> UploadRecord? {
        (byFile[UploadRecord.folder + name] ?? byFile[name]).flatMap { record($0) }
    }

    /// The record that an upload with that idempotency key left.
    func record(of employee: AccountID, key: String) -> UploadRecord? {
        guard let bits = UUIDBits(key) else { return nil }
        return byKey[UploadKey(employee: employee, key: bits)].flatMap { record($0) }
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
        index(row, employee: AccountID(stored: record.employeeID))
        let entry = Timeline.Entry(row)
        timeline.insert(entry, among: rows)
        timelines[AccountID(stored: record.employeeID), default: Timeline()].insert(entry, among: rows)
    }

    /// Takes records away; files that are not known are passed over.
    mutating func remove(_ files: [String]) {
        var gone: Set<UInt32> = []
        var employees: Set<AccountID> = []
        for file in files {
            while let number = byFile.removeValue(forKey: file), let position = rows.position(of: number) {
                let employee = AccountID(stored: rows[position].stored.value.employeeID)
                if let bits = UUIDBits(keyOf: file) {
                    let key = UploadKey(employee: employee, key: bits)
                    if byKey[key] == number { byKey[key] = nil }
                }
                _ = rows.remove(at: position)
                gone.insert(number)
                employees.insert(employee)
                if repeatedFiles.contains(file) {
                    byFile[file] = rows.first { $0.stored.value.file == file }?.number
                }
            }
        }
        timeline.remove(gone)
        for employee in employees {
            timelines[employee]?.remove(gone)
            if timelines[employee]?.entries.isEmpty == true { timelines[employee] = nil }
        }
    }

    private mutating func index(_ row: UploadRow, employee: AccountID) {
        let file = row.stored.value.file
        if byFile.updateValue(row.number, forKey: file) != nil { repeatedFiles.insert(file) }
        if let key = UUIDBits(keyOf: file) { byKey[UploadKey(employee: employee, key: key)] = row.number }
    }
}

extension UploadTable {
    /// Takes a segment of a file that is loaded, in the file's order.
    /// - Returns: the segment's stamp.
    mutating func load(_ segment: [Stored<UploadRecord>], accounts: inout Spellings) -> UInt64 {
        var loaded: [UploadRow] = []
        loaded.reserveCapacity(segment.count)
        for stored in segment {
            let row = UploadRow(number: nextNumber, stored: stored)
            nextNumber += 1
            let employee = accounts.account(stored.value.employeeID)
            index(row, employee: employee)
            timeline.add(Timeline.Entry(row))
            timelines[employee, default: Timeline()].add(Timeline.Entry(row))
            loaded.append(row)
        }
        return rows.append(segment: loaded)
    }

    /// To be called before the first and after the last ``load(_:accounts:)``.
    mutating func reserve(_ count: Int) {
        byFile.reserveCapacity(count)
        byKey.reserveCapacity(count)
        timeline.reserve(count)
    }

    mutating func finishLoading() {
        timeline.sort(among: rows)
        for employee in timelines.keys { timelines[employee]?.sort(among: rows) }
    }
}

/// An index record in memory, with its number: those of later arrivals are higher.
struct UploadRow: Sendable {
    let number: UInt32
    let stored: Stored<UploadRecord>
}

extension SegmentedRows<UploadRow> {
    fileprivate func position(of number: UInt32) -> Position? {
        let segment = segments.partition { ($0.rows.last?.number ?? 0) >= number }
        guard segment < segments.count else { return nil }
        let index = segments[segment].rows.partition { $0.number >= number }
        guard index < segments[segment].rows.count, segments[segment].rows[index].number == number else { return nil }
        return Position(segment: segment, index: index)
    }

    fileprivate func file(of number: UInt32) -> String {
        position(of: number).map { self[$0].stored.value.file } ?? ""
    }
}

/// Numbers of records in the order of their time, and where times are equal against the order of their files: the list,
/// which shows the newest first, reads it from its end.
struct Timeline: Sendable {
    struct Entry: Sendable, Hashable {
        let ts: Timestamp
        let number: UInt32

        init(_ row: UploadRow) {
            ts = row.stored.value.ts
            number = row.number
        }
    }

    private(set) var entries: [Entry] = []

    /// Where the entries at `time` or later start.
    func firstIndex(at time: Timestamp) -> Int {
        entries.partition { $0.ts >= time }
    }

    /// - Parameter rows: the records that the entries stand for.
    mutating func insert(_ entry: Entry, among rows: SegmentedRows<UploadRow>) {
        let position = entries.partition { Self.isBefore(entry, $0, rows) }
        entries.insert(entry, at: position)
    }

    mutating func remove(_ numbers: Set<UInt32>) {
        // Old ones go, so nearly all of the timeline stays as it is.
        guard let last = entries.lastIndex(where: { numbers.contains($0.number) }) else { return }
        let kept = entries[...last].filter { !numbers.contains($0.number) }
        entries.replaceSubrange(...last, with: kept)
    }

    fileprivate mutating func reserve(_ count: Int) { entries.reserveCapacity(count) }

    /// While loading: in any order, until ``sort(among:)``.
    fileprivate mutating func add(_ entry: Entry) { entries.append(entry) }

    fileprivate mutating func sort(among rows: SegmentedRows<UploadRow>) {
        let isSorted = zip(entries, entries.dropFirst()).allSatisfy { $0.ts < $1.ts }
        if !isSorted { entries.sort { Self.isBefore($0, $1, rows) } }
    }

    private static func isBefore(_ left: Entry, _ right: Entry, _ rows: SegmentedRows<UploadRow>) -> Bool {
        left.ts == right.ts ? rows.file(of: left.number) > rows.file(of: right.number) : left.ts < right.ts
    }
}

/// A UUID's 128 bits.
private struct UUIDBits: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64

    /// Nil when the text is not in the canonical form.
    init?(_ text: String) {
        var text = text
        guard let bits = text.withUTF8({ UUIDBits($0[...]) }) else { return nil }
        self = bits
    }

    /// The idempotency key in the name of a file, see ``UploadName``.
    init?(keyOf file: String) {
        var file = file
        let bits: UUIDBits? = file.withUTF8 { bytes in
            let start = UploadRecord.folder.utf8.count + UploadName.timeLength
            guard bytes.count > start + 36, bytes[start + 36] == UInt8(ascii: ".") else { return nil }
            return UUIDBits(bytes[start..<(start + 36)])
        }
        guard let bits else { return nil }
        self = bits
    }

    private init?(_ text: Slice<UnsafeBufferPointer<UInt8>>) {
        guard text.count == 36 else { return nil }
        var bits: (UInt64, UInt64) = (0, 0)
        for (offset, byte) in text.enumerated() {
            let digit: UInt8
            switch (offset, byte) {
            case (8, UInt8(ascii: "-")), (13, UInt8(ascii: "-")), (18, UInt8(ascii: "-")), (23, UInt8(ascii: "-")):
                continue
            case (8, _), (13, _), (18, _), (23, _): return nil
            case (_, UInt8(ascii: "0")...UInt8(ascii: "9")): digit = byte - UInt8(ascii: "0")
            case (_, UInt8(ascii: "a")...UInt8(ascii: "f")): digit = byte - UInt8(ascii: "a") + 10
            case (_, UInt8(ascii: "A")...UInt8(ascii: "F")): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            bits = (bits.0 << 4 | bits.1 >> 60, bits.1 << 4 | UInt64(digit))
        }
        (high, low) = bits
    }
}

extension Array {
    /// The first index whose element belongs behind, in an array where those that do come last (binary search).
    fileprivate func partition(isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
