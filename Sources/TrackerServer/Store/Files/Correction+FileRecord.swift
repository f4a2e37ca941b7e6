import JSON
import Shared

extension Correction: FileRecord {
    enum Key: String, CaseIterable {
        case id, employeeId, date, minutes, reason, by, createdAt, revokedAt, revokedBy
    }

    static let blank = Correction(
        id: "", employeeID: "", date: CivilDate(daysSince1970: 0), minutes: 0, reason: "", by: "",
        createdAt: Timestamp(milliseconds: 0))

    var caption: String { id }

    mutating func read(
        _ key: Key, from reader: inout JSONReader, quirks: inout Set<Quirk>
    ) throws(JSONError) -> ValueReading {
        let start = reader.position()
        switch key {
        case .id: id = try reader.text()
        case .employeeId: employeeID = try reader.text()
        case .date:
            guard let day = CivilDate(iso8601: try reader.text(CivilDate.rule)) else {
                throw reader.error(CivilDate.rule, at: start)
            }
            date = day
        case .minutes:
            let expected = "whole minutes, a year's at most"
            guard let number = try reader.number(expected, quirks: &quirks) else { return .missing }
            guard let whole = Int(exactly: number), Self.readable.contains(whole) else {
                throw reader.error(expected, at: start)
            }
            minutes = whole
        case .reason: reason = try reader.text()
        case .by: by = try reader.text()
        case .createdAt:
            guard let time = try reader.time(&quirks) else { return .missing }
            createdAt = time
        case .revokedAt:
            guard let time = try reader.time(&quirks) else { return .missing }
            revokedAt = time
        case .revokedBy:
            guard let text = try reader.optionalText() else { return .missing }
            revokedBy = text
        }
        return .taken
    }

    mutating func complete(
        _ missing: Set<Key>, in _: ReadingSurroundings, quirks: inout Set<Quirk>
    ) -> Key? {
        Key.allCases.first { missing.contains($0) && $0 != .revokedAt && $0 != .revokedBy }
    }

    func write(_ key: Key, to writer: inout JSONWriter) {
        switch key {
        case .id: writer.string(id)
        case .employeeId: writer.string(employeeID)
        case .date: writer.string(date.iso8601)
        case .minutes: writer.number(minutes)
        case .reason: writer.string(reason)
        case .by: writer.string(by)
        case .createdAt: writer.timestamp(createdAt)
        case .revokedAt: writer.timestamp(revokedAt)
        case .revokedBy: if let revokedBy { writer.string(revokedBy) } else { writer.null() }
        }
    }
}
