import OrderedCollections
import Shared

extension WorkReport {
    /// Everybody's hours in the order of the accounts, then those of ids without an account by their names.
    func summary(_ request: ReportRequest, of source: ReportSource) -> WorkReportResponse {
        var tally = ReportTally(request, self, source.users)
        source.sessions.forEach { tally.count($0) }
        for correction in source.corrections { tally.count(correction) }
        return WorkReportResponse(
            from: request.days.from, to: request.days.to, zone: rules.calendar.zone.name,
            by: request.division.rawValue, employees: tally.employees)
    }
}

/// Adds sessions and corrections up, by employee and period.
private struct ReportTally {
    private let report: WorkReport
    private let request: ReportRequest
    private let users: OrderedDictionary<AccountID, Stored<User>>
    private let periods: [ReportDivision.Period]
    /// From and to of each period, as a row shows them.
    private let days: [(from: String, to: String)]
    /// The first instants of the periods, and the end of the last.
    private let bounds: [Timestamp]
    private var people: [Person] = []
    private var numbers: [AccountID: Int] = [:]
    /// By the spelling in the records: to compare ids takes longer than all else.
    private var numbersBySpelling: [String: Int] = [:]

    fileprivate struct Person {
        let id: AccountID
        let user: User?
        /// What is older is an earlier account's.
        let accountStart: Timestamp
        /// Of the periods that have something in them, in order.
        var cells: [Cell] = []
        var sessions = 0

        init(_ id: AccountID, _ user: User?, at now: Timestamp) {
            self.id = id
            self.user = user
            accountStart = user?.start(at: now) ?? Timestamp(milliseconds: .min)
        }
    }

    fileprivate struct Cell {
        let period: Int
        var firstLogin: Timestamp?
        var lastLogout: Timestamp?
        var isActive = false
        var sessions = 0
        var totals = WorkTotals.zero
        var correctionSeconds = 0
        var parts: [WorkSessionsRow.Part] = []
        var corrections: [Correction] = []
    }

    init(_ request: ReportRequest, _ report: WorkReport, _ users: OrderedDictionary<AccountID, Stored<User>>) {
        self.report = report
        self.request = request
        self.users = users
        periods = request.division.periods(of: request.days)
        days = periods.map { ($0.days.from.iso8601, $0.days.to.iso8601) }
        let calendar = report.rules.calendar
        bounds =
            periods.map { calendar.start(of: $0.days.from) } + [calendar.start(of: request.days.to.adding(days: 1))]
    }

    // MARK: Counting

    mutating func count(_ row: SessionRow) {
        guard row.startedAt >= request.start else { return }
        let extent = report.extent(of: row)
        var period = max(0, bounds.partition { $0 > extent.start } - 1)
        var person: Int?
        while period < periods.count, bounds[period] <= extent.end {
            if let part = extent.part(in: bounds[period]..<bounds[period + 1]) {
                let number = person ?? number(of: row.employeeID)
                if person == nil { people[number].sessions += 1 }
                person = number
                add(part, of: row, to: number, period)
            }
            period += 1
        }
    }

    private mutating func add(_ part: SessionExtent.Part, of row: SessionRow, to person: Int, _ period: Int) {
        let (explains, accountStart) = (request.explains, people[person].accountStart)
        people[person].change(period) { cell in
            cell.sessions += 1
            cell.totals = cell.totals + part.totals
            cell.firstLogin = min(cell.firstLogin ?? part.startedAt, part.startedAt)
            if let end = part.endedAt {
                cell.lastLogout = max(cell.lastLogout ?? end, end)
            } else {
                cell.isActive = true
            }
            guard explains else { return }
            cell.parts.append(
                WorkSessionsRow.Part(
                    id: row.id, startedAt: part.startedAt, endedAt: part.endedAt, totals: part.totals,
                    isOfEarlierAccount: row.startedAt < accountStart))
        }
    }

    mutating func count(_ correction: Correction) {
        guard correction.isOfAccount(since: request.start, report.rules.calendar),
            let period = periods.firstIndex(where: { $0.days.contains(correction.date) })
        else { return }
        let (person, explains) = (number(of: correction.employeeID), request.explains)
        people[person].change(period) { cell in
            cell.correctionSeconds += correction.seconds
            if explains { cell.corrections.append(correction) }
        }
    }

    private mutating func number(of spelling: String) -> Int {
        if let number = numbersBySpelling[spelling] { return number }
        let number = number(of: AccountID(stored: spelling))
        numbersBySpelling[spelling] = number
        return number
    }

    private mutating func number(of id: AccountID) -> Int {
        if let number = numbers[id] { return number }
        numbers[id] = people.count
        people.append(Person(id, users[id]?.value, at: report.now))
        return people.count - 1
    }

    // MARK: Rows

    var employees: [WorkReportResponse.Employee] {
        let registered = users.compactMap { id, stored -> Person? in
            if let number = numbers[id] { return people[number] }
            let isAsked = request.includesAll && stored.value.role == .employee
            guard isAsked, request.employee == nil || request.employee == id else { return nil }
            return Person(id, stored.value, at: report.now)
        }
        let others = people.filter { $0.user == nil }.sorted { $0.id.spelling < $1.id.spelling }
        return (registered + others).map { person in
            WorkReportResponse.Employee(
                employeeID: person.user?.email ?? person.id.spelling, name: person.user?.name ?? "",
                isRegistered: person.user != nil, rows: person.cells.map(row), total: total(of: person))
        }
    }

    private func row(_ cell: Cell) -> WorkReportResponse.Row {
        var row = WorkReportResponse.Row(
            period: periods[cell.period].name, from: days[cell.period].from, to: days[cell.period].to,
            firstLogin: cell.firstLogin, lastLogout: cell.isActive ? nil : cell.lastLogout, sessions: cell.sessions,
            totals: cell.totals, correctionSeconds: cell.correctionSeconds)
        if request.explains {
            row.explanation = .init(parts: cell.parts, corrections: cell.corrections)
        }
        return row
    }

    private func total(of person: Person) -> WorkReportResponse.Row {
        let cells = person.cells
        let isActive = cells.contains(where: \.isActive)
        return WorkReportResponse.Row(
            period: request.days.text, from: request.days.from.iso8601, to: request.days.to.iso8601,
            firstLogin: cells.lazy.compactMap(\.firstLogin).min(),
            lastLogout: isActive ? nil : cells.lazy.compactMap(\.lastLogout).max(), sessions: person.sessions,
            totals: cells.reduce(.zero) { $0 + $1.totals },
            correctionSeconds: cells.reduce(0) { $0 + $1.correctionSeconds })
    }
}

extension ReportTally.Person {
    /// Sessions come in the order of their starts: mostly it is the last cell.
    mutating func change(_ period: Int, _ change: (inout ReportTally.Cell) -> Void) {
        var index = cells.count - 1
        if index < 0 || cells[index].period != period {
            index = cells.partition { $0.period >= period }
            if index == cells.count || cells[index].period != period {
                cells.insert(ReportTally.Cell(period: period), at: index)
            }
        }
        change(&cells[index])
    }
}
