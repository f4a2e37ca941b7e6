import JSON
import Shared

/// Who looked at the employee's captures and screen last. A value without clock or I/O.
struct Looks: Sendable, Hashable {
    /// The newest first.
    private var rows: [AuditRow] = []

    /// So many are kept.
    static let most = 3
    /// Older ones are not shown: `TrackerTUI looked` has them.
    static let lifetime: Int64 = 86_400_000

    /// Where the newest are asked for: of today.
    static let path = "\(APIPath.auditMe)?limit=\(most)"

    /// Takes what the server tells, in whatever order. Changes of intervals and hours are no looks; the client hears of them
    /// otherwise.
    mutating func take(_ new: [AuditRow]) {
        let looks = new.filter { row in AuditKind.looks.contains { $0.rawValue == row.what } }
        let known = Set(rows.map(\.number))
        rows = Array(
            (rows + looks.filter { !known.contains($0.number) }).sorted { $0.number > $1.number }.prefix(Self.most))
    }

    func newest(at now: Timestamp) -> [AuditRow] { rows.filter { now - $0.at < Self.lifetime } }
}

// In words.
extension Looks {
    /// What somebody did, as a sentence without its full stop.
    /// - Parameter clock: a time in the words of whoever reads it.
    static func words(for row: AuditRow, _ clock: (Timestamp) -> String) -> String {
        let who = (row.who ?? "somebody").asSaid.onOneLine
        return switch AuditKind(rawValue: row.what) {
        case .imageViewed: "\(who) viewed \(capture(row, clock))"
        case .thumbnailsViewed: "\(who) looked at \(captures(row)) in small"
        case .liveBegun: "\(who) began to watch your screen live"
        case .liveEnded:
            "\(who) watched your screen live \(time("since", row).map { "from \(clock($0)) " } ?? "")to \(clock(row.at))"
        case .intervalAssigned: "\(who) set your capture interval to \(interval(row))"
        case .intervalRemoved: "\(who) took your capture interval away"
        case .correctionMade: "\(who) corrected your hours of \(text("date", row)) by \(amount(row))"
        case .correctionRevoked: "\(who) revoked the correction of your hours of \(text("date", row)) by \(amount(row))"
        case .captureDeleted: "\(who) deleted \(capture(row, clock))"
        case .passwordReset: "\(who) set a new password for your account"
        case .tokensEnded: "\(who) signed your account out"
        default: "\(who): \(row.what.asSaid.onOneLine)"
        }
    }

    private static func capture(_ row: AuditRow, _ clock: (Timestamp) -> String) -> String {
        time("ts", row).map { "your capture of \(clock($0))" } ?? "a capture of yours"
    }

    private static func captures(_ row: AuditRow) -> String {
        let count = number("number", row) ?? 1
        let (from, to) = (text("from", row), text("to", row))
        return "\(count) capture\(count == 1 ? "" : "s") of \(from)" + (from == to ? "" : " to \(to)")
    }

    private static func interval(_ row: AuditRow) -> String {
        switch number("intervalSeconds", row) {
        case nil: "another one"
        case CaptureInterval.hoursOnly?: "hours only"
        case let seconds?: DurationText.words(seconds: seconds)
        }
    }

    private static func amount(_ row: AuditRow) -> String {
        let minutes = number("minutes", row) ?? 0
        return "\(minutes < 0 ? "-" : "+")\(DurationText.clock(seconds: abs(minutes) * 60))"
    }

    private static func text(_ name: JSONString, _ row: AuditRow) -> String {
        (row.detail?[name]?.text ?? "an unknown day").asSaid.onOneLine
    }

    private static func time(_ name: JSONString, _ row: AuditRow) -> Timestamp? {
        row.detail?[name]?.text.flatMap { Timestamp(iso8601: $0) }
    }

    /// Nil for what is no number, or none that could be meant.
    private static func number(_ name: JSONString, _ row: AuditRow) -> Int? {
        guard case .number(let number)? = row.detail?[name], let integer = number.integer,
            (-1_000_000...1_000_000).contains(integer)
        else { return nil }
        return integer
    }
}
