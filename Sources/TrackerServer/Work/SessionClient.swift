import Foundation
import JSON
import Shared

/// The client that tracks a session: an employee may have several computers, and one of them tracks at a time.
struct SessionClient: Sendable, Hashable {
    let id: UUID
    /// What its machine is called, if it has said so.
    var host: String?

    var elsewhere: WorkElsewhere { WorkElsewhere(client: id, host: host) }

    var json: JSONValue { elsewhere.json }

    init(id: UUID, host: String? = nil) {
        self.id = id
        self.host = host
    }

    init(json: JSONValue) throws(JSONFieldError) {
        let elsewhere = try WorkElsewhere(json: json)
        self.init(id: elsewhere.client, host: elsewhere.host)
    }
}

extension Transaction {
    /// What a start has done.
    struct Started: Sendable {
        var outcome: WorkRules.Outcome
        /// False when it found a live session.
        var isNew: Bool
        /// True when another client tracked until now.
        var takesOver: Bool
    }

    /// A request for the employee's live session comes from a client: it takes a session of which nobody knows whose it is.
    /// - Parameter client: nil for requests that say none, which are for whatever session there is.
    /// - Throws: `WorkElsewhere` when the session is another client's.
    mutating func track(_ employee: AccountID, by client: UUID?) throws {
        guard let client else { return }
        guard let known = state.client(of: employee) else {
            return record(.clientTracks(employee, SessionClient(id: client)))
        }
        guard known.id == client else { throw known.elsewhere }
    }

    /// A start takes the session over, whoever tracked it before. A session that begins with a start without a client is
    /// nobody's.
    mutating func start(
        _ request: StartRequest, of employee: AccountID, _ rules: WorkRules, at now: Timestamp
    ) -> Started {
        let known = state.client(of: employee)
        let takesOver = known != nil && request.client != nil && known?.id != request.client
        let (outcome, isNew) = rules.start(
            employee, open: state.openSession(of: employee), tellsSpans: request.client != nil,
            lastEnd: state.sessions.lastEnd(of: employee), at: now,
            isTaken: { state.sessions.hasSession(of: $0, startedAt: $1) })
        outcome.changes.forEach { record($0) }
        if let client = request.client {
            let host = request.host ?? (takesOver ? nil : known?.host)
            let tracking = SessionClient(id: client, host: host)
            if tracking != known { record(.clientTracks(employee, tracking)) }
        } else if isNew, known != nil {
            record(.clientTracks(employee, nil))
        }
        return Started(outcome: outcome, isNew: isNew, takesOver: takesOver)
    }

    /// Takes up work that an employee's client tells of later.
    mutating func take(
        _ request: WorkSpansRequest, of user: User, _ rules: WorkRules, at now: Timestamp
    ) throws -> WorkSpansResponse {
        let id = user.id
        let sender = WorkRules.SpanSender(
            employee: id, since: user.start(at: now), client: request.client, tracking: state.client(of: id)?.id)
        let outcome = rules.take(
            request.spans, from: sender, open: state.openSession(of: id), at: now,
            sessions: { state.sessions.sessions(of: id, in: $0) },
            isTaken: { state.sessions.hasSession(of: $0, startedAt: $1) })
        if outcome.hasMovedLive { try track(id, by: request.client) }
        outcome.changes.forEach { record($0) }
        return WorkSpansResponse(spans: outcome.rows)
    }
}
