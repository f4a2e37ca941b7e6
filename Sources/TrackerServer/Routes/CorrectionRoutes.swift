import Files
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Shared

/// What managers add to hours or take off them.
enum CorrectionRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        [
            .get(
                APIPath.workCorrections, .accounts,
                query: QueryParameter.days + [.employeeID] + QueryParameter.formats,
                .init(
                    "Corrections, the newest first, revoked ones too.", .formatted(.list(of: .correction)),
                    errors: [.notAcceptable])
            ) {
                try await list($0, environment)
            },
            .post(
                APIPath.workCorrections, .managers, .json,
                .init(
                    "Adds minutes to a day's hours, or takes them off.", takes: .newCorrection, .json(.madeCorrection),
                    .json(.madeCorrection, status: 201), errors: [.notFound, .conflict])
            ) { try await make($0, environment) }.idempotent,
            .delete(
                APIPath.workCorrection, .managers,
                .init("Revokes a correction: it counts no more.", .empty, errors: [.conflict])
            ) { try await revoke($0, environment) },
        ]
    }

    private static func list(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let report = environment.report()
        let employee = try call.wantedEmployee()
        let (format, days) = (try WantedFormat(call), try call.query.days(today: report.today))
        let start = try call.start(at: report.now)
        let found = try await environment.store.read { $0.corrections.about(employee, in: days) }
        let calendar = report.rules.calendar
        return await environment.reports.run {
            let corrections = found.filter { $0.isOfAccount(since: start, calendar) }.newestFirst
            return format.response(
                named: days.fileName(of: "corrections"), in: calendar, table: { Table(corrections) },
                json: { $0.value(.array(corrections.map(\.json))) })
        }
    }

    private static func make(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let request = try CorrectionRequest(json: call.json)
        let key = try call.idempotencyKey()
        let (report, sender) = (environment.report(), try call.identity.user.email)
        let (correction, isNew) = try await call.transact(environment) { transaction in
            if let key, let earlier = transaction.state.corrections[key] {
                guard earlier.isAnswer(to: request) else {
                    throw APIError(.conflict, "This Idempotency-Key was used for another correction.")
                }
                return (earlier, false)
            }
            try request.checkDay(report.today)
            let employee = try transaction.state.employee(of: request)
            let correction = Correction(
                id: key ?? UUID().uuidString.lowercased(), employeeID: employee, date: request.date,
                minutes: request.minutes, reason: request.reason, by: sender, createdAt: report.now)
            try report.check(correction.seconds, on: correction, transaction.state)
            transaction.record(.correctionMade(correction))
            return (correction, true)
        }
        return .json(CorrectionResponse(correction: correction), status: isNew ? .created : .ok)
    }

    private static func revoke(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let (report, sender) = (environment.report(), try call.identity.user.email)
        let id = call.parameters["id"] ?? ""
        try await call.transact(environment) { transaction in
            let corrections = transaction.state.corrections
            // UUIDs may be sent in capitals; what others have written into the file may have them.
            guard let correction = corrections[id] ?? corrections[id.lowercased()] else {
                throw APIError(.notFound, "There is no such correction.")
            }
            guard correction.counts else { return }
            try report.check(-correction.seconds, on: correction, transaction.state)
            transaction.record(.correctionRevoked(id: correction.id, at: report.now, by: sender))
        }
        return .noContent()
    }
}

extension [Correction] {
    /// By the time they were made; of those of the same millisecond the later one comes first.
    var newestFirst: [Correction] { reversed().sorted { $0.createdAt > $1.createdAt } }
}

extension Correction {
    /// Whether a repeated request is the one that made it.
    fileprivate func isAnswer(to request: CorrectionRequest) -> Bool {
        AccountID(stored: employeeID) == AccountID(stored: request.employeeID) && date == request.date
            && minutes == request.minutes && reason == request.reason
    }
}

extension CorrectionRequest {
    fileprivate func checkDay(_ today: CivilDate) throws(JSONFieldError) {
        guard date <= today, date >= today.adding(days: -Correction.oldestDay) else {
            throw JSONFieldError(
                field: "date", expected: "today, \(today.iso8601), or one of the \(Correction.oldestDay) days before it"
            )
        }
    }
}

extension TrackerState {
    /// Whose hours are to be corrected, as the account or else the records spell it.
    /// - Throws: ``APIError`` `not_found` when there is neither an account nor a session of that id.
    fileprivate func employee(of request: CorrectionRequest) throws -> String {
        let id = AccountID(stored: request.employeeID)
        if let user = user(id) { return user.email }
        guard let spelling = sessions.spelling(of: id) else {
            throw APIError(.notFound, "There is neither an account nor a session of that id.")
        }
        return spelling
    }
}

extension WorkReport {
    /// - Throws: ``APIError`` `conflict` when so many seconds more would leave the day with less than nothing or more than it
    ///   has.
    fileprivate func check(_ seconds: Int, on correction: Correction, _ state: borrowing TrackerState) throws {
        let employee = AccountID(stored: correction.employeeID)
        let span = rules.calendar.span(of: correction.date)
        let corrected = correctedSeconds(of: employee, on: correction.date, state)
        let length = Int((span.upperBound - span.lowerBound) / 1000)
        func excess(_ seconds: Int) -> Int { max(0, -seconds, seconds - length) }
        // Work that was told of later may have left the day with more than it has: what brings that nearer is welcome.
        let after = excess(corrected + seconds)
        guard after > 0, after >= excess(corrected) else { return }
        throw APIError(
            .conflict,
            "\(correction.date.iso8601) has \(Table.duration(corrected)) of work with its corrections; with this it would have "
                + "\(Table.duration(corrected + seconds)), and it must have from 0:00:00 to \(Table.duration(length)).")
    }
}
