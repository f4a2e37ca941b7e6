import DequeModule
import Foundation
import Shared

/// The work sessions in start order, with what is asked of them in memory: the open ones, each employee's last end, and
/// which ones lie in a span of time, of everybody or of one employee.
struct SessionTable: Sendable {
    private(set) var rows = SegmentedRows<SessionRow>()
    /// One for each segment of `rows`.
    private var bounds: [Bounds] = []
    private var open: [String: OpenSession] = [:]
    /// Ids of open sessions in start order; only a file written by others has more than one for an employee.
    private var openIDs: [AccountID: [String]] = [:]
    private var histories: [AccountID: History] = [:]

    private struct OpenSession: Sendable {
        let startedAt: Timestamp
        let employee: AccountID
    }

    /// An employee's sessions, by what stays the same when rows move.
    private struct History: Sendable {
        /// When each of them started, in that order.
        private(set) var starts: Deque<Timestamp> = []
        /// No ended session has lasted for more milliseconds.
        private(set) var longest: Int64 = 0
        private(set) var lastEnd: Timestamp?

        mutating func add(_ row: SessionRow) {
            if let last = starts.last, last > row.startedAt {
                starts.insert(row.startedAt, at: starts.partition { $0 > row.startedAt })
            } else {
                starts.append(row.startedAt)
            }
            if let end = row.endedAt { noteEnd(from: row.startedAt, at: end) }
        }

        mutating func remove(_ start: Timestamp) {
            let index = starts.partition { $0 >= start }
            if index < starts.count, starts[index] == start { starts.remove(at: index) }
        }

        mutating func noteEnd(from start: Timestamp, at end: Timestamp) {
            longest = max(longest, end - start)
            lastEnd = max(lastEnd ?? end, end)
        }
    }

    var count: Int { rows.count }
    /// How many have not ended.
    var openCount: Int { open.count }

    // MARK: Reading

    /// All of them, in start order.
    var all: some Sequence<Stored<WorkSession>> { rows.lazy.map(\.stored) }

    /// In start order.
    var openSessions: [WorkSession] {
        open.compactMap { id, session in findOpen(id, startedAt: session.startedAt).map { rows[$0].session } }
            .sorted { $0.startedAt < $1.startedAt }
    }

    /// The employee's newest session that has not ended.
    func openSession(of employee: AccountID) -> WorkSession? {
        openIDs[employee]?.last.flatMap { openSession(withID: $0) }
    }

    func openSession(withID id: String) -> WorkSession? {
        guard let session = open[id] else { return nil }
        return findOpen(id, startedAt: session.startedAt).map { rows[$0].session }
    }

    /// The session of that id, open or not.
    func session(_ id: String, startedAt start: Timestamp) -> WorkSession? {
        find(id, startedAt: start).map { rows[$0].session }
    }

    /// How the records spell the id; nil when there are none.
    func spelling(of employee: AccountID) -> String? {
        guard let index = histories.index(forKey: employee), !histories[index].value.starts.isEmpty else { return nil }
        return histories[index].key.spelling
    }

    /// When the employee's last ended session ended.
    func lastEnd(of employee: AccountID) -> Timestamp? { histories[employee]?.lastEnd }

    /// True when a session of the employee started at that millisecond: its id is taken.
    func hasSession(of employee: AccountID, startedAt start: Timestamp) -> Bool {
        guard let starts = histories[employee]?.starts else { return false }
        let index = starts.partition { $0 >= start }
        return index < starts.count && starts[index] == start
    }

    /// The sessions that may share an instant with `span`, in start order: those that started before its end and ended
    /// after its start, or have not ended.
    func sessions(in span: Range<Timestamp>) -> [WorkSession] {
        slice(of: nil, in: span).sessions
    }

    /// The same of one employee.
    func sessions(of employee: AccountID, in span: Range<Timestamp>) -> [WorkSession] {
        slice(of: employee, in: span).sessions
    }

    /// Sessions as they were at one moment, in start order. It shares memory with the table, and takes no time to make,
    /// however many there are.
    struct Slice: Sendable {
        fileprivate var segments: [[SessionRow]] = []
        fileprivate let span: Range<Timestamp>

        func forEach(_ body: (SessionRow) throws -> Void) rethrows {
            for rows in segments {
                for row in rows where row.mayShare(span) { try body(row) }
            }
        }

        fileprivate var sessions: [WorkSession] {
            var found: [WorkSession] = []
            forEach { found.append($0.session) }
            return found
        }
    }

    /// The sessions of `employee`, or of everybody, that may share an instant with `span`.
    func slice(of employee: AccountID?, in span: Range<Timestamp>) -> Slice {
        var slice = Slice(span: span)
        if let employee {
            slice.segments = [rows(of: employee, in: span)]
        } else {
            slice.segments = segments(in: span).map { rows.segments[$0].rows }
        }
        return slice
    }

    /// Newest first, then by id: at most `limit` sessions of `employee`, or of everybody, that may share an instant with
    /// `span`, come after `cursor`, and are wanted.
    func newest(
        of employee: AccountID?, in span: Range<Timestamp>, after cursor: PageCursor?, limit: Int,
        where isWanted: (SessionRow) -> Bool
    ) -> [SessionRow] {
        func isNext(_ row: SessionRow) -> Bool {
            if let cursor {
                guard row.startedAt <= cursor.ts else { return false }
                if row.startedAt == cursor.ts, row.id <= cursor.name { return false }
            }
            return row.mayShare(span) && isWanted(row)
        }
        var found: [SessionRow] = []
        if let employee {
            found = rows(of: employee, in: span).filter(isNext)
        } else {
            for segment in Array(segments(in: span)).reversed() {
                // Whatever started before all that were found comes behind them.
                if found.count >= limit, let oldest = found.map(\.startedAt).min(), bounds[segment].lastStart < oldest {
                    break
                }
                if let cursor, bounds[segment].firstStart > cursor.ts { continue }
                found += rows.segments[segment].rows.filter(isNext)
            }
        }
        found.sort { $0.startedAt == $1.startedAt ? $0.id < $1.id : $0.startedAt > $1.startedAt }
        return Array(found.prefix(limit))
    }

    /// Looks at rows that started when one of the employee's did; only in a segment that is not in start order at all of
    /// them.
    private func rows(of employee: AccountID, in span: Range<Timestamp>) -> [SessionRow] {
        let starts = starts(of: employee, in: span)
        guard let first = starts.first, let last = starts.last else { return [] }
        var found: [SessionRow] = []
        for segment in segments(in: span)
        where bounds[segment].firstStart <= last && bounds[segment].lastStart >= first {
            let rows = rows.segments[segment].rows
            func collect(_ row: SessionRow) {
                guard row.mayShare(span), AccountID(stored: row.employeeID) == employee else { return }
                found.append(row)
            }
            guard bounds[segment].isSorted else {
                for row in rows { collect(row) }
                continue
            }
            for start in starts[starts.partition { $0 >= bounds[segment].firstStart }...] {
                guard start <= bounds[segment].lastStart else { break }
                for row in rows[rows.partition { $0.startedAt >= start }...] {
                    guard row.startedAt == start else { break }
                    collect(row)
                }
            }
        }
        return found
    }

    /// When those sessions of the employee started that may share an instant with `span`, each time once, in order.
    private func starts(of employee: AccountID, in span: Range<Timestamp>) -> [Timestamp] {
        guard let history = histories[employee] else { return [] }
        // Open ones may have started long before.
        var starts = (openIDs[employee] ?? []).compactMap { open[$0]?.startedAt }.filter { $0 < span.upperBound }
        let first = history.starts.partition { span.lowerBound - $0 <= history.longest }
        starts += history.starts[first...].prefix { $0 < span.upperBound }
        return Set(starts).sorted()
    }

    private func segments(in span: Range<Timestamp>) -> some Sequence<Int> {
        bounds.indices.lazy.filter {
            bounds[$0].firstStart < span.upperBound && bounds[$0].lastEnd >= span.lowerBound
        }
    }

    // MARK: Changing

    /// Adds a session behind those that started before it or with it. One whose id is known is left as it is.
    mutating func insert(_ session: WorkSession) {
        guard find(session.id, startedAt: session.startedAt) == nil else { return }
        let row = SessionRow(Stored(session))
        insert(row)
        note(row, of: AccountID(stored: row.employeeID))
    }

    private mutating func insert(_ row: SessionRow) {
        var segment = rows.segments.count - 1
        while segment >= 0, bounds[segment].firstStart > row.startedAt { segment -= 1 }
        guard segment >= 0 else {
            guard !bounds.isEmpty else { return append(row) }
            return insert(row, at: .init(segment: 0, index: 0))
        }
        let index = rows.segments[segment].rows.lastIndex { $0.startedAt <= row.startedAt }.map { $0 + 1 } ?? 0
        if segment == rows.segments.count - 1, index == rows.segments[segment].rows.count { return append(row) }
        insert(row, at: .init(segment: segment, index: index))
    }

    private mutating func append(_ row: SessionRow) {
        rows.append(row)
        if bounds.count < rows.segments.count { bounds.append(Bounds()) }
        bounds[bounds.count - 1].include(row)
    }

    private mutating func insert(_ row: SessionRow, at position: SegmentedRows<SessionRow>.Position) {
        if rows.insert(row, at: position) {
            bounds.insert(Bounds(), at: position.segment)
            bounds[position.segment + 1] = Bounds(rows.segments[position.segment + 1].rows)
        }
        bounds[position.segment] = Bounds(rows.segments[position.segment].rows)
    }

    /// Does nothing when the session is not open.
    mutating func beat(_ id: String, at time: Timestamp, idleSeconds: Double) {
        guard let session = open[id], let position = findOpen(id, startedAt: session.startedAt) else { return }
        rows.update(at: position) { $0.beat(at: time, idleSeconds: idleSeconds) }
    }

    /// Does nothing when the session is not open.
    mutating func end(_ id: String, at time: Timestamp, idleSeconds: Double) {
        guard let session = open[id], let position = findOpen(id, startedAt: session.startedAt) else { return }
        rows.update(at: position) { $0.end(at: time, idleSeconds: idleSeconds) }
        bounds[position.segment] = Bounds(rows.segments[position.segment].rows)
        close(id)
        histories[session.employee]?.noteEnd(from: session.startedAt, at: time)
    }

    /// Takes an open session away; does nothing when it is not open.
    mutating func discard(_ id: String) {
        guard let session = open[id], let position = findOpen(id, startedAt: session.startedAt) else { return }
        close(id)
        histories[session.employee]?.remove(session.startedAt)
        if rows.remove(at: position) {
            bounds.remove(at: position.segment)
        } else {
            bounds[position.segment] = Bounds(rows.segments[position.segment].rows)
        }
    }

    /// Adds a session that is over; of one that is known, its end moves to where it is now.
    mutating func record(_ session: WorkSession) {
        guard let end = session.endedAt,
            let position = find(session.id, startedAt: session.startedAt, where: { $0.endedAt != nil })
        else { return insert(session) }
        rows.update(at: position) { $0.goOn(until: end, idleSeconds: session.idleSeconds) }
        bounds[position.segment] = Bounds(rows.segments[position.segment].rows)
        histories[AccountID(stored: session.employeeID)]?.noteEnd(from: session.startedAt, at: end)
    }

    private mutating func close(_ id: String) {
        guard let session = open.removeValue(forKey: id) else { return }
        openIDs[session.employee]?.removeAll { $0 == id }
        if openIDs[session.employee]?.isEmpty == true { openIDs[session.employee] = nil }
    }

    private mutating func note(_ row: SessionRow, of employee: AccountID) {
        histories[employee, default: History()].add(row)
        guard row.endedAt == nil else { return }
        let id = row.id
        open[id] = OpenSession(startedAt: row.startedAt, employee: employee)
        var ids = openIDs[employee] ?? []
        let index = ids.lastIndex { open[$0].map { $0.startedAt <= row.startedAt } ?? true }
        ids.insert(id, at: index.map { $0 + 1 } ?? 0)
        openIDs[employee] = ids
    }

    /// A file written by others may have ended ones of the same id.
    private func findOpen(_ id: String, startedAt: Timestamp) -> SegmentedRows<SessionRow>.Position? {
        find(id, startedAt: startedAt) { $0.endedAt == nil }
    }

    private func find(
        _ id: String, startedAt: Timestamp, where isWanted: (SessionRow) -> Bool = { _ in true }
    ) -> SegmentedRows<SessionRow>.Position? {
        for segment in rows.segments.indices.reversed() where bounds[segment].mayHold(startedAt) {
            let rows = rows.segments[segment].rows
            var index = bounds[segment].isSorted ? rows.partition { $0.startedAt >= startedAt } : rows.startIndex
            while index < rows.count {
                if rows[index].startedAt == startedAt {
                    if rows[index].hasID(id), isWanted(rows[index]) { return .init(segment: segment, index: index) }
                } else if bounds[segment].isSorted {
                    break
                }
                index += 1
            }
        }
        return nil
    }

    /// What a segment's rows span.
    private struct Bounds: Sendable {
        var firstStart = Timestamp(milliseconds: .max)
        var lastStart = Timestamp(milliseconds: .min)
        /// `.max` while one is open.
        var lastEnd = Timestamp(milliseconds: .min)
        /// True when the rows are in start order, as only a file written by others may not be.
        var isSorted = true

        init() {}

        init(_ rows: [SessionRow]) {
            for row in rows { include(row) }
        }

        mutating func include(_ row: SessionRow) {
            isSorted = isSorted && row.startedAt >= lastStart
            firstStart = min(firstStart, row.startedAt)
            lastStart = max(lastStart, row.startedAt)
            lastEnd = max(lastEnd, row.end)
        }

        func mayHold(_ start: Timestamp) -> Bool { firstStart <= start && start <= lastStart }
    }
}

extension SessionTable {
    /// Takes a segment of a file that is loaded, in the file's order.
    /// - Returns: the segment's stamp.
    mutating func load(_ segment: [SessionRow], accounts: inout Spellings) -> UInt64 {
        bounds.append(Bounds(segment))
        for row in segment { note(row, of: accounts.account(row.employeeID)) }
        return rows.append(segment: segment)
    }

    /// True when a session of that id is open.
    func isOpen(_ id: String) -> Bool { open[id] != nil }
}
