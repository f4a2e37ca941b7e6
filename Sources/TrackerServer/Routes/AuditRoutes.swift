import HTTPTypes
import Hummingbird
import JSON
import Shared

/// Who did what, for administrators; who looked, for those who were looked at.
enum AuditRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        [
            .get(
                APIPath.audit, .administrators,
                query: QueryParameter.days + [.about, .who, .what] + QueryParameter.page + QueryParameter.formats,
                .init("Who did what, the newest first.", .formatted(.auditList), errors: [.notAcceptable])
            ) { try await list($0, environment, isOwn: false) },
            .get(
                APIPath.auditMe, .employees,
                query: QueryParameter.days + [.who, .what] + QueryParameter.page + QueryParameter.formats,
                .init(
                    "Who looked at the sender's screen, and who changed its interval and hours, the newest first.",
                    .formatted(.ownAuditList), errors: [.notAcceptable])
            ) { try await list($0, environment, isOwn: true) },
        ]
    }

    private static func list(_ call: Call, _ environment: ServerEnvironment, isOwn: Bool) async throws -> Response {
        let (now, calendar) = (environment.now(), environment.rules.calendar)
        let format = try WantedFormat(call)
        let days = try call.query.days(today: environment.report().today)
        let span = days.span(in: calendar)
        let start = try call.start(at: now)
        var query = AuditQuery(
            times: max(span.lowerBound, start)..<max(span.lowerBound, start, span.upperBound),
            limit: try call.pageSize())
        query.who = call.query["who"].map { AccountID(stored: $0) }
        query.about = call.query["about"].map { AccountID(stored: $0) }
        query.kinds = try call.query.choice("what", AuditKind.self).map { [$0] }
        query.before = try call.cursor(in: .audit).map { Int($0.name) ?? 0 }
        if isOwn { query.narrow(to: try call.identity.user, at: now) }
        let page = try await environment.audit.page(query)
        var headers: HTTPFields = [:]
        if let next = page.next { headers[.link] = call.link(to: isOwn ? APIPath.auditMe : APIPath.audit, after: next) }
        let lines = isOwn ? page.lines.map { $0.json.withoutOrigin } : page.lines.map(\.json)
        return format.response(
            named: days.fileName(of: "audit"), headers: headers, in: calendar,
            table: { Table(audit: page.lines, isOwn: isOwn) }, json: { $0.value(.array(lines.map { .object($0) })) })
    }
}

extension JSONObject {
    /// Without what says where from somebody did it, and what the chain alone needs.
    fileprivate var withoutOrigin: JSONObject {
        JSONObject(members.filter { $0.key != "address" && $0.key != "prev" }.map { ($0.key, $0.value) })
    }
}

extension Table {
    fileprivate init(audit lines: [AuditLine], isOwn: Bool) {
        let origin: [Column] = isOwn ? [] : [.init("address", "FROM")]
        self.init(
            columns: [.init("n"), .init("at", "AT"), .init("who", "WHO")] + origin + [
                .init("what", "WHAT"), .init("about", isOwn ? nil : "ABOUT"), .init("detail", "DETAIL", isLong: true),
            ] + (isOwn ? [] : [.init("prev")]))
        for line in lines {
            func text(_ name: JSONString) -> Cell { line.json[name]?.text.map { .text($0) } ?? .empty }
            var number = Cell.empty
            if case .number(let value)? = line.json["n"] { number = .number(value.integer ?? 0) }
            let detail: Cell = line.json["detail"]?.object.map { .text(JSONValue.object($0).compactText) } ?? .empty
            rows.append(
                [number, .time(line.at), text("who")] + (isOwn ? [] : [text("address")]) + [
                    .text(line.what), text("about"), detail,
                ] + (isOwn ? [] : [text("prev")]))
        }
    }
}
