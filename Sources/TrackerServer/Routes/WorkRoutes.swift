import Hummingbird
import JSON
import Logging
import OrderedCollections
import Shared

/// The employee's working time, and the managers' view of today.
enum WorkRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        [
            .post(APIPath.workStart, .employees, .optionalJSON) { try await start($0, environment) },
            .post(APIPath.workHeartbeat, .employees, .optionalJSON) { call in
                let session = try await update(call, environment) {
                    $0.heartbeat($1, idleDelta: $2, at: $3, isTaken: $4)
                }
                return .json(HeartbeatResponse(idleSeconds: session.idleSeconds))
            },
            .post(APIPath.workStop, .employees, .optionalJSON) { call in
                let session = try await update(call, environment) {
                    $0.stop($1, idleDelta: $2, at: $3, isTaken: $4)
                }
                return .json(WorkSessionResponse(session: session))
            },
            .post(APIPath.workSpans, .employees, .json) { try await take($0, environment) },
            .get(APIPath.workMe, .employees) { try await showOwn($0, environment) },
            .get(APIPath.workSummaryToday, .managers) { _ in
                try await today(environment) { parts, _ in summary(of: parts) }
            },
            .get(APIPath.workSessionsToday, .managers) { _ in try await today(environment, sessions(of:earlier:)) },
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
        let (own, open, interval) = try await environment.store.read { state in
            (
                state.sessions.sessions(of: id, in: report.todaySpan).filter { $0.startedAt >= start },
                state.openSession(of: id).flatMap { $0.startedAt >= start ? $0 : nil }, state.interval(of: id)
            )
        }
        return .json(
            WorkDayResponse(
                today: report.today.iso8601,
                session: open.flatMap { report.rules.isSilent($0, at: report.now) ? nil : $0 },
                totals: report.parts(of: own, on: report.today).totals, intervalSeconds: interval,
                sessionTimeoutSeconds: Int(report.rules.timeout / 1000)))
    }

    /// `{today, employees: [...]}` with one row for each employee who worked today, in order of their first session.
    private static func today(
        _ environment: ServerEnvironment,
        _ row: @escaping @Sendable ([SessionPart], Set<String>) -> [(JSONString, JSONValue)]
    ) async throws -> Response {
        let report = environment.report()
        let (sessions, users, earlier) = try await environment.store.read { state in
            let sessions = state.sessions.sessions(in: report.todaySpan)
            var accounts = EarlierAccounts(at: report.now)
            let earlier = sessions.filter { accounts.include($0.employeeID, at: $0.startedAt, in: state) }
            return (sessions, state.users, Set(earlier.map(\.id)))
        }
        let parts = report.parts(of: sessions, on: report.today)
        let rows = OrderedDictionary(grouping: parts, by: \.employee).map { id, parts -> JSONValue in
            let user = users[id]?.value
            let head: [(JSONString, JSONValue)] = [("employeeId", .string(user?.email ?? id.spelling))]
            return .object(JSONObject(head + row(parts, earlier) + [("registered", .bool(user != nil))]))
        }
        return .json(.object(["today": .string(report.today.iso8601), "employees": .array(rows)]))
    }

    private static func summary(of parts: [SessionPart]) -> [(JSONString, JSONValue)] {
        [
            ("loginTimes", .array(parts.map { .string($0.startedAt.iso8601) })),
            ("logoutTimes", .array(parts.compactMap { $0.endedAt.map { .string($0.iso8601) } })),
        ] + parts.totals.members
    }

    /// - Parameter earlier: ids of sessions that are older than their employee's account.
    @Sendable private static func sessions(
        of parts: [SessionPart], earlier: Set<String>
    ) -> [(JSONString, JSONValue)] {
        let sessions = parts.map { part -> JSONValue in
            var row = JSONObject([
                ("id", .string(part.id)), ("startedAt", .string(part.startedAt.iso8601)),
                ("endedAt", .optional(part.endedAt?.iso8601)), ("isActive", .bool(part.endedAt == nil)),
                ("activeSeconds", .number(part.totals.activeSeconds)),
                ("idleSeconds", .number(part.totals.idleSeconds)),
                ("netActiveSeconds", .number(part.totals.netActiveSeconds)),
            ])
            row.markEarlierAccount(earlier.contains(part.id))
            return .object(row)
        }
        return [("sessions", .array(sessions))]
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
