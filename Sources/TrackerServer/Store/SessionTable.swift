import Foundation
import Shared

/// The work sessions in start order, with what is asked of them in memory: the open ones, each employee's last end, and
/// which ones lie in a span of time.
struct SessionTable: Sendable {
    private(set) var rows = SegmentedRows<SessionRow>()
    /// One for each segment of `rows`.
    private var bounds: [Bounds] = []
    private var open: [String: OpenSession] = [:]
    /// Ids of open sessions in start order; only a file written by others has more than one for an employee.
    private var openIDs: [AccountID: [String]] = [:]
    /// When the employee's last ended session ended.
    private(set) var lastEnds: [AccountID: Timestamp] = [:]

    private struct OpenSession: Sendable {
        let startedAt: Timestamp
        let employee: AccountID
    }

    var count: Int { rows.count }

    // MARK: Reading

    /// All of them, in start order.
    var all: some Sequence<Stored<WorkSession>> { rows.lazy.map(\.stored) }

    /// In start order.
    var openSessions: [WorkSession] {
        open.compactMap { id, session in find(id, startedAt: session.startedAt).map { rows[$0].session } }
            .sorted { $0.startedAt < $1.startedAt }
    }

    /// The employee's newest session that has not ended.
    func openSession(of employee: AccountID) -> WorkSession? {
        guard let id = openIDs[employee]?.last, let session = open[id] else { return nil }
        return find(id, startedAt: session.startedAt).map { rows[$0].session }
    }

    /// The sessions of `employee`, or of everybody, that may share an instant with `span`, in start order: those that
    /// started before its end and ended after its start, or have not ended.
    func sessions(of employee: AccountID? = nil, in span: Range<Timestamp>) -> [WorkSession] {
        var found: [WorkSession] = []
        for (segment, bounds) in zip(rows.segments, bounds)
        where bounds.firstStart < span.upperBound && bounds.lastEnd >= span.lowerBound {
            for row in segment.rows where row.startedAt < span.upperBound && row.end >= span.lowerBound {
                guard employee == nil || AccountID(stored: row.employeeID) == employee else { continue }
                found.append(row.session)
            }
        }
        return found
    }

    // MARK: Changing

    /// Adds a session behind those that started before it or with it. One whose id is known is left as it is.
    mutating func insert(_ session: WorkSession) {
        guard find(session.id, startedAt: session.startedAt) == nil else { return }
        insert(SessionRow(Stored(session)))
        note(session)
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
        guard let session = open[id], let position = find(id, startedAt: session.startedAt) else { return }
        rows.update(at: position) { $0.beat(at: time, idleSeconds: idleSeconds) }
    }

    /// Does nothing when the session is not open.
    mutating func end(_ id: String, at time: Timestamp, idleSeconds: Double) {
        guard let session = open[id], let position = find(id, startedAt: session.startedAt) else { return }
        rows.update(at: position) { $0.end(at: time, idleSeconds: idleSeconds) }
        bounds[position.segment] = Bounds(rows.segments[position.segment].rows)
        close(id)
        noteEnd(of: session.employee, at: time)
    }

    /// Takes an open session away; does nothing when it is not open.
    mutating func discard(_ id: String) {
        guard let session = open[id], let position = find(id, startedAt: session.startedAt) else { return }
        close(id)
        if rows.remove(at: position) {
            bounds.remove(at: position.segment)
        } else {
            bounds[position.segment] = Bounds(rows.segments[position.segment].rows)
        }
    }

    private mutating func close(_ id: String) {
        guard let session = open.removeValue(forKey: id) else { return }
        openIDs[session.employee]?.removeAll { $0 == id }
        if openIDs[session.employee]?.isEmpty == true { openIDs[session.employee] = nil }
    }

    private mutating func note(_ session: WorkSession) {
        let employee = AccountID(stored: session.employeeID)
        guard session.endedAt == nil else { return noteEnd(of: employee, at: session.endedAt ?? session.startedAt) }
        open[session.id] = OpenSession(startedAt: session.startedAt, employee: employee)
        var ids = openIDs[employee] ?? []
        let index = ids.lastIndex { open[$0].map { $0.startedAt <= session.startedAt } ?? true }
        ids.insert(session.id, at: index.map { $0 + 1 } ?? 0)
        openIDs[employee] = ids
    }

    private mutating func noteEnd(of employee: AccountID, at time: Timestamp) {
        lastEnds[employee] = max(lastEnds[employee] ?? time, time)
    }

    private func find(_ id: String, startedAt: Timestamp) -> SegmentedRows<SessionRow>.Position? {
        for segment in rows.segments.indices.reversed() where bounds[segment].mayHold(startedAt) {
            let rows = rows.segments[segment].rows
            var index = bounds[segment].isSorted ? rows.firstIndex(startedAt: startedAt) : rows.startIndex
            while index < rows.count {
                if rows[index].startedAt == startedAt {
                    if rows[index].hasID(id) { return .init(segment: segment, index: index) }
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
        for row in segment {
            if row.endedAt == nil {
                note(row.session)
            } else {
                noteEnd(of: accounts.account(row.employeeID), at: row.end)
            }
        }
        return rows.append(segment: segment)
    }

    /// True when a session of that id is open.
    func isOpen(_ id: String) -> Bool { open[id] != nil }
}

extension [SessionRow] {
    /// The first row, of sorted ones, that started at `time` or later.
    fileprivate func firstIndex(startedAt time: Timestamp) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].startedAt < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
