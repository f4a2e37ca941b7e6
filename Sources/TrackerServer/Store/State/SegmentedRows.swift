/// Rows in an order, held in segments: a copy shares them all, and a change copies one segment, however long the history.
///
/// Each segment carries a stamp that no other content has ever had, so that whoever wrote a segment to a file can tell
/// later whether it is still the same.
struct SegmentedRows<Row: Sendable>: Sendable {
    struct Segment: Sendable {
        var rows: [Row]
        fileprivate(set) var stamp: UInt64
    }

    struct Position: Sendable, Hashable {
        var segment: Int
        var index: Int
    }

    /// Rows of a full segment. One that grows in its middle is divided at twice as many.
    static var capacity: Int { 1024 }

    private(set) var segments: [Segment] = []
    private(set) var count = 0
    private var lastStamp: UInt64 = 0

    subscript(position: Position) -> Row { segments[position.segment].rows[position.index] }

    mutating func append(_ row: Row) {
        if segments.last.map({ $0.rows.count >= Self.capacity }) ?? true {
            var rows: [Row] = []
            rows.reserveCapacity(Self.capacity)
            segments.append(Segment(rows: rows, stamp: 0))
        }
        segments[segments.count - 1].rows.append(row)
        touched(segments.count - 1, added: 1)
    }

    /// Appends rows as a segment of their own; used while a file is loaded.
    /// - Returns: the segment's stamp.
    mutating func append(segment rows: [Row]) -> UInt64 {
        segments.append(Segment(rows: rows, stamp: 0))
        touched(segments.count - 1, added: rows.count)
        return lastStamp
    }

    /// - Returns: true when the segment was divided, so that the segments behind it have moved.
    mutating func insert(_ row: Row, at position: Position) -> Bool {
        segments[position.segment].rows.insert(row, at: position.index)
        touched(position.segment, added: 1)
        let rows = segments[position.segment].rows
        guard rows.count >= 2 * Self.capacity else { return false }
        segments[position.segment].rows = Array(rows[..<Self.capacity])
        segments.insert(Segment(rows: Array(rows[Self.capacity...]), stamp: 0), at: position.segment + 1)
        touched(position.segment + 1, added: 0)
        return true
    }

    mutating func update(at position: Position, _ change: (inout Row) -> Void) {
        change(&segments[position.segment].rows[position.index])
        touched(position.segment, added: 0)
    }

    /// - Returns: true when the segment is gone with its last row, so that the segments behind it have moved.
    mutating func remove(at position: Position) -> Bool {
        segments[position.segment].rows.remove(at: position.index)
        touched(position.segment, added: -1)
        guard segments[position.segment].rows.isEmpty else { return false }
        segments.remove(at: position.segment)
        return true
    }

    private mutating func touched(_ segment: Int, added: Int) {
        lastStamp += 1
        segments[segment].stamp = lastStamp
        count += added
    }
}

extension SegmentedRows: Sequence {
    func makeIterator() -> FlattenSequence<LazyMapSequence<[Segment], [Row]>>.Iterator {
        segments.lazy.flatMap(\.rows).makeIterator()
    }
}
