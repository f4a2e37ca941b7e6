import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// Random work of two people with two clients each, told of in time or later, against a set of covered instants.
@Suite(.ownThread) struct WorkSpansModelTests {
    @Test(arguments: 1..<13 as Range<UInt64>)
    func everyInstantThatIsToldOfCountsOnce(seed: UInt64) throws {
        var day = RandomDays(seed: seed, setsClock: false)
        for _ in 0..<400 { try day.step() }
        try day.expectSameAfterReplays()
        day.expectEventsAddUp()
    }

    /// Where the clock was ahead, sessions may lie in the future, and running ones reach into them: no span adds to that.
    @Test(arguments: 1..<9 as Range<UInt64>)
    func aClockThatIsSetTakesNothingAway(seed: UInt64) throws {
        var day = RandomDays(seed: 100 + seed, setsClock: true)
        for _ in 0..<300 { try day.step() }
        try day.expectSameAfterReplays()
        day.expectEventsAddUp()
    }
}

/// Times are whole ticks of half a minute, so that a set of ticks says what is covered.
private struct RandomDays {
    private static let tick: Int64 = 30_000
    private static let start = Timestamp(milliseconds: 1_772_438_400_000)
    private static let clients = [UUID(), UUID()]

    private let rules = WorkRules(
        calendar: WorkCalendar(timeZone: TimeZone(identifier: "America/Sao_Paulo") ?? .gmt), timeout: 300_000)
    private let users = [("mira", 1), ("tom", 8)].map { name, days in
        User(email: name, name: "", role: .employee, createdAt: RandomDays.start.adding(seconds: -86_400 * days))
    }
    private let setsClock: Bool
    private var random: SeededGenerator
    private var transaction = TransactionBox()
    private var now = start
    private var changes: [Change] = []
    private var lastRequests: [(request: WorkSpansRequest, user: User)] = []

    init(seed: UInt64, setsClock: Bool) {
        random = SeededGenerator(seed: seed)
        self.setsClock = setsClock
    }

    mutating func step() throws {
        let user = users[Int.random(in: 0..<users.count, using: &random)]
        let client = [nil, Self.clients[0], Self.clients[0], Self.clients[1]].randomElement(using: &random) ?? nil
        switch Int.random(in: 0..<20, using: &random) {
        case 0...1: try work(user, client, expects: .start)
        case 2...6: try work(user, client, expects: .beat)
        case 7: try work(user, client, expects: .stop)
        case 8: sweep()
        case 9...13: now = now.adding(milliseconds: Self.tick * Int64.random(in: 1...8, using: &random))
        case 14: now = now.adding(milliseconds: Self.tick * Int64.random(in: 10...400, using: &random))
        case 15 where setsClock:
            let leap = Self.tick * Int64.random(in: -250...250, using: &random)
            now = now.adding(milliseconds: leap)
            sweep(after: leap)
        case 16: try repeatSpans()
        default: try takeSpans(user, client)
        }
    }

    // MARK: What happens

    private enum Act { case start, beat, stop }

    /// What a start, beat or stop covers: the time since the last one, and nothing else.
    private mutating func work(_ user: User, _ client: UUID?, expects act: Act) throws {
        let (rules, now) = (rules, now)
        let id = user.id
        let before = covered(by: user)
        let open = transaction.state { $0.openSession(of: id) }
        let isSilent = open.map { rules.isSilent($0, at: now) } ?? true
        var isRefused = false
        let idle = Int.random(in: 0...90, using: &random)
        apply { transaction in
            let isTaken: WorkRules.IsTaken = { [sessions = transaction.state.sessions] in
                sessions.hasSession(of: $0, startedAt: $1)
            }
            if act == .start {
                _ = transaction.start(StartRequest(client: client), of: id, rules, at: now)
            } else if let open {
                do {
                    if !isSilent { try transaction.track(id, by: client) }
                } catch {
                    isRefused = true
                    return
                }
                let outcome =
                    act == .beat
                    ? rules.heartbeat(open, idleDelta: idle, at: now, isTaken: isTaken)
                    : rules.stop(open, idleDelta: idle, at: now, isTaken: isTaken)
                outcome.changes.forEach { transaction.record($0) }
            }
        }
        let after = covered(by: user)
        #expect(before.isSubset(of: after))
        guard !setsClock else { return }
        var expected: Set<Int64> = []
        if let open, act != .start, !isSilent, !isRefused {
            expected = ticks(open.lastHeartbeatAt..<max(now, open.lastHeartbeatAt))
        }
        #expect(after == before.union(expected))
        expectNoOverlap(of: user)
    }

    private mutating func sweep(after leap: Int64 = 0) {
        let before = users.map { covered(by: $0) }
        let (rules, now) = (rules, now)
        apply { transaction in
            let sessions = transaction.state.sessions
            for change in rules.sweep(
                sessions.openSessions, at: now, after: leap, isTaken: { sessions.hasSession(of: $0, startedAt: $1) })
            {
                transaction.record(change)
            }
        }
        #expect(users.map { covered(by: $0) } == before)
    }

    private mutating func takeSpans(_ user: User, _ client: UUID?) throws {
        let spans = (0..<Int.random(in: 1...6, using: &random)).map { _ -> WorkSpan in
            let back: Int64 = [20, 20, 300, 2500, 22_000].randomElement(using: &random) ?? 20
            let from = now.adding(milliseconds: -Self.tick * Int64.random(in: -4...back, using: &random))
            let long: Int64 = [4, 15, 500, 2880].randomElement(using: &random) ?? 4
            let length = Self.tick * Int64.random(in: 1...long, using: &random)
            return WorkSpan(
                key: UUID(), startedAt: from, endedAt: from.adding(milliseconds: length),
                idleSeconds: Int.random(in: 0...Int(length / 1000), using: &random))
        }
        try take(WorkSpansRequest(client: client, spans: spans), of: user)
    }

    private mutating func repeatSpans() throws {
        guard let (request, user) = lastRequests.randomElement(using: &random) else { return }
        try take(request, of: user)
    }

    private mutating func take(_ request: WorkSpansRequest, of user: User) throws {
        let (rules, now) = (rules, now)
        let before = covered(by: user)
        let (overlap, idle) = (overlap(of: user), idle(of: user))
        let open = transaction.state { $0.openSession(of: user.id) }
        let liveEnd = open.flatMap { rules.isSilent($0, at: now) ? nil : $0.lastHeartbeatAt }
        let rows = try take(request, of: user, rules, now)
        let after = covered(by: user)
        lastRequests.append((request, user))
        if lastRequests.count > 9 { lastRequests.removeFirst() }

        // All of it that is allowed is covered, nothing is gone, and nothing else is new but what a live session passed over.
        let allowed = max(user.start(at: now), now.adding(milliseconds: -WorkSpan.oldest))..<now
        let told = request.spans.map { ticks(($0.startedAt..<$0.endedAt).clamped(to: allowed)) }
        let all = told.reduce(into: Set<Int64>()) { $0.formUnion($1) }
        #expect(after.isSuperset(of: before.union(all)))
        var possible = before.union(all)
        if let liveEnd, let last = request.spans.map({ min($0.endedAt, now) }).max(), liveEnd < last {
            possible.formUnion(ticks(liveEnd..<last))
        }
        #expect(after.isSubset(of: possible))

        #expect(rows.map(\.key) == request.spans.map(\.key))
        for (span, row) in zip(request.spans, rows) {
            let own = span.startedAt..<span.endedAt
            let refused = ticks(own).subtracting(after.filter { Self.time($0) >= user.start(at: now) })
            #expect(row.refusedSeconds == Int(Int64(refused.count) * Self.tick / 1000))
            #expect((row.reason == nil) == (row.refusedSeconds == 0))
            // The sessions of the answer are those that cover it.
            let answered = row.sessions.reduce(into: Set<Int64>()) { $0.formUnion(self.covered(by: $1)) }
            #expect(answered.intersection(ticks(own)) == after.intersection(ticks(own)))
            #expect(row.sessions.map(\.startedAt) == row.sessions.map(\.startedAt).sorted())
        }
        // However the spans overlap, no more than all of their idle time is added.
        #expect(self.idle(of: user) - idle <= Double(request.spans.reduce(0) { $0 + $1.idleSeconds }))
        #expect(self.overlap(of: user) == overlap)
        expectSound(user)

        let count = changes.count
        let again = try take(request, of: user, rules, now)
        #expect(again == rows)
        #expect(changes.count == count, "a repeat changed something")
    }

    private mutating func take(
        _ request: WorkSpansRequest, of user: User, _ rules: WorkRules, _ now: Timestamp
    ) throws -> [WorkSpansResponse.Row] {
        var result = Result<WorkSpansResponse, any Error>.failure(CancellationError())
        apply { transaction in
            do {
                result = .success(try transaction.take(request, of: user, rules, at: now))
            } catch {
                result = .failure(error)
            }
        }
        return try result.get().spans
    }

    private mutating func apply(_ body: (inout Transaction) -> Void) {
        changes += transaction.apply(body)
    }

    // MARK: What is there

    private func sessions(of user: User) -> [WorkSession] {
        transaction.state { state in state.sessions.all.map(\.value).filter { $0.employeeID == user.email } }
    }

    private func end(of session: WorkSession) -> Timestamp {
        max(session.endedAt ?? session.lastHeartbeatAt, session.startedAt)
    }

    /// The ticks of a span of time; where sessions begin a millisecond late, the tick counts.
    private func ticks(_ span: Range<Timestamp>) -> Set<Int64> {
        guard !span.isEmpty else { return [] }
        let first = (span.lowerBound - Self.start).flooredQuotient(by: Self.tick)
        let last = (span.upperBound - Self.start - 1).flooredQuotient(by: Self.tick)
        return Set(first...last)
    }

    private static func time(_ tick: Int64) -> Timestamp { start.adding(milliseconds: tick * Self.tick) }

    private func covered(by session: WorkSession) -> Set<Int64> { ticks(session.startedAt..<end(of: session)) }

    private func covered(by user: User) -> Set<Int64> {
        sessions(of: user).reduce(into: Set<Int64>()) { $0.formUnion(covered(by: $1)) }
    }

    private func idle(of user: User) -> Double { sessions(of: user).reduce(0) { $0 + $1.idleSeconds } }

    /// Milliseconds that count more than once.
    private func overlap(of user: User) -> Int64 {
        var end = Timestamp.earliest
        var overlap: Int64 = 0
        for session in sessions(of: user) {
            overlap += max(0, min(end, self.end(of: session)) - session.startedAt)
            end = max(end, self.end(of: session))
        }
        return overlap
    }

    private func expectNoOverlap(of user: User) { #expect(overlap(of: user) == 0) }

    private func expectSound(_ user: User) {
        let sessions = sessions(of: user)
        #expect(sessions.map(\.startedAt) == sessions.map(\.startedAt).sorted())
        #expect(Set(sessions.map(\.id)).count == sessions.count)
        #expect(sessions.count { $0.endedAt == nil } <= 1)
        for session in sessions {
            #expect(session.idleSeconds * 1000 <= Double(end(of: session) - session.startedAt), "\(session)")
            #expect(session.date == rules.calendar.day(of: session.startedAt).iso8601)
            #expect(session.isActive == (session.endedAt == nil))
            if let end = session.endedAt {
                #expect(session.startedAt < end, "\(session)")
                let midnights = rules.calendar.midnights(
                    after: session.startedAt, through: end.adding(milliseconds: -1))
                #expect(midnights == [], "\(session)")
            }
        }
        if !setsClock { expectNoOverlap(of: user) }
    }

    /// As a start does with the journal of a server that was killed.
    mutating func expectSameAfterReplays() throws {
        let expected = transaction.state { $0.fileBytes }
        for start in [0, changes.count / 3, changes.count - 20] {
            var state = TrackerState()
            for change in changes { state.apply(change) }
            for change in changes[max(0, start)...] { state.apply(change) }
            #expect(state.fileBytes == expected, "from \(start)")
        }
        let table = SessionTable.table(of: transaction.state { $0.sessions.all.map(\.value) })
        let check = SessionCheck(table.rows, calendar: rules.calendar, now: now)
        if !setsClock { #expect(check.findings == []) }
    }

    /// Whoever was told every event of a session knows them all, but for heartbeats of those that are open.
    func expectEventsAddUp() {
        var told = transaction.told
        for var session in transaction.state({ $0.sessions.all.map(\.value) }) {
            guard let last = told.removeValue(forKey: session.id) else {
                Issue.record("Nobody was told of \(session)")
                continue
            }
            if session.isActive {
                session.lastHeartbeatAt = last.lastHeartbeatAt
                session.idleSeconds = last.idleSeconds
            }
            #expect(last == session)
        }
        // The others had no length.
        #expect(told.values.allSatisfy { $0.endedAt == $0.startedAt && !$0.isActive })
    }
}

/// A transaction that is used again and again.
private final class TransactionBox {
    private var transaction = Transaction(state: TrackerState())
    /// Each session as the last event told it.
    private(set) var told: [String: WorkSession] = [:]

    func state<Value>(_ body: (borrowing TrackerState) -> Value) -> Value { body(transaction.state) }

    func apply(_ body: (inout Transaction) -> Void) -> [Change] {
        body(&transaction)
        let draft = EventDraft(transaction.changes, before: transaction.state)
        let changes = transaction.apply()
        for case .session(let session) in draft.events(after: transaction.state) { told[session.id] = session }
        return changes
    }
}

extension SessionTable {
    /// As a start reads it.
    fileprivate static func table(of sessions: [WorkSession]) -> SessionTable {
        var table = SessionTable()
        var accounts = Spellings()
        _ = table.load(sessions.map { SessionRow(Stored($0)) }, accounts: &accounts)
        return table
    }
}
