import Shared

/// What start, heartbeat, stop and silence do to an employee's sessions. Pure: sessions and the time in, changes out.
///
/// The rules keep three promises: sessions of one employee never overlap, idle time never exceeds elapsed time, and a
/// session that beats lies within one day of the calendar.
struct WorkRules: Sendable {
    let calendar: WorkCalendar
    /// Silence after which a session is over, in milliseconds.
    let timeout: Int64

    /// How much more idle time than the time since the last heartbeat is believed, in seconds: clients sample.
    static let idleTolerance = 5

    struct Outcome: Sendable, Hashable {
        var changes: [Change] = []
        /// The session as it is afterwards; nil when there is none.
        var session: WorkSession?
    }

    /// True when nothing was heard for the time-out: such a session is over since its last heartbeat.
    func isSilent(_ session: WorkSession, at now: Timestamp) -> Bool {
        now - session.lastHeartbeatAt >= timeout
    }

    /// Starts a session, or returns the live one.
    /// - Parameters:
    ///   - open: the employee's session that has not ended.
    ///   - lastEnd: when the employee's last ended session ended; the new one starts no earlier.
    func start(
        _ employee: AccountID, open: WorkSession?, lastEnd: Timestamp?, at now: Timestamp
    ) -> (outcome: Outcome, isNew: Bool) {
        var changes: [Change] = []
        var earliest = lastEnd
        if let open {
            guard isSilent(open, at: now) else { return (Outcome(session: open), false) }
            changes = close(open)
            earliest = max(lastEnd ?? open.lastHeartbeatAt, open.lastHeartbeatAt)
        }
        let session = newSession(of: employee.spelling, from: max(now, earliest ?? now))
        changes.append(.sessionStarted(session))
        return (Outcome(changes: changes, session: session), true)
    }

    func heartbeat(_ open: WorkSession, idleDelta: Int, at now: Timestamp) -> Outcome {
        guard !isSilent(open, at: now) else { return Outcome(changes: close(open)) }
        let time = max(now, open.lastHeartbeatAt)
        var outcome = splitAtMidnights(open, idleDelta: idleDelta, through: time)
        outcome.session?.lastHeartbeatAt = time
        if let session = outcome.session {
            outcome.changes.append(.heartbeatCounted(session: session.id, at: time, idleSeconds: session.idleSeconds))
        }
        return outcome
    }

    func stop(_ open: WorkSession, idleDelta: Int, at now: Timestamp) -> Outcome {
        guard !isSilent(open, at: now) else { return Outcome(changes: close(open)) }
        let time = max(now, open.lastHeartbeatAt)
        var outcome = splitAtMidnights(open, idleDelta: idleDelta, through: time)
        if var session = outcome.session {
            outcome.changes += end(session, at: time)
            session.endedAt = time
            session.isActive = false
            outcome.session = session
        }
        return outcome
    }

    /// Ends every session that has been silent for the time-out, and of several open ones of an employee, which only a
    /// file written by others can have, all but the newest.
    /// - Parameter open: all sessions that have not ended, in start order.
    func sweep(_ open: [WorkSession], at now: Timestamp) -> [Change] {
        var newest: [AccountID: WorkSession] = [:]
        for session in open { newest[AccountID(stored: session.employeeID)] = session }
        return open.flatMap { session -> [Change] in
            if let newest = newest[AccountID(stored: session.employeeID)], newest.id != session.id {
                return end(session, at: min(session.lastHeartbeatAt, newest.startedAt))
            }
            return isSilent(session, at: now) ? close(session) : []
        }
    }

    private func close(_ session: WorkSession) -> [Change] {
        end(session, at: session.lastHeartbeatAt)
    }

    /// No session without length is kept.
    private func end(_ session: WorkSession, at time: Timestamp) -> [Change] {
        guard time > session.startedAt else { return [.sessionDiscarded(session: session.id)] }
        return [.sessionEnded(session: session.id, at: time, idleSeconds: session.idleSeconds)]
    }

    private func newSession(of employee: String, from start: Timestamp) -> WorkSession {
        WorkSession(
            id: "\(employee)-\(start.milliseconds)", employeeID: employee, startedAt: start, endedAt: nil,
            isActive: true, idleSeconds: 0, lastHeartbeatAt: start, date: calendar.day(of: start).iso8601)
    }

    /// Divides the session at each midnight that has passed and adds the new idle time, to the newest part first.
    private func splitAtMidnights(_ open: WorkSession, idleDelta: Int, through time: Timestamp) -> Outcome {
        var parts = divide(open, through: time)
        let sinceLastHeartbeat = Int((time - open.lastHeartbeatAt) / 1000)
        var remaining = min(idleDelta, sinceLastHeartbeat + Self.idleTolerance)
        for index in parts.indices.reversed() {
            let end = index + 1 < parts.count ? parts[index + 1].startedAt : time
            let elapsed = Int((end - parts[index].startedAt) / 1000)
            let room = Int(max(0, Double(elapsed) - parts[index].idleSeconds))
            let added = min(remaining, room)
            parts[index].idleSeconds += Double(added)
            remaining -= added
        }
        var changes: [Change] = []
        for index in parts.indices.dropLast() {
            changes += end(parts[index], at: parts[index + 1].startedAt)
            changes.append(.sessionStarted(parts[index + 1]))
        }
        return Outcome(changes: changes, session: parts.last)
    }

    /// The session, and one for each midnight that has passed. What idle time it has lies before its last heartbeat: it is
    /// shared over the days up to there, in proportion, so that it adds up.
    private func divide(_ open: WorkSession, through time: Timestamp) -> [WorkSession] {
        let midnights = calendar.midnights(after: open.startedAt, through: time)
        guard !midnights.isEmpty else { return [open] }
        var parts = [open] + midnights.map { newSession(of: open.employeeID, from: $0) }
        let heard = Int((open.lastHeartbeatAt - open.startedAt) / 1000)
        let idle = min(open.idleSeconds, Double(heard))
        var given = 0.0
        for index in parts.indices {
            let end = index + 1 < parts.count ? parts[index + 1].startedAt : time
            parts[index].lastHeartbeatAt = max(parts[index].startedAt, min(open.lastHeartbeatAt, end))
            guard end < open.lastHeartbeatAt else {
                parts[index].idleSeconds = idle - given
                break
            }
            let until = Double((end - open.startedAt) / 1000)
            let share = (idle * until / Double(max(heard, 1))).rounded(.down) - given
            parts[index].idleSeconds = share
            given += share
        }
        return parts
    }
}
