import Hummingbird
import JSON
import Logging
import Metrics
import OrderedCollections
import Shared

/// The employee's working time, and the managers' view of today.
enum WorkRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        [
            .post(
                APIPath.workStart, .employees, .optionalJSON,
                .init(
                    "Starts a session, or returns the one that is active.", takes: .start, .json(.workSession),
                    .json(.workSession, status: 201), errors: [.noActiveSession])
            ) { try await start($0, environment) },
            .post(
                APIPath.workHeartbeat, .employees, .optionalJSON,
                .init(
                    "Says that work goes on, and how much of it was idle.", takes: .beat, .json(.beatAnswer),
                    errors: [.noActiveSession, .trackedElsewhere])
            ) { call in
                let session = try await update(call, environment) {
                    $0.heartbeat($1, idleDelta: $2, at: $3, isTaken: $4)
                }
                environment.metrics.heartbeats.increment()
                return .json(HeartbeatResponse(idleSeconds: session.idleSeconds))
            },
            .post(
                APIPath.workStop, .employees, .optionalJSON,
                .init(
                    "Ends the session.", takes: .beat, .json(.workSession),
                    errors: [.noActiveSession, .trackedElsewhere])
            ) { call in
                let session = try await update(call, environment) {
                    $0.stop($1, idleDelta: $2, at: $3, isTaken: $4)
                }
                return .json(WorkSessionResponse(session: session))
            },
            .post(
                APIPath.workSpans, .employees, .json,
                .init("Work of which the server was not told while it was done.", takes: .spans, .json(.spansAnswer))
            ) { try await take($0, environment) },
            .get(APIPath.workMe, .employees, .init("The employee's own day.", .json(.workDay))) {
                try await showOwn($0, environment)
            },
            .get(APIPath.workSummaryToday, .managers, .init("Everybody's hours today.", .json(.summaryToday))) { _ in
                try await today(environment) { $0.summary }
            },
            .get(APIPath.workSessionsToday, .managers, .init("Everybody's sessions today.", .json(.sessionsToday))) {
                _ in try await today(environment) { $0.sessions }
            },
        ]
    }

    private static func start(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let id = try call.identity.id
        let request = try StartRequest(json: call.json)
        let (rules, now) = (environment.rules, environment.now())
        let started = try await call.transact(environment) { $0.start(request, of: id, rules, at: now) }
        environment.warn(about: started.outcome, of: id)
        guard let session = started.outcome.session else { throw APIError.noActiveSession }
        environment.live.workStarted(by: try call.identity)
        if started.takesOver { environment.live.trackingMoved(of: id) }
        return .json(WorkSessionResponse(session: session), status: started.isNew ? .created : .ok)
    }

    /// Applies heartbeat or stop to the open session. What the rules change is kept even when there is no session
    /// afterwards: a beat that comes too late closes it.
    private static func update(
        _ call: Call, _ environment: ServerEnvironment,
        _ rule: @escaping @Sendable (WorkRules, WorkSession, Int, Timestamp, WorkRules.IsTaken) -> WorkRules.Outcome
    ) async throws -> WorkSession {
        let id = try call.identity.id
        let request = try HeartbeatRequest(json: call.json)
        let (rules, now) = (environment.rules, environment.now())
        let outcome: WorkRules.Outcome? = try await call.transact(environment) { transaction in
            guard let open = transaction.state.openSession(of: id) else { return nil }
            // One that is over for its silence is nobody's.
            if !rules.isSilent(open, at: now) { try transaction.track(id, by: request.client) }
            let outcome = rule(rules, open, request.idleDeltaSeconds, now) {
                transaction.state.sessions.hasSession(of: $0, startedAt: $1)
            }
            outcome.changes.forEach { transaction.record($0) }
            return outcome
        }
        if let outcome { environment.warn(about: outcome, of: id) }
        guard let session = outcome?.session else { throw APIError.noActiveSession }
        return session
    }

    private static func take(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let user = try call.identity.user
        let request = try WorkSpansRequest(json: call.json)
        let (rules, now) = (environment.rules, environment.now())
        return .json(
            try await call.transact(environment) { try $0.take(request, of: user, rules, at: now) })
    }

    private static func showOwn(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let (id, user) = (try call.identity.id, try call.identity.user)
        let report = environment.report()
        let start = user.start(at: report.now)
        let days = DayRange(from: report.today, to: report.today)
        let (own, open, interval, corrections) = try await environment.store.read { state in
            (
                state.sessions.sessions(of: id, in: report.todaySpan).filter { $0.startedAt >= start },
                state.openSession(of: id).flatMap { $0.startedAt >= start ? $0 : nil }, state.interval(of: id),
                state.corrections.counting(of: id, in: days).filter {
                    $0.isOfAccount(since: start, report.rules.calendar)
                }
            )
        }
        return .json(
            WorkDayResponse(
                today: report.today.iso8601,
                session: open.flatMap { report.rules.isSilent($0, at: report.now) ? nil : $0 },
                totals: report.parts(of: own, on: report.today).totals, intervalSeconds: interval,
                sessionTimeoutSeconds: Int(report.rules.timeout / 1000), corrections: corrections))
    }

    private static func today<Row: JSONEncodable>(
        _ environment: ServerEnvironment, _ row: (EmployeeDay) -> Row
    ) async throws -> Response {
        let report = environment.report()
        let (sessions, users, earlier) = try await environment.store.read { state in
            let sessions = state.sessions.sessions(in: report.todaySpan)
            var accounts = EarlierAccounts(at: report.now)
            let earlier = sessions.filter { accounts.include($0.employeeID, at: $0.startedAt, in: state) }
            return (sessions, state.users, Set(earlier.map(\.id)))
        }
        let parts = report.parts(of: sessions, on: report.today)
        let rows = OrderedDictionary(grouping: parts, by: \.employee).map { id, parts in
            row(EmployeeDay(id: id, user: users[id]?.value, parts: parts, earlier: earlier))
        }
        return .json(WorkTodayResponse(today: report.today.iso8601, employees: rows))
    }
}

/// What a report knows of an employee's day.
private struct EmployeeDay {
    let id: AccountID
    /// Nil when there is no account of that id.
    let user: User?
    let parts: [SessionPart]
    /// The ids of sessions that are older than their employee's account, also those of other employees.
    let earlier: Set<String>

    private var employeeID: String { user?.email ?? id.spelling }

    var summary: WorkSummaryRow {
        WorkSummaryRow(
            employeeID: employeeID, loginTimes: parts.map(\.startedAt), logoutTimes: parts.compactMap(\.endedAt),
            totals: parts.totals, isRegistered: user != nil)
    }

    var sessions: WorkSessionsRow {
        WorkSessionsRow(
            employeeID: employeeID,
            sessions: parts.map {
                WorkSessionsRow.Part(
                    id: $0.id, startedAt: $0.startedAt, endedAt: $0.endedAt, totals: $0.totals,
                    isOfEarlierAccount: earlier.contains($0.id))
            }, isRegistered: user != nil)
    }
}

extension ServerEnvironment {
    /// Says that the clock was set back, where a rule has found that.
    fileprivate func warn(about outcome: WorkRules.Outcome, of employee: AccountID) {
        guard let ahead = outcome.ahead else { return }
        logger.warning(
            "The clock was ahead and has been set back: what was recorded stays in the future, work counts from now on",
            metadata: ["employee": "\(employee.spelling)", "ahead": "\(ahead / 1000) s"])
    }
}
