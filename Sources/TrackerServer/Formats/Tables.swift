import Shared

extension WorkReportResponse {
    var table: Table {
        var table = Table(columns: [
            .init("employeeId", "EMPLOYEE"), .init("name", "NAME"), .init("registered"), .init("period", "PERIOD"),
            .init("from"), .init("to"), .init("firstLogin", "FIRST LOGIN"), .init("lastLogout", "LAST LOGOUT"),
            .init("sessions", "SESSIONS"), .init("totalActiveSeconds", "ACTIVE"), .init("totalIdleSeconds", "IDLE"),
            .init("netActiveSeconds", "NET"), .init("correctionSeconds", "CORRECTION"),
            .init("payableSeconds", "PAYABLE"),
        ])
        for employee in employees {
            for row in employee.rows { table.rows.append(employee.cells + row.cells) }
        }
        let totals = employees.map(\.total)
        let sum = Row(
            period: "", from: "", to: "", sessions: totals.reduce(0) { $0 + $1.sessions },
            totals: totals.reduce(.zero) { $0 + $1.totals },
            correctionSeconds: totals.reduce(0) { $0 + $1.correctionSeconds })
        table.total = [.plain("TOTAL"), .empty, .empty] + sum.cells
        return table
    }
}

extension WorkReportResponse.Employee {
    fileprivate var cells: [Table.Cell] { [.text(employeeID), .text(name), .flag(isRegistered)] }
}

extension WorkReportResponse.Row {
    fileprivate var cells: [Table.Cell] {
        let day = from == to ? from : nil
        return [
            .plain(period), .plain(from), .plain(to), .optionalTime(firstLogin, day: day),
            .optionalTime(lastLogout, day: day), .number(sessions), .seconds(totals.activeSeconds),
            .seconds(totals.idleSeconds), .seconds(totals.netActiveSeconds), .seconds(correctionSeconds),
            .seconds(payableSeconds),
        ]
    }
}

extension Table {
    init(_ sessions: [WorkSessionListRow]) {
        self.init(columns: [
            .init("id"), .init("employeeId", "EMPLOYEE"), .init("date", "DATE"), .init("startedAt", "STARTED"),
            .init("endedAt", "ENDED"), .init("isActive", "ACTIVE NOW"), .init("activeSeconds", "ACTIVE"),
            .init("idleSeconds", "IDLE"), .init("netActiveSeconds", "NET"),
        ])
        for session in sessions {
            let part = session.part
            rows.append([
                .text(part.id), .text(session.employeeID), .text(session.date),
                .time(part.startedAt, day: session.date), .optionalTime(part.endedAt, day: session.date),
                .flag(part.isActive), .seconds(part.totals.activeSeconds), .seconds(part.totals.idleSeconds),
                .seconds(part.totals.netActiveSeconds),
            ])
        }
        let sum = sessions.reduce(WorkTotals.zero) { $0 + $1.part.totals }
        total = [
            .empty, .plain("TOTAL"), .empty, .empty, .empty, .empty, .seconds(sum.activeSeconds),
            .seconds(sum.idleSeconds), .seconds(sum.netActiveSeconds),
        ]
    }

    init(_ corrections: [Correction]) {
        self.init(columns: [
            .init("id", "ID"), .init("employeeId", "EMPLOYEE"), .init("date", "DATE"), .init("minutes", "CORRECTION"),
            .init("reason", "REASON", isLong: true), .init("by", "BY"), .init("createdAt", "MADE"),
            .init("revokedAt", "REVOKED"), .init("revokedBy", "REVOKED BY"),
        ])
        for correction in corrections {
            rows.append([
                .text(correction.id), .text(correction.employeeID), .plain(correction.date.iso8601),
                .minutes(correction.minutes), .text(correction.reason), .text(correction.by),
                .time(correction.createdAt), .optionalTime(correction.revokedAt),
                correction.revokedBy.map { .text($0) } ?? .empty,
            ])
        }
        let sum = corrections.lazy.filter(\.counts).map(\.minutes).reduce(0, +)
        total = [.plain("TOTAL"), .empty, .empty, .minutes(sum)] + Array(repeating: .empty, count: 5)
    }
}
