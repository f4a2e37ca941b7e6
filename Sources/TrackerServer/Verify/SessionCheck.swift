import Foundation
import JSON
import OrderedCollections
import Shared

/// What is wrong with work sessions. Pure.
struct SessionCheck {
    private(set) var findings: [Finding] = []
    private let calendar: WorkCalendar
    private let latest: Timestamp

    private var spellings = Spellings()
    /// Of each employee's sessions so far, the one that ends last.
    private var lastEnds: [AccountID: (end: Timestamp, id: String)] = [:]
    private var open: OrderedDictionary<AccountID, [String]> = [:]
    /// The spans of the days that records name; nil for what is no day.
    private var days: [String: Range<Timestamp>?] = [:]

    /// How far clocks may differ, in milliseconds: what lies further ahead is in the future.
    static let clockTolerance: Int64 = 5 * 60_000

    /// - Parameters:
    ///   - calendar: of the zone whose days the records name.
    ///   - now: when the records were read.
    init(_ rows: SegmentedRows<SessionRow>, calendar: WorkCalendar, now: Timestamp) {
        self.calendar = calendar
        latest = now.adding(milliseconds: Self.clockTolerance)
        for id in Repetition.repeated({ rows.lazy.map(\.id) }) {
            add(.sessionListedTwice, id, "stands more than once", hint: "Stop the server and leave one of the records.")
        }
        // Nearly always the file is in start order already.
        if Self.isSorted(rows) {
            for row in rows { check(row.session) }
        } else {
            for row in rows.sorted(by: { $0.startedAt < $1.startedAt }) { check(row.session) }
        }
        for (employee, ids) in open where ids.count > 1 {
            add(
                .sessionsOpen, employee.spelling,
                "has \(ids.count) open sessions at once: \(ids.joined(separator: ", "))",
                hint: "The server ends all but the newest a moment after its start.")
        }
    }

    private static func isSorted(_ rows: SegmentedRows<SessionRow>) -> Bool {
        var last = Timestamp(milliseconds: .min)
        return rows.allSatisfy { row in
            defer { last = row.startedAt }
            return row.startedAt >= last
        }
    }

    private mutating func check(_ session: WorkSession) {
        let employee = spellings.account(session.employeeID)
        if session.isActive != (session.endedAt == nil) {
            add(
                .sessionContradictory, session.id,
                session.isActive ? "is active, but has an end" : "is not active, but has no end",
                hint: "The server goes by endedAt. Stop it and set isActive accordingly.")
        }
        if session.endedAt == nil { open[employee, default: []].append(session.id) }
        checkDate(session)
        let times = [session.startedAt, session.lastHeartbeatAt, session.endedAt ?? session.startedAt]
        if let time = times.max(), time > latest {
            add(
                .sessionFromFuture, session.id, "reaches \(time.iso8601), which is in the future",
                hint: "See whether this machine's clock is right. " + Hint.correctSession)
        }
        let end = session.endedAt ?? session.lastHeartbeatAt
        guard end >= session.startedAt else {
            return add(
                .sessionReversed, session.id, "ends at \(end.iso8601), before it starts", hint: Hint.correctSession)
        }
        checkLength(session, end: end)
        checkOverlap(session, of: employee, end: end)
    }

    private mutating func checkLength(_ session: WorkSession, end: Timestamp) {
        if session.idleSeconds * 1000 > Double(end - session.startedAt) {
            add(
                .sessionTooIdle, session.id,
                "has \(session.idleSeconds.ecmaScriptText) idle seconds in \((end - session.startedAt) / 1000) seconds",
                hint: "Reports show negative net time. " + Hint.correctSession)
        }
        if session.lastHeartbeatAt < session.startedAt || session.lastHeartbeatAt > end {
            add(
                .sessionHeartbeatOutside, session.id,
                "has its last heartbeat at \(session.lastHeartbeatAt.iso8601), outside the session",
                hint: "Stop the server and set lastHeartbeatAt between startedAt and endedAt.")
        }
        if session.endedAt == session.startedAt {
            add(
                .sessionWithoutLength, session.id, "ends when it starts",
                hint: "It counts no time. The server keeps no such sessions itself; the record can be removed.")
        }
    }

    private mutating func checkOverlap(_ session: WorkSession, of employee: AccountID, end: Timestamp) {
        if let last = lastEnds[employee], session.startedAt < last.end, session.id != last.id {
            add(
                .sessionOverlap, session.id,
                "starts at \(session.startedAt.iso8601), before \(last.id) ends at \(last.end.iso8601)",
                hint: "This time counts twice in reports. " + Hint.correctSession)
        }
        if end > lastEnds[employee]?.end ?? .earliest { lastEnds[employee] = (end, session.id) }
    }

    private mutating func checkDate(_ session: WorkSession) {
        let day: Range<Timestamp>?
        if let known = days[session.date] {
            day = known
        } else {
            day = CivilDate(iso8601: session.date).map { calendar.span(of: $0) }
            days[session.date] = .some(day)
        }
        guard let day else {
            return add(
                .sessionDateInvalid, session.id, "has the date \"\(session.date)\", which is no day",
                hint: "Stop the server and set date to the calendar day of startedAt.")
        }
        guard !day.contains(session.startedAt) else { return }
        let right = calendar.day(of: session.startedAt).iso8601
        add(
            .sessionDateOfOtherZone, session.id,
            "has the date \(session.date), but started on \(right) in \(calendar.zone.name)",
            hint: "Run verify with the server's TRACKER_TIME_ZONE. Where that has changed since, older records keep "
                + "their dates; reports go by startedAt.")
    }

    private mutating func add(_ kind: Finding.Kind, _ subject: String, _ message: String, hint: String) {
        findings.append(Finding(kind, subject, message, hint: hint))
    }
}

/// Finds texts that stand more than once among a million, in eight bytes of memory each.
enum Repetition {
    /// - Parameter texts: gives the same texts each time.
    /// - Returns: each such text once, in the order of the first repetitions.
    static func repeated(_ texts: () -> some Sequence<String>) -> [String] {
        var hashes = texts().map(\.hashValue)
        hashes.sort()
        let suspects = Set(zip(hashes, hashes.dropFirst()).lazy.filter { $0 == $1 }.map(\.0))
        if suspects.isEmpty { return [] }
        // Two texts may share a hash.
        var counts: [String: Int] = [:]
        var repeated: [String] = []
        for text in texts() where suspects.contains(text.hashValue) {
            counts[text, default: 0] += 1
            if counts[text] == 2 { repeated.append(text) }
        }
        return repeated
    }
}
