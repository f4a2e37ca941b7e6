import DequeModule
import Shared

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

    private(set) var entries: Deque<Entry> = []

    /// Where the entries at `time` or later start.
    func firstIndex(at time: Timestamp) -> Int {
        entries.partition { $0.ts >= time }
    }

    /// - Parameter rows: the records that the entries stand for.
    mutating func insert(_ entry: Entry, among rows: SegmentedRows<UploadRow>) {
        let position = entries.partition { Self.isBefore(entry, $0, rows) }
        entries.insert(entry, at: position)
    }

    /// Looks at the entries of that time alone. Mostly the oldest go, and then none of the others moves.
    mutating func remove(_ gone: [Entry]) {
        let times = gone.map(\.ts)
        guard let first = times.min(), let last = times.max() else { return }
        let numbers = Set(gone.map(\.number))
        let range = firstIndex(at: first)..<entries.partition { $0.ts > last }
        entries.replaceSubrange(range, with: entries[range].filter { !numbers.contains($0.number) })
    }

    init(capacity: Int = 0) {
        entries.reserveCapacity(capacity)
    }

    /// While loading: in any order, until ``sort(among:)``.
    mutating func add(_ entry: Entry) { entries.append(entry) }

    mutating func sort(among rows: SegmentedRows<UploadRow>) {
        let isSorted = zip(entries, entries.dropFirst()).allSatisfy { $0.ts < $1.ts }
        if !isSorted { entries.sort { Self.isBefore($0, $1, rows) } }
    }

    private static func isBefore(_ left: Entry, _ right: Entry, _ rows: SegmentedRows<UploadRow>) -> Bool {
        left.ts == right.ts ? rows.file(of: left.number) > rows.file(of: right.number) : left.ts < right.ts
    }
}
