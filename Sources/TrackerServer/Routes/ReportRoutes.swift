import Files
import HTTPTypes
import Hummingbird
import JSON
import OrderedCollections
import Shared

/// Hours of any days: reports, and the sessions that they are made of.
enum ReportRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        [
            .get(
                APIPath.workSummary, .accounts,
                query: QueryParameter.days + [.employeeID] + QueryParameter.report + QueryParameter.formats,
                .init(
                    "Hours of any days, by day, week, month or as a whole.", .formatted(.report),
                    errors: [.notAcceptable])
            ) {
                try await summary($0, environment)
            },
            .get(
                APIPath.workSessions, .accounts,
                query: QueryParameter.days + [.employeeID] + QueryParameter.page + QueryParameter.formats,
                .init("Sessions, the newest first.", .formatted(.sessionList), errors: [.notAcceptable])
            ) {
                try await sessions($0, environment)
            },
        ]
    }

    private static func summary(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let report = environment.report()
        let employee = try call.wantedEmployee()
        let format = try WantedFormat(call)
        let request = ReportRequest(
            days: try call.query.days(today: report.today), division: try call.query.choice("by") ?? .day,
            employee: employee, includesAll: try call.query.flag("all"),
            explains: try call.query.flag("explain"), start: try call.start(at: report.now))
        let calendar = report.rules.calendar
        let source = try await environment.store.read { $0.reportSource(of: request, calendar) }
        return await environment.reports.run {
            let summary = report.summary(request, of: source)
            return format.response(
                named: "\(request.days.fileName(of: "hours"))-by-\(request.division.rawValue)", in: calendar,
                table: { summary.table }, json: { summary.write(to: &$0) })
        }
    }

    private static func sessions(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let report = environment.report()
        let employee = try call.wantedEmployee()
        let (format, days) = (try WantedFormat(call), try call.query.days(today: report.today))
        let (limit, cursor) = (try call.pageSize(), try call.cursor(in: .sessions))
        let (start, calendar) = (try call.start(at: report.now), report.rules.calendar)
        let span = days.span(in: calendar)
        let (found, users) = try await environment.store.read { state in
            let found = state.sessions.newest(of: employee, in: span, after: cursor, limit: limit + 1) {
                $0.startedAt >= start && report.extent(of: $0).part(in: span) != nil
            }
            return (found, state.users)
        }
        let rows = found.prefix(limit).compactMap { report.listRow(of: $0, in: span, users) }
        var headers: HTTPFields = [:]
        if found.count > limit {
            headers[.link] = call.link(to: APIPath.workSessions, after: PageCursor(found[limit - 1]))
        }
        return format.response(
            named: days.fileName(of: "sessions"), headers: headers, in: calendar, table: { Table(rows) },
            json: { writer in
                writer.beginArray()
                for row in rows { row.write(to: &writer) }
                writer.endArray()
            })
    }
}

extension WorkReport {
    /// Nil when no part of the session lies within `span`.
    fileprivate func listRow(
        of row: SessionRow, in span: Range<Timestamp>, _ users: OrderedDictionary<AccountID, Stored<User>>
    ) -> WorkSessionListRow? {
        guard let part = extent(of: row).part(in: span) else { return nil }
        let session = row.session
        let user = users[AccountID(stored: session.employeeID)]?.value
        return WorkSessionListRow(
            employeeID: user?.email ?? session.employeeID, date: session.date,
            part: WorkSessionsRow.Part(
                id: session.id, startedAt: part.startedAt, endedAt: part.endedAt, totals: part.totals,
                isOfEarlierAccount: user.map { session.startedAt < $0.start(at: now) } ?? false))
    }
}

extension DayRange {
    /// What is in a file, and of which days: `hours-2026-03-01-to-2026-03-31`.
    func fileName(of subject: String) -> String {
        "\(subject)-\(from.iso8601)" + (from == to ? "" : "-to-\(to.iso8601)")
    }
}
