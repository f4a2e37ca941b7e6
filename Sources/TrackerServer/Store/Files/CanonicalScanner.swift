import Foundation
import JSON
import Shared

/// Reads records that have exactly the bytes that the server writes, as nearly all of a file does: several times as fast
/// as ``JSONReader``, which takes over where they differ.
///
/// Nothing is skipped unseen: a record is read here only if writing it again would give the same bytes.
struct CanonicalScanner {
    private var next: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>.SubSequence, base: UnsafePointer<UInt8>) {
        next = base + bytes.startIndex
        end = base + bytes.endIndex
    }

    func offset(from base: UnsafePointer<UInt8>) -> Int { next - base }

    mutating func skip(_ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard end - next >= count, memcmp(next, literal.utf8Start, count) == 0 else { return false }
        next += count
        return true
    }

    /// A text without escapes and control characters, up to its closing quote, which is skipped too.
    mutating func text() -> String? {
        guard let bytes = plainBytes() else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private mutating func plainBytes() -> UnsafeBufferPointer<UInt8>? {
        var cursor = next
        while cursor < end, cursor.pointee != UInt8(ascii: "\"") {
            guard cursor.pointee >= 0x20, cursor.pointee != UInt8(ascii: "\\") else { return nil }
            cursor += 1
        }
        guard cursor < end else { return nil }
        let bytes = UnsafeBufferPointer(start: next, count: cursor - next)
        next = cursor + 1
        return bytes
    }

    /// True when the next text is `employee`, a hyphen and the milliseconds of `start`, as the id of a session is.
    static func isSessionID(_ id: UnsafeBufferPointer<UInt8>, of employee: String, at start: Timestamp) -> Bool {
        var employee = employee
        return employee.withUTF8 { name in
            guard id.count > name.count + 1, let idStart = id.baseAddress, let nameStart = name.baseAddress,
                memcmp(idStart, nameStart, name.count) == 0, id[name.count] == UInt8(ascii: "-"),
                start.milliseconds >= 0
            else { return false }
            var rest = start.milliseconds
            var index = id.count - 1
            repeat {
                guard index > name.count, id[index] == UInt8(ascii: "0") + UInt8(rest % 10) else { return false }
                rest /= 10
                index -= 1
            } while rest > 0
            return index == name.count
        }
    }

    mutating func sessionID() -> UnsafeBufferPointer<UInt8>? { plainBytes() }

    /// `YYYY-MM-DDThh:mm:ss.fffZ` and the closing quote.
    mutating func timestamp() -> Timestamp? {
        guard end - next >= 25, next[4] == UInt8(ascii: "-"), next[7] == UInt8(ascii: "-"),
            next[10] == UInt8(ascii: "T"),
            next[13] == UInt8(ascii: ":"), next[16] == UInt8(ascii: ":"), next[19] == UInt8(ascii: "."),
            next[23] == UInt8(ascii: "Z"), next[24] == UInt8(ascii: "\""),
            let date = date(), let hour = digits(11, 2), hour < 24, let minute = digits(14, 2), minute < 60,
            let second = digits(17, 2), second < 60, let fraction = digits(20, 3)
        else { return nil }
        next += 25
        let seconds = date.daysSince1970 * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        return Timestamp(milliseconds: seconds * 1000 + Int64(fraction))
    }

    /// `YYYY-MM-DD` and the closing quote.
    mutating func day() -> CivilDate? {
        guard end - next >= 11, next[4] == UInt8(ascii: "-"), next[7] == UInt8(ascii: "-"),
            next[10] == UInt8(ascii: "\""), let date = date()
        else { return nil }
        next += 11
        return date
    }

    private func date() -> CivilDate? {
        guard let year = digits(0, 4), let month = digits(5, 2), let day = digits(8, 2) else { return nil }
        return CivilDate(year: year, month: month, day: day)
    }

    private func digits(_ offset: Int, _ count: Int) -> Int? {
        var value = 0
        for index in offset..<(offset + count) {
            let digit = next[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    /// A number that is 0 or more, written as ECMAScript does.
    mutating func seconds() -> Double? {
        var cursor = next
        var value = 0
        while cursor < end, cursor.pointee &- UInt8(ascii: "0") < 10, cursor - next < 15 {
            value = value * 10 + Int(cursor.pointee - UInt8(ascii: "0"))
            cursor += 1
        }
        guard cursor > next, cursor < end, next.pointee != UInt8(ascii: "0") || cursor - next == 1 else { return nil }
        if cursor.pointee == UInt8(ascii: ",") {
            next = cursor
            return Double(value)
        }
        return fraction()
    }

    private mutating func fraction() -> Double? {
        guard let comma = memchr(next, Int32(UInt8(ascii: ",")), min(end - next, 32)) else { return nil }
        let stop = UnsafeRawPointer(comma).assumingMemoryBound(to: UInt8.self)
        let text = String(decoding: UnsafeBufferPointer(start: next, count: stop - next), as: UTF8.self)
        guard let value = Double(text), value.isFinite, value >= 0, value.ecmaScriptText == text else { return nil }
        next = stop
        return value
    }
}

extension SessionRow {
    /// Nil when the next bytes are anything but the record of a regular session.
    init?(_ scanner: inout CanonicalScanner, spellings: inout Spellings) {
        guard scanner.skip("\n  {\n    \"id\": \""), let id = scanner.sessionID(),
            scanner.skip(",\n    \"employeeId\": \""), let employee = scanner.text(),
            scanner.skip(",\n    \"startedAt\": \""), let startedAt = scanner.timestamp(),
            CanonicalScanner.isSessionID(id, of: employee, at: startedAt),
            scanner.skip(",\n    \"endedAt\": ")
        else { return nil }
        var endedAt: Timestamp?
        if !scanner.skip("null") {
            guard scanner.skip("\""), let time = scanner.timestamp() else { return nil }
            endedAt = time
        }
        guard endedAt == nil ? scanner.skip(",\n    \"isActive\": true") : scanner.skip(",\n    \"isActive\": false"),
            scanner.skip(",\n    \"idleSeconds\": "), let idleSeconds = scanner.seconds(),
            scanner.skip(",\n    \"lastHeartbeatAt\": \""), let lastHeartbeatAt = scanner.timestamp(),
            scanner.skip(",\n    \"date\": \""), let date = scanner.day(), scanner.skip("\n  }")
        else { return nil }
        self.init(
            employeeID: spellings.shared(employee), startedAt: startedAt, endedAt: endedAt, idleSeconds: idleSeconds,
            lastHeartbeatAt: lastHeartbeatAt, date: date)
    }
}

extension Stored<UploadRecord> {
    /// Nil when the next bytes are anything but the record of an image in its own form.
    init?(_ scanner: inout CanonicalScanner, spellings: inout Spellings) {
        guard scanner.skip("\n  {\n    \"file\": \""), let file = scanner.text(),
            scanner.skip(",\n    \"employeeId\": \""), let employee = scanner.text(),
            scanner.skip(",\n    \"ts\": \""), let ts = scanner.timestamp(), scanner.skip("\n  }")
        else { return nil }
        self.init(UploadRecord(file: file, employeeID: spellings.shared(employee), ts: ts))
    }
}
