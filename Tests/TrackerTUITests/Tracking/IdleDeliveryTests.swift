import Shared
import Testing

@testable import TrackerTUI

/// The client's sums against a server that bounds the idle seconds of each beat by the time since the one before plus 5 s.
struct IdleDeliveryTests {
    private struct BoundingServer {
        var idle = 0
        var beats = 0
        private var lastBeat = 0

        mutating func beat(idle new: Int, at second: Int) {
            idle = min(idle + min(new, second - lastBeat + 5), second)
            lastBeat = second
            beats += 1
        }

        mutating func answer(_ kind: TrackingSession.Request.Kind, at second: Int) -> TrackingSession.Answer {
            switch kind {
            case .start: return .started(Times.session(), isNew: true)
            case .heartbeat(let new):
                beat(idle: new, at: second)
                return .beaten(idleSeconds: Double(idle))
            case .stop(let new):
                beat(idle: new, at: second)
                return .stopped(Times.ended(Times.session(idle: Double(idle)), at: second))
            case .day:
                let session = Times.session(beatAt: lastBeat, idle: Double(idle))
                return .day(Times.day(session: session), intervalSeconds: 1200)
            case .refresh: return .refreshed(tokenLife: .seconds(8 * 3600))
            }
        }
    }

    /// One hour with a beat a minute and a stop at its end.
    /// - Parameter away: the seconds without a key or the mouse.
    private func hour(away: [ClosedRange<Int>]) -> BoundingServer {
        var rig = Rig.tracking()
        var server = BoundingServer()
        var lastInput = 0
        for second in 1...3600 {
            if !away.contains(where: { $0.contains(second) }) { lastInput = second }
            rig.on(
                .idleSampled(sinceInput: .seconds(second - lastInput), taken: Times.at(Double(second)).monotonic),
                at: Double(second))
            rig.on(second == 3600 ? .stopPressed : .tick, at: Double(second))
            while let kind = rig.request?.kind { rig.answer(server.answer(kind, at: second), at: Double(second)) }
            rig.on(.captureEnded, at: Double(second))
        }
        #expect(rig.session.work == nil)
        return server
    }

    @Test(arguments: [
        ([], 0), ([601...2399], 1800), ([2401...3600], 1200), ([3421...3600], 180), ([3422...3600], 0),
        ([601...1189, 1195...1783], 1180),
    ])
    func theServerGetsEveryIdleSecondWheneverTheStopComes(away: [ClosedRange<Int>], idle: Int) {
        #expect(hour(away: away).idle == idle)
    }

    @Test func aLongPauseCostsAFewBeatsMoreOnce() {
        // 60 beats of the hour and the stop; 116 s at the threshold go out in 5 s a beat.
        #expect((80...90).contains(hour(away: [601...2399]).beats))
    }

    @Test func leavingDoesNotWaitForBeatsBeyondItsGrace() {
        var rig = Rig.tracking()
        rig.on(.idleSampled(sinceInput: .seconds(50), taken: Times.at(50).monotonic), at: 50)
        rig.on(.idleSampled(sinceInput: .seconds(181), taken: Times.at(181).monotonic), at: 181)
        rig.answer(.beaten(idleSeconds: 180), at: 181)
        rig.on(.idleSampled(sinceInput: .seconds(400), taken: Times.at(400).monotonic), at: 181)
        let first = rig.on(.leave, at: 181)
        #expect(first.requests.allSatisfy { if case .heartbeat = $0 { true } else { false } })
        let late = rig.answer(.beaten(idleSeconds: 181), at: 182.5)
        #expect(late.requests.allSatisfy { if case .stop = $0 { true } else { false } })
    }

    /// A pause that was none yet when the last beat was accepted, in a session that the silence then ended.
    @Test(arguments: [true, false])
    func whatCanNotBeToldOfASessionAnyMoreIsToldWithTheNextWork(stops: Bool) {
        var rig = Rig.tracking()
        rig.on(.idleSampled(sinceInput: .zero, taken: Times.at(100).monotonic), at: 100)
        rig.answer(.beaten(idleSeconds: 0), at: 100)
        rig.answer(.day(Times.day(session: Times.session(beatAt: 100)), intervalSeconds: 120), at: 100)
        rig.on(.tick, at: 150)
        rig.on(.tick, at: 160)
        rig.answer(.beaten(idleSeconds: 0), at: 160)
        rig.answer(.day(Times.day(session: Times.session(beatAt: 160)), intervalSeconds: 120), at: 160)
        rig.on(.tick, at: 220)
        rig.fail(.unreachable("Refused."), at: 220)
        rig.on(.idleSampled(sinceInput: .seconds(200), taken: Times.at(300).monotonic), at: 300)
        rig.fail(.unreachable("Refused."), at: 300)

        if stops {
            rig.on(.stopPressed, at: 300)
            rig.on(.tick, at: 600)
            #expect(rig.fail(.noActiveSession, at: 600).spans == ["160...300 idle 140"])
            rig.answer(.day(Times.day(), intervalSeconds: 120), at: 600)
            #expect(rig.kept == KeptWork(stretches: [], hasSession: false, owedIdle: 60))
            rig.on(.startPressed, at: 1000)
        } else {
            rig.on(.leave, at: 300)
            rig.on(.tick, at: 310)
            #expect(rig.kept?.stretches.map(\.text) == ["160...300 idle 140"])
            #expect(rig.kept?.owedIdle == 60)
            var next = Rig()
            next.signIn(.init(interval: 120, owedIdle: rig.kept?.owedIdle ?? 0), at: 1000)
            next.answer(.day(Times.day(), intervalSeconds: 120), at: 1000)
            rig = next
        }
        rig.answer(.started(Times.session(startedAt: 1000, id: "eve-2"), isNew: true), at: 1000)
        rig.answer(
            .day(Times.day(session: Times.session(startedAt: 1000, id: "eve-2")), intervalSeconds: 120), at: 1000)
        #expect(rig.on(.tick, at: 1010).requests == [], "no session is longer idle than it is long")
        #expect(rig.on(.tick, at: 1060).requests == [.heartbeat(idleSeconds: 60)])
    }
}
