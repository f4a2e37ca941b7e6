import Shared

/// An index record in memory, with its number: those of later arrivals are higher.
struct UploadRow: Sendable {
    let number: UInt32
    let stored: Stored<UploadRecord>
}

extension SegmentedRows<UploadRow> {
    func position(of number: UInt32) -> Position? {
        let segment = segments.partition { ($0.rows.last?.number ?? 0) >= number }
        guard segment < segments.count else { return nil }
        let index = segments[segment].rows.partition { $0.number >= number }
        guard index < segments[segment].rows.count, segments[segment].rows[index].number == number else { return nil }
        return Position(segment: segment, index: index)
    }

    func file(of number: UInt32) -> String {
        position(of: number).map { self[$0].stored.value.file } ?? ""
    }
}
