import Foundation
import Shared

// What spans of work that nobody told in time do to an employee's sessions.
extension WorkRules {
    /// Who sends spans.
    struct SpanSender: Sendable {
        let employee: AccountID
        /// Since when what bears the employee's id is the account's own.
        let since: Timestamp
        /// Nil for one that does not say; then it is whichever client tracks.
        let client: UUID?
        /// The client of the employee's newest session, where it is known.
        let tracking: UUID?

        /// True when the live session is the sender's, as far as is known.
        var isTracking: Bool { client == nil || tracking == nil || client == tracking }
        /// True when it is the client of the sessions that have ended, as far as is known.
        var isKnown: Bool { client != nil && client == tracking }
    }

    struct SpansOutcome: Sendable, Hashable {
        var changes: [Change] = []
        /// In the order of the spans.
        var rows: [WorkSpansResponse.Row] = []
        /// True when the live session reaches further by what its own client has told.
        var hasMovedLive = false
    }

    /// Stores of each span what no session covers yet.
    ///
    /// A live session covers up to its last heartbeat, and goes on to the end of a span that reaches beyond: as by a
    /// heartbeat, so that whatever ends it leaves what was answered. Of another client's span it takes the time and not the
    /// idle time, which says nothing about the work at this one. A span of its own client that begins later than that, with
    /// a gap, says that nobody worked meanwhile: the session ends, and another one is live from there.
    /// - Parameters:
    ///   - open: the employee's session that has not ended.
    ///   - sessions: those of the employee that may share an instant with a span of time.
    func take(
        _ spans: [WorkSpan], from sender: SpanSender, open: WorkSession?, at now: Timestamp,
        sessions: (Range<Timestamp>) -> [WorkSession], isTaken: IsTaken = { _, _ in false }
    ) -> SpansOutcome {
        let order = spans.indices.sorted { (spans[$0].startedAt, $0) < (spans[$1].startedAt, $1) }
        var ranges: [Range<Timestamp>] = []
        for span in order.map({ spans[$0] }) {
            if let last = ranges.last, span.startedAt <= last.upperBound {
                ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, span.endedAt)
            } else {
                ranges.append(span.startedAt..<span.endedAt)
            }
        }
        var book = SpanBook(rules: self, sender: sender, now: now, sessions: ranges.flatMap(sessions), open: open)
        var refusals = spans.map { _ in SpanBook.Refusal() }
        for index in order { refusals[index] = book.take(spans[index], isTaken) }
        let rows = zip(spans, refusals).map { span, refusal in
            WorkSpansResponse.Row(
                key: span.key, sessions: book.sessions(covering: span), refusedSeconds: refusal.seconds,
                reason: refusal.seconds > 0 ? refusal.reason(since: sender.since, now: now) : nil)
        }
        return SpansOutcome(changes: book.changes, rows: rows, hasMovedLive: book.hasMovedLive)
    }
}

/// An employee's sessions around some spans, while these are taken up one after the other.
private struct SpanBook {
    /// How much of a span is in no session and will be in none, in milliseconds.
    struct Refusal {
        var beforeAccount: Int64 = 0
        var tooOld: Int64 = 0
        var inFuture: Int64 = 0

        var seconds: Int { Int((beforeAccount + tooOld + inFuture) / 1000) }

        func reason(since: Timestamp, now: Timestamp) -> String {
            let oldest = now.adding(milliseconds: -WorkSpan.oldest)
            return [
                beforeAccount > 0 ? "What lies before the account was made, at \(since.iso8601), is not its own." : nil,
                tooOld > 0
                    ? "What lies more than \(WorkSpan.oldest / 86_400_000) days back, before \(oldest.iso8601), "
                        + "is not taken up any more." : nil,
                inFuture > 0 ? "What lies after the server's time, \(now.iso8601), has not been worked yet." : nil,
            ].compactMap { $0 }.joined(separator: " ")
        }
    }

    private let rules: WorkRules
    private let sender: WorkRules.SpanSender
    private let now: Timestamp
    /// In start order.
    private var sessions: [WorkSession] = []
    /// No session here covers more milliseconds.
    private var longest: Int64 = 0
    private var live: WorkSession?
    /// When a live session started that had no length, and is gone.
    private var freed: Timestamp?
    /// What happened to the live session, in order.
    private var liveChanges: [Change] = []
    /// The sessions that have ended and are new or reach further, by their ids.
    private var recorded: [String: WorkSession] = [:]
    private(set) var hasMovedLive = false

    var changes: [Change] {
        liveChanges + recorded.values.sorted { $0.startedAt < $1.startedAt }.map { .sessionRecorded($0) }
    }

    init(
        rules: WorkRules, sender: WorkRules.SpanSender, now: Timestamp, sessions found: [WorkSession],
        open: WorkSession?
    ) {
        (self.rules, self.sender, self.now) = (rules, sender, now)
        // One that is long may have been found in several ranges.
        sessions = Set(found).subtracting(open.map { [$0] } ?? []).sorted { $0.startedAt < $1.startedAt }
        longest = sessions.map { end(of: $0) - $0.startedAt }.max() ?? 0
        guard let open else { return }
        live = open
        if rules.isSilent(open, at: now) { endLive() }
    }

    // MARK: Looking

    private func end(of session: WorkSession) -> Timestamp { session.endedAt ?? session.lastHeartbeatAt }

    /// Of those that started before `end`, the ones that may reach `start`.
    private func sessions(reaching start: Timestamp, before end: Timestamp) -> ArraySlice<WorkSession> {
        sessions[sessions.partition { start - $0.startedAt <= longest }...].prefix { $0.startedAt < end }
    }

    /// The sessions that cover something of a span of time, in start order.
    private func sessions(in span: Range<Timestamp>) -> [WorkSession] {
        var found = sessions(reaching: span.lowerBound, before: span.upperBound)
            .filter { end(of: $0) > span.lowerBound && end(of: $0) > $0.startedAt }
        if let live, live.startedAt < span.upperBound, live.lastHeartbeatAt > span.lowerBound,
            live.lastHeartbeatAt > live.startedAt
        {
            found.insert(live, at: found.partition { $0.startedAt > live.startedAt })
        }
        return found
    }

    /// Those that the account may see.
    func sessions(covering span: WorkSpan) -> [WorkSession] {
        sessions(in: span.startedAt..<span.endedAt).filter { $0.startedAt >= sender.since }
    }

    /// What no session covers of a span of time.
    private func gaps(in span: Range<Timestamp>) -> [Range<Timestamp>] {
        var gaps: [Range<Timestamp>] = []
        var start = span.lowerBound
        for session in sessions(in: span) {
            if session.startedAt > start { gaps.append(start..<session.startedAt) }
            start = max(start, end(of: session))
        }
        if start < span.upperBound { gaps.append(start..<span.upperBound) }
        return gaps
    }

    // MARK: Taking up

    mutating func take(_ span: WorkSpan, _ isTaken: WorkRules.IsTaken) -> Refusal {
        var refusal = Refusal()
        let own = max(span.startedAt, min(sender.since, span.endedAt))..<span.endedAt
        refusal.beforeAccount = own.lowerBound - span.startedAt
        let allowed = now.adding(milliseconds: -WorkSpan.oldest)..<now
        var idle = IdleShare(idle: span.idleSeconds, length: span.endedAt - span.startedAt)
        for gap in gaps(in: own) {
            let piece = gap.clamped(to: allowed)
            refusal.tooOld += max(0, min(gap.upperBound, allowed.lowerBound) - gap.lowerBound)
            refusal.inFuture += max(0, gap.upperBound - max(gap.lowerBound, allowed.upperBound))
            if !piece.isEmpty { store(piece, &idle, isTaken) }
        }
        return refusal
    }

    private mutating func store(_ piece: Range<Timestamp>, _ idle: inout IdleShare, _ isTaken: WorkRules.IsTaken) {
        // A live session that has just begun covers nothing yet, and yet nothing may reach over its start.
        let before = piece.clamped(to: piece.lowerBound..<max(piece.lowerBound, live?.startedAt ?? piece.upperBound))
        for part in days(of: before) { record(part, &idle, isTaken) }
        let piece = before.upperBound..<piece.upperBound
        guard let live, !piece.isEmpty else { return }
        let goesOn =
            (rules.isNear(piece.lowerBound, to: live) || !sender.isTracking)
            && sessions(in: live.lastHeartbeatAt..<piece.lowerBound).isEmpty
        let start = goesOn ? live.lastHeartbeatAt : piece.lowerBound
        for part in days(of: start..<piece.upperBound) { moveLive(part, &idle, isTaken) }
    }

    private func days(of piece: Range<Timestamp>) -> [Range<Timestamp>] {
        guard !piece.isEmpty else { return [] }
        let inner = rules.calendar.midnights(
            after: piece.lowerBound, through: piece.upperBound.adding(milliseconds: -1))
        let bounds = [piece.lowerBound] + inner + [piece.upperBound]
        return zip(bounds, bounds.dropFirst()).map { $0..<$1 }
    }

    private func isOneDay(_ one: Timestamp, _ other: Timestamp) -> Bool {
        rules.calendar.day(of: one) == rules.calendar.day(of: other)
    }

    /// The live session reaches to the end of a part that begins where it was heard of last, or another one is live from
    /// the part's beginning on.
    private mutating func moveLive(_ part: Range<Timestamp>, _ idle: inout IdleShare, _ isTaken: WorkRules.IsTaken) {
        guard var session = live else { return }
        if session.lastHeartbeatAt != part.lowerBound || !isOneDay(session.startedAt, part.lowerBound) {
            endLive()
            session = newSession(from: part.lowerBound, isTaken)
            guard session.startedAt < part.upperBound else { return }
            liveChanges.append(.sessionStarted(session))
        }
        session.lastHeartbeatAt = part.upperBound
        let room = session.idleRoom(until: part.upperBound)
        let share = idle.take(part.upperBound - part.lowerBound, room: room)
        if sender.isTracking {
            session.idleSeconds += Double(share)
            hasMovedLive = true
        }
        liveChanges.append(
            .heartbeatCounted(session: session.id, at: part.upperBound, idleSeconds: session.idleSeconds))
        live = session
    }

    private mutating func endLive() {
        guard var session = live else { return }
        live = nil
        liveChanges += rules.close(session)
        guard session.lastHeartbeatAt > session.startedAt else {
            freed = session.startedAt
            return
        }
        session.endedAt = session.lastHeartbeatAt
        session.isActive = false
        insert(session)
    }

    /// Goes on with the session that ended where the part begins, or makes one of it.
    private mutating func record(_ part: Range<Timestamp>, _ idle: inout IdleShare, _ isTaken: WorkRules.IsTaken) {
        let index = sessions(reaching: part.lowerBound, before: part.lowerBound).firstIndex { session in
            session.endedAt == part.lowerBound && session.startedAt >= sender.since
                && (session.lastHeartbeatAt == session.endedAt || sender.isKnown)
                && isOneDay(session.startedAt, part.lowerBound)
        }
        var session = index.map { sessions.remove(at: $0) } ?? newSession(from: part.lowerBound, isTaken)
        session.endedAt = part.upperBound
        session.lastHeartbeatAt = part.upperBound
        session.isActive = false
        // Where an instant comes twice, the session begins later.
        guard session.startedAt < part.upperBound else { return }
        let room = session.idleRoom(until: part.upperBound)
        session.idleSeconds += Double(idle.take(part.upperBound - part.lowerBound, room: room))
        recorded[session.id] = session
        insert(session)
    }

    private func newSession(from start: Timestamp, _ isTaken: WorkRules.IsTaken) -> WorkSession {
        rules.newSession(of: sender.employee.spelling, from: start) { employee, start in
            let index = sessions.partition { $0.startedAt >= start }
            let isKnown = index < sessions.count && sessions[index].startedAt == start
            return isKnown || start != freed && isTaken(employee, start)
        }
    }

    private mutating func insert(_ session: WorkSession) {
        sessions.insert(session, at: sessions.partition { $0.startedAt > session.startedAt })
        longest = max(longest, end(of: session) - session.startedAt)
    }
}

/// A span's idle time, shared over what is stored of it in proportion, in whole seconds.
private struct IdleShare {
    let idle: Int
    /// Of the span, in milliseconds.
    let length: Int64
    private var stored: Int64 = 0
    private var given = 0

    init(idle: Int, length: Int64) {
        (self.idle, self.length) = (idle, length)
    }

    /// The share of the next part. What it has no room for, later ones get.
    mutating func take(_ part: Int64, room: Int) -> Int {
        stored += part
        let share = min(Int(Int64(idle) * min(stored, length) / length) - given, room)
        given += share
        return share
    }
}
