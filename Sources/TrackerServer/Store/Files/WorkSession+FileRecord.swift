import JSON
import Shared

extension WorkSession: FileRecord {
    enum Key: String, CaseIterable {
        case id, employeeId, startedAt, endedAt, isActive, idleSeconds, lastHeartbeatAt, date
    }

    static let blank = WorkSession(
        id: "", employeeID: "", startedAt: Timestamp(milliseconds: 0), endedAt: nil, isActive: false, idleSeconds: 0,
        lastHeartbeatAt: Timestamp(milliseconds: 0), date: "")

    var caption: String { id }

    mutating func read(
        _ key: Key, from reader: inout JSONReader, quirks: inout Set<Quirk>
    ) throws(JSONError) -> ValueReading {
        switch key {
        case .id:
            guard let text = try reader.optionalText() else { return .missing }
            id = text
        case .employeeId: employeeID = try reader.text()
        case .startedAt:
            guard let time = try reader.time(&quirks) else { return .missing }
            startedAt = time
        case .endedAt: endedAt = try reader.time(&quirks)
        case .isActive: return try readActivity(from: &reader, quirks: &quirks)
        case .idleSeconds:
            let start = reader.position()
            guard let seconds = try reader.number(quirks: &quirks) else { return .missing }
            guard seconds.isFinite else { throw reader.error("seconds, 0 or more", at: start) }
            if seconds < 0 { quirks.insert(.idleBelowZero) }
            idleSeconds = max(0, seconds)
        case .lastHeartbeatAt:
            guard let time = try reader.time(&quirks) else { return .missing }
            lastHeartbeatAt = time
        case .date:
            guard let text = try reader.optionalText(), !text.isEmpty else { return .missing }
            date = text
        }
        return .taken
    }

    private mutating func readActivity(
        from reader: inout JSONReader, quirks: inout Set<Quirk>
    ) throws(JSONError) -> ValueReading {
        if reader.null() { return .missing }
        var ahead = reader
        do throws(JSONError) {
            isActive = try reader.bool()
        } catch {
            switch try ahead.value() {
            case .number(let number) where [0, 1].contains(number.integer): isActive = number.integer == 1
            case .string(let string) where ["true", "false"].contains(string.text): isActive = string.text == "true"
            default: throw error
            }
            reader = ahead
            quirks.insert(.activityOdd)
        }
        return .taken
    }

    mutating func complete(
        _ missing: Set<Key>, in surroundings: ReadingSurroundings, quirks: inout Set<Quirk>
    ) -> Key? {
        if let key = [Key.employeeId, .startedAt].first(where: { missing.contains($0) }) { return key }
        if missing.contains(.id) {
            id = "\(employeeID)-\(startedAt.milliseconds)"
            quirks.insert(.idMissing)
        }
        if missing.contains(.endedAt) { quirks.insert(.endMissing) }
        if missing.contains(.isActive) {
            isActive = endedAt == nil
            quirks.insert(.activityOdd)
        }
        if missing.contains(.idleSeconds) { quirks.insert(.idleMissing) }
        if missing.contains(.lastHeartbeatAt) {
            lastHeartbeatAt = max(endedAt ?? startedAt, startedAt)
            quirks.insert(.beatMissing)
        }
        if missing.contains(.date) {
            date = surroundings.calendar.day(of: startedAt).iso8601
            quirks.insert(.dateMissing)
        }
        if endedAt == nil, lastHeartbeatAt < startedAt { quirks.insert(.beatBeforeStart) }
        return nil
    }

    func write(_ key: Key, to writer: inout JSONWriter) {
        switch key {
        case .id: writer.string(id)
        case .employeeId: writer.string(employeeID)
        case .startedAt: writer.timestamp(startedAt)
        case .endedAt: writer.timestamp(endedAt)
        case .isActive: writer.bool(isActive)
        case .idleSeconds: writer.number(idleSeconds)
        case .lastHeartbeatAt: writer.timestamp(lastHeartbeatAt)
        case .date: writer.string(date)
        }
    }
}
