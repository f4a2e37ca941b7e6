import Shared

/// What start, heartbeat, stop and silence do to an employee's sessions. Pure: sessions and the time in, changes out.
///
/// The rules keep three promises: sessions of one employee never overlap, idle time never exceeds elapsed time, and a
/// session that beats lies within one day of the calendar.
///
/// Where the clock was ahead and is right again, what was recorded then lies in the future. It stays as it is, and work
/// counts from now on all the same, in a session of its own; the first promise waits until the clock has passed it.
struct WorkRules: Sendable {
    let calendar: WorkCalendar
    /// Silence after which a session is over, in milliseconds.
    let timeout: Int64

    /// How far the clock may be set back without anything being said, in milliseconds: sessions go on where they were.
    static let clockTolerance: Int64 = 5000

    struct Outcome: Sendable, Hashable {
        var changes: [Change] = []
        /// The session as it is afterwards; nil when there is none.
        var session: WorkSession?
        /// How far ahead of the clock something was recorded, in milliseconds, when the clock has been set back since.
        var ahead: Int64?
    }

    /// True when a session of that employee started at that time, whose id a new one can't have.
    typealias IsTaken = (AccountID, Timestamp) -> Bool

    /// True when nothing was heard for the time-out: such a session is over since its last heartbeat. So is one that another
    /// system says was heard of last before it began.
    func isSilent(_ session: some SessionTimes, at now: Timestamp) -> Bool {
        now - session.lastHeartbeatAt >= timeout || session.lastHeartbeatAt < session.startedAt
    }

    /// True when so little time lies between the last heartbeat and another that it is not told apart.
    func isNear(_ time: Timestamp, to session: WorkSession) -> Bool {
        time - session.lastHeartbeatAt <= Int64(HeartbeatRequest.idleTolerance) * 1000
    }

    /// True when the session was heard of at a time that is still to come.
    func isAhead(_ session: WorkSession, of now: Timestamp) -> Bool {
        session.lastHeartbeatAt - now > Self.clockTolerance
    }

    /// Starts a session, or returns the live one.
    ///
    /// A client that says who it is finds a live session only where that was heard of just now; otherwise it ends at its last
    /// heartbeat, and another one begins. What was worked since then, the client that ran knows, be it this one before it was
    /// started again or another one that it takes over from: it tells of it as spans, which continue the session.
    /// - Parameters:
    ///   - open: the employee's session that has not ended.
    ///   - tellsSpans: true when the one that starts is such a client.
    ///   - lastEnd: when the employee's last ended session ended; the new one starts no earlier, unless that is still to
    ///     come.
    func start(
        _ employee: AccountID, open: WorkSession?, tellsSpans: Bool = false, lastEnd: Timestamp?, at now: Timestamp,
        isTaken: IsTaken = { _, _ in false }
    ) -> (outcome: Outcome, isNew: Bool) {
        var outcome = Outcome()
        var earliest = lastEnd ?? now
        if let open {
            let goesOn = !tellsSpans || isNear(now, to: open)
            guard !goesOn || isSilent(open, at: now) || isAhead(open, of: now) else {
                return (Outcome(session: open), false)
            }
            outcome.changes = close(open)
            earliest = max(earliest, open.lastHeartbeatAt)
        }
        if earliest - now > Self.clockTolerance {
            outcome.ahead = earliest - now
            earliest = now
        }
        let session = newSession(of: employee.spelling, from: max(now, earliest), isTaken)
        outcome.changes.append(.sessionStarted(session))
        outcome.session = session
        return (outcome, true)
    }

    func heartbeat(
        _ open: WorkSession, idleDelta: Int, at now: Timestamp, isTaken: IsTaken = { _, _ in false }
    ) -> Outcome {
        guard !isSilent(open, at: now) else { return Outcome(changes: close(open)) }
        guard !isAhead(open, of: now) else { return goOn(adding(idleDelta, to: open), from: now, isTaken) }
        let time = max(now, open.lastHeartbeatAt)
        var outcome = splitAtMidnights(open, idleDelta: idleDelta, through: time, isTaken)
        outcome.session?.lastHeartbeatAt = time
        if let session = outcome.session {
            outcome.changes.append(.heartbeatCounted(session: session.id, at: time, idleSeconds: session.idleSeconds))
        }
        return outcome
    }

    /// - Returns: as the session that has ended, the last one that is kept; nil when there is none, though the employee may
    ///   have worked since the clock was set back.
    func stop(
        _ open: WorkSession, idleDelta: Int, at now: Timestamp, isTaken: IsTaken = { _, _ in false }
    ) -> Outcome {
        guard !isSilent(open, at: now) else { return Outcome(changes: close(open)) }
        let time = max(now, open.lastHeartbeatAt)
        var outcome =
            isAhead(open, of: now)
            ? Outcome(session: adding(idleDelta, to: open), ahead: time - now)
            : splitAtMidnights(open, idleDelta: idleDelta, through: time, isEnding: true, isTaken)
        guard var session = outcome.session else { return outcome }
        outcome.changes += end(session, at: time)
        session.endedAt = time
        session.isActive = false
        outcome.session = session
        // A session that began with the present instant and one that can't have been worked yet have no length both.
        if time <= session.startedAt, now < session.startedAt { outcome.session = nil }
        return outcome
    }

    /// Ends every session that has been silent for the time-out, and of several open ones of an employee, which only a
    /// file written by others can have, all but the newest.
    /// - Parameters:
    ///   - open: all sessions that have not ended, in start order.
    ///   - leap: by how many milliseconds the clock was set forward since the last sweep: time that nobody has worked, and
    ///     in which nobody was silent.
    func sweep(
        _ open: [WorkSession], at now: Timestamp, after leap: Int64 = 0, isTaken: IsTaken = { _, _ in false }
    ) -> [Change] {
        var newest: [AccountID: WorkSession] = [:]
        for session in open { newest[AccountID(stored: session.employeeID)] = session }
        return open.flatMap { session -> [Change] in
            if let newest = newest[AccountID(stored: session.employeeID)], newest.id != session.id {
                return end(session, at: min(session.lastHeartbeatAt, newest.startedAt))
            }
            if isAhead(session, of: now) { return goOn(session, from: now, isTaken).changes }
            let before = now.adding(milliseconds: -leap)
            if leap > 0, session.lastHeartbeatAt <= before, !isSilent(session, at: before) {
                return goOn(session, from: now, isTaken).changes
            }
            return isSilent(session, at: now) ? close(session) : []
        }
    }

    /// Ends the session where it was heard of last, and lets a new one begin now: the clock was set meanwhile.
    private func goOn(_ session: WorkSession, from now: Timestamp, _ isTaken: IsTaken) -> Outcome {
        let next = newSession(of: session.employeeID, from: now, isTaken)
        return Outcome(
            changes: close(session) + [.sessionStarted(next)], session: next, ahead: session.lastHeartbeatAt - now)
    }

    func close(_ session: WorkSession) -> [Change] {
        end(session, at: session.lastHeartbeatAt)
    }

    /// No session without length is kept.
    private func end(_ session: WorkSession, at time: Timestamp) -> [Change] {
        guard time > session.startedAt else { return [.sessionDiscarded(session: session.id)] }
        return [.sessionEnded(session: session.id, at: time, idleSeconds: session.idleSeconds)]
    }

    /// - Parameter start: the session starts then, or, where one has that id already, the next free millisecond: when the
    ///   clock is set back, an instant comes twice.
    func newSession(of employee: String, from start: Timestamp, _ isTaken: IsTaken) -> WorkSession {
        let account = AccountID(stored: employee)
        var start = start
        while isTaken(account, start) { start = start.adding(milliseconds: 1) }
        return WorkSession(
            id: "\(employee)-\(start.milliseconds)", employeeID: employee, startedAt: start, endedAt: nil,
            isActive: true, idleSeconds: 0, lastHeartbeatAt: start, date: calendar.day(of: start).iso8601)
    }

    /// The idle time that a client tells of, no more than has passed since it was last heard: else a client that is wrong, or
    /// tells one pause twice, would make hours idle that were worked.
    private func bounded(_ idleDelta: Int, since lastHeartbeat: Timestamp, at time: Timestamp) -> Int {
        min(idleDelta, Int((time - lastHeartbeat) / 1000) + HeartbeatRequest.idleTolerance)
    }

    /// Adds as much idle time as the session has room for, in whole seconds, and returns how much.
    private func add(_ idle: Int, to session: inout WorkSession, until end: Timestamp) -> Int {
        let added = min(idle, session.idleRoom(until: end))
        session.idleSeconds += Double(added)
        return added
    }

    /// With the idle time that comes after the clock was set back: it is of before. How long ago the last heartbeat was, the
    /// clock can't tell.
    private func adding(_ idleDelta: Int, to session: WorkSession) -> WorkSession {
        var session = session
        _ = add(idleDelta, to: &session, until: session.lastHeartbeatAt)
        return session
    }

    /// Divides the session at each midnight that has passed and adds the new idle time, to the newest part first.
    /// - Parameter isEnding: true when no part is to begin at `time`, which would have no length.
    private func splitAtMidnights(
        _ open: WorkSession, idleDelta: Int, through time: Timestamp, isEnding: Bool = false, _ isTaken: IsTaken
    ) -> Outcome {
        let lastStart = isEnding ? time.adding(milliseconds: -1) : time
        let midnights = calendar.midnights(after: open.startedAt, through: lastStart)
        var parts = divide(open, at: midnights, through: time, isTaken)
        var remaining = bounded(idleDelta, since: open.lastHeartbeatAt, at: time)
        for index in parts.indices.reversed() {
            let end = index + 1 < parts.count ? parts[index + 1].startedAt : time
            remaining -= add(remaining, to: &parts[index], until: end)
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
    private func divide(
        _ open: WorkSession, at midnights: [Timestamp], through time: Timestamp, _ isTaken: IsTaken
    ) -> [WorkSession] {
        guard !midnights.isEmpty else { return [open] }
        var parts = [open] + midnights.map { newSession(of: open.employeeID, from: $0, isTaken) }
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
