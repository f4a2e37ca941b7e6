import Shared

@testable import TrackerTUI

/// Times and sessions for tests: second 0 is 2026-03-02T08:00:00Z by the wall clock and 1000 s by the monotonic one.
enum Times {
    static let wallZero = Timestamp(milliseconds: 1_772_438_400_000)

    static func at(_ seconds: Double, slept: Double = 0) -> Moment {
        Moment(
            monotonic: .seconds(1000) + .seconds(seconds), boot: .seconds(1000) + .seconds(seconds + slept),
            wall: wallZero.adding(milliseconds: Int64((seconds + slept) * 1000)))
    }

    static func session(startedAt seconds: Int = 0, beatAt: Int? = nil, idle: Double = 0, id: String = "eve-1")
        -> WorkSession
    {
        WorkSession(
            id: id, employeeID: "eve", startedAt: wallZero.adding(seconds: seconds), endedAt: nil, isActive: true,
            idleSeconds: idle, lastHeartbeatAt: wallZero.adding(seconds: beatAt ?? seconds), date: "2026-03-02")
    }

    static func ended(_ session: WorkSession, at seconds: Int) -> WorkSession {
        var session = session
        session.endedAt = wallZero.adding(seconds: seconds)
        session.isActive = false
        return session
    }

    static func day(
        active: Int = 0, idle: Int = 0, session: WorkSession? = nil, timeout: Int? = nil,
        corrections: [Correction] = []
    ) -> WorkDayResponse {
        WorkDayResponse(
            today: "2026-03-02", session: session,
            totals: WorkTotals(activeSeconds: active, idleSeconds: idle), intervalSeconds: nil,
            sessionTimeoutSeconds: timeout, corrections: corrections)
    }

    static func correction(_ minutes: Int, of employee: String = "eve@example.com", revokedBy: String? = nil)
        -> Correction
    {
        Correction(
            id: "c", employeeID: employee, date: CivilDate(daysSince1970: 20_514), minutes: minutes,
            reason: "Client visit\nwithout a \u{1B}[31mlaptop", by: "boss@example.com", createdAt: wallZero,
            revokedAt: revokedBy.map { _ in wallZero.adding(seconds: 60) }, revokedBy: revokedBy)
    }

    /// Work that began and ended at these seconds.
    static func stretch(_ start: Double, _ end: Double, idle: Int = 0, told: Double? = nil) -> WorkStretch {
        var stretch = WorkStretch(start: WorkInstant(at(start)), end: WorkInstant(at(end)), idleSeconds: idle)
        stretch.start.told = told.map { at($0).wall }
        return stretch
    }
}

/// A tracking session with the bookkeeping that every test needs: which request is on its way.
struct Rig {
    var session = TrackingSession(
        settings: .init(heartbeatInterval: .seconds(60), idleThreshold: .seconds(180)), jitter: { 0 })
    private(set) var request: TrackingSession.Request?
    /// What the disk has of work under way; nil: nothing.
    private(set) var kept: KeptWork?

    /// - Returns: what shall be done, besides what the disk has of work under way.
    @discardableResult
    mutating func on(_ event: TrackingSession.Event, at seconds: Double, slept: Double = 0)
        -> [TrackingSession.Action]
    {
        let actions = session.handle(event, at: Times.at(seconds, slept: slept))
        for case .send(let new) in actions { request = new }
        for case .keepWork(let work) in actions { kept = work }
        return actions.filter { if case .keepWork = $0 { false } else { true } }
    }

    @discardableResult
    mutating func answer(_ answer: TrackingSession.Answer, at seconds: Double, slept: Double = 0)
        -> [TrackingSession.Action]
    {
        guard let number = request?.number else { return [] }
        request = nil
        return on(.answered(number, answer), at: seconds, slept: slept)
    }

    @discardableResult
    mutating func fail(_ failure: TrackingSession.Failure, at seconds: Double, slept: Double = 0)
        -> [TrackingSession.Action]
    {
        guard let number = request?.number else { return [] }
        request = nil
        return on(.failed(number, failure), at: seconds, slept: slept)
    }

    mutating func signIn(_ earlier: TrackingSession.Earlier = .nothing, at seconds: Double = 0) {
        on(.signedIn(tokenLife: .seconds(8 * 3600), earlier), at: seconds)
    }

    /// Signed in, told an interval of 120 s, and tracking since second 0.
    static func tracking() -> Rig {
        var rig = Rig()
        rig.signIn()
        rig.answer(.day(Times.day(), intervalSeconds: 120), at: 0)
        rig.answer(.started(Times.session(), isNew: true), at: 0)
        rig.answer(.day(Times.day(session: Times.session()), intervalSeconds: 120), at: 0)
        rig.on(.captureEnded, at: 0)
        return rig
    }
}

extension WorkStretch {
    /// `60...401 idle 12`, in seconds of the tests' clock.
    var text: String {
        func second(_ instant: WorkInstant) -> Int { Int(((instant.told ?? instant.wall) - Times.wallZero) / 1000) }
        return "\(second(start))...\(second(end)) idle \(idleSeconds)"
    }
}

extension [TrackingSession.Action] {
    /// What shall be delivered by itself.
    var spans: [String] {
        compactMap { if case .keepSpan(let stretch) = $0 { stretch.text } else { nil } }
    }

    var requests: [TrackingSession.Request.Kind] {
        compactMap { if case .send(let request) = $0 { request.kind } else { nil } }
    }

    var notes: [Note] {
        compactMap { if case .note(let note) = $0 { note } else { nil } }
    }
}
