import Foundation
import JSON
import Shared

/// Which lines of the audit are wanted, the newest first.
struct AuditQuery: Sendable {
    /// Times, as lines have them.
    let times: Range<Timestamp>
    var about: AccountID?
    var who: AccountID?
    /// What this account did is not wanted.
    var butBy: AccountID?
    var kinds: Set<AuditKind>?
    /// Looks at what is older are not wanted: it is another person's, who had the id before.
    var capturesSince: Timestamp?
    /// Where the page before has ended, in bytes; nil for the first.
    var before: Int?
    let limit: Int

    init(times: Range<Timestamp>, limit: Int) {
        self.times = times
        self.limit = limit
    }

    /// Only what an employee may see: what others did that concerns it, and nothing older than its account.
    mutating func narrow(to employee: User, at now: Timestamp) {
        about = employee.id
        butBy = employee.id
        kinds = Set(AuditKind.ofEmployees).intersection(kinds ?? Set(AuditKind.allCases))
        capturesSince = employee.start(at: now)
    }

    func includes(_ line: AuditLine) -> Bool {
        guard times.contains(line.at) else { return false }
        if let about, line.about.map({ AccountID(stored: $0) == about }) != true { return false }
        if let who, line.who.map({ AccountID(stored: $0) == who }) != true { return false }
        if let butBy, line.who.map({ AccountID(stored: $0) == butBy }) == true { return false }
        if let kinds, AuditKind(rawValue: line.what).map({ kinds.contains($0) }) != true { return false }
        if let capturesSince, line.captured.map({ $0 < capturesSince }) == true { return false }
        return true
    }
}

/// A line of the audit as it stands in its file, also one that another version has written.
struct AuditLine: Sendable, Hashable {
    let json: JSONObject
    let at: Timestamp
    let who: String?
    let what: String
    let about: String?
    /// When the capture was made that it tells of.
    let captured: Timestamp?
    /// Where it begins in the file, in bytes.
    let offset: Int

    /// Nil for what is no line of the audit: ``VerifyCommand`` names it.
    init?(_ bytes: ArraySlice<UInt8>, at offset: Int) {
        do {
            let value = try JSONReader.value(of: Array(bytes))
            let fields = try JSONFields(value)
            guard let object = value.object else { return nil }
            json = object
            at = try fields.timestamp("at")
            who = try fields.optionalText("who")
            what = try fields.text("what")
            about = try fields.optionalText("about")
            captured = fields["detail"]?.object?["ts"]?.text.flatMap { Timestamp(iso8601: $0) }
            self.offset = offset
        } catch {
            return nil
        }
    }

    /// When it was written, for whoever looks at many; nil where its beginning is not as this server writes it.
    static func time(of bytes: ArraySlice<UInt8>) -> Timestamp? {
        // {"n":<digits>,"at":"2026-03-02T08:00:00.123Z"
        let name = Array(#","at":""#.utf8)
        let start = bytes.startIndex + #"{"n":"#.utf8.count
        guard start < bytes.endIndex, let comma = bytes[start...].firstIndex(of: UInt8(ascii: ",")) else { return nil }
        let text = comma + name.count
        guard text + 24 < bytes.endIndex, bytes[comma..<text].elementsEqual(name) else { return nil }
        return Timestamp(iso8601: String(decoding: bytes[text..<(text + 24)], as: UTF8.self))
    }
}
