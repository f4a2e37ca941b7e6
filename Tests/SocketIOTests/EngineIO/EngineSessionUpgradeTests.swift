@testable import SocketIO
import Testing

/// From polling to a WebSocket, and the WebSockets that come to nothing.
@Suite struct EngineSessionUpgradeTests {
    private let time = TestTime()
    private let separator = "\u{1E}"

    @Test func theProbeIsAnsweredAndNoopReleasesTheWaitingPoll() {
        var session = EngineSession.opened(.polling, time)
        _ = session.poll(at: time(1))
        let isTaken = session.openProbe(at: time(2))
        #expect(isTaken)
        #expect(session.isPollWaiting)
        #expect(
            session.probeFrame(.ping(EnginePacket.probe), at: time(3)) == [
                .sendProbe(.pong(EnginePacket.probe)), .answer("6"),
            ])
        #expect(session.transport == .polling)
    }

    @Test func everyPollBetweenTheAnswerAndTheUpgradeGetsNoop() {
        var session = EngineSession.probed(time)
        #expect(session.poll(at: time(1)) == [.answer("6")])
        _ = session.send("a")
        #expect(session.poll(at: time(2)) == [.answer("6")])
        #expect(session.poll(at: time(3)) == [.answer("6")])
        #expect(session.probeFrame(.upgrade, at: time(4)) == [.adoptProbe, .send("a")])
    }

    @Test func whatIsSentMeanwhileIsKeptAndFollowsTheUpgradeInOrder() throws {
        var session = EngineSession.opened(.polling, time)
        #expect(session.send("0") == [])
        _ = session.openProbe(at: time(1))
        _ = session.probeFrame(.ping(EnginePacket.probe), at: time(2))
        for number in 1..<30 { #expect(session.send("\(number)") == []) }
        #expect(try session.post("4up", at: time(3)) == [.deliver("up")])
        #expect(session.probeFrame(.upgrade, at: time(4)) == [.adoptProbe, .send((0..<30).map { .text("\($0)") })])
        #expect(session.transport == .webSocket)
        #expect(session.send("30") == [.send("30")])
        #expect(session.frame(.text("b"), at: time(5)) == [.deliver("b")])
    }

    @Test func untilTheProbeIsAnsweredPollingGoesOn() {
        var session = EngineSession.opened(.polling, time)
        _ = session.openProbe(at: time(1))
        _ = session.poll(at: time(2))
        #expect(session.send("a") == [.answer("4a")])
    }

    @Test func aSecondProbeIsRefusedAndHarmsNobody() {
        var session = EngineSession.opened(.polling, time)
        let first = session.openProbe(at: time(1))
        let second = session.openProbe(at: time(2))
        #expect(first)
        #expect(!second)
        _ = session.probeFrame(.ping(EnginePacket.probe), at: time(3))
        let third = session.openProbe(at: time(4))
        #expect(!third)
        #expect(session.probeFrame(.upgrade, at: time(5)) == [.adoptProbe])
        let fourth = session.openProbe(at: time(6))
        #expect(!fourth)
        #expect(session.send("a") == [.send("a")])
    }

    // MARK: Abandoned

    @Test(arguments: [false, true])
    func aProbeThatIsClosedLeavesPollingAlive(isAnswered: Bool) {
        var session = EngineSession.opened(.polling, time)
        _ = session.openProbe(at: time(1))
        if isAnswered { _ = session.probeFrame(.ping(EnginePacket.probe), at: time(2)) }
        for text in ["a", "b"] { #expect(session.send(text) == []) }
        #expect(session.probeClosed() == [])
        #expect(session.poll(at: time(4)) == [.answer("4a\(separator)4b")])
        let isTaken = session.openProbe(at: time(5))
        #expect(isTaken)
    }

    @Test(arguments: [
        EnginePacket.ping([]), .pong(EnginePacket.probe), .text("a"), .message(.binary([1])), .upgrade, .close, .noop,
        .open([]),
    ])
    func aWrongPacketBeforeTheProbeLeavesPollingAlive(packet: EnginePacket) {
        var session = EngineSession.opened(.polling, time)
        _ = session.poll(at: time(1))
        _ = session.openProbe(at: time(1))
        #expect(session.probeFrame(packet, at: time(2)) == [.closeProbe])
        #expect(session.isPollWaiting)
        #expect(session.send("a") == [.answer("4a")])
    }

    @Test(arguments: [EnginePacket.ping(EnginePacket.probe), .text("a"), .close, .noop, .pong([])])
    func aWrongPacketAfterTheProbeLeavesPollingAlive(packet: EnginePacket) {
        var session = EngineSession.probed(time)
        _ = session.send("a")
        #expect(session.probeFrame(packet, at: time(2)) == [.closeProbe])
        #expect(session.probeFrame(.upgrade, at: time(3)) == [])
        #expect(session.poll(at: time(4)) == [.answer("4a")])
    }

    @Test func aProbeThatTakesTooLongLeavesPollingAlive() {
        var session = EngineSession.opened(.polling, time, EngineConfiguration())
        _ = session.openProbe(at: time(5000))
        _ = session.poll(at: time(5001))
        #expect(session.deadline == time(15_000))
        #expect(session.tick(at: time(14_999)) == [])
        #expect(session.tick(at: time(15_000)) == [.closeProbe])
        #expect(session.deadline == time(25_000))
        #expect(session.send("a") == [.answer("4a")])
    }

    @Test func theWholeUpgradeHasTenSeconds() {
        var session = EngineSession.opened(.polling, time, EngineConfiguration())
        _ = session.openProbe(at: time(0))
        _ = session.probeFrame(.ping(EnginePacket.probe), at: time(9000))
        _ = session.send("a")
        #expect(session.tick(at: time(10_000)) == [.closeProbe])
        #expect(session.poll(at: time(10_001)) == [.answer("4a")])
    }

    // MARK: Heartbeats meanwhile

    @Test func noPingIsDueWhileItCouldNotReachTheClient() {
        var session = EngineSession.probed(time)
        #expect(session.deadline == time(10_000))
        #expect(session.tick(at: time(9_999)) == [])
        #expect(session.poll(at: time(9_999)) == [.answer("6")])
        #expect(session.tick(at: time(10_000)) == [.closeProbe])
        #expect(session.poll(at: time(10_001)) == [.answer("2")])
        #expect(session.deadline == time(10_200))
    }

    @Test func aPingThatTheClientHasNotGotIsTakenBack() {
        var session = EngineSession.opened(.polling, time)
        _ = session.send("a")
        #expect(session.tick(at: time(300)) == [])
        _ = session.openProbe(at: time(310))
        _ = session.probeFrame(.ping(EnginePacket.probe), at: time(310))
        #expect(session.tick(at: time(2000)) == [])
        #expect(session.probeFrame(.upgrade, at: time(2000)) == [.adoptProbe, .send("a")])
        #expect(session.tick(at: time(2000)) == [.send([.ping([])])])
        #expect(session.deadline == time(2200))
    }

    @Test func anAbandonedProbeIsFollowedByThePingThatWasDue() {
        var session = EngineSession.probed(time)
        #expect(session.probeClosed() == [])
        #expect(session.deadline == time(300))
        #expect(session.tick(at: time(700)) == [])
        #expect(session.poll(at: time(710)) == [.answer("2")])
        #expect(session.deadline == time(900))
    }

    @Test func aPingThatTheClientHasGotIsStillToBeAnswered() throws {
        var session = EngineSession.opened(.polling, time)
        _ = session.poll(at: time(1))
        #expect(session.tick(at: time(300)) == [.answer("2")])
        _ = session.openProbe(at: time(310))
        _ = session.probeFrame(.ping(EnginePacket.probe), at: time(310))
        #expect(session.deadline == time(500))
        var mute = session
        #expect(mute.tick(at: time(500)) == [.closeProbe, .closed(.pingTimeout), .ended])
        #expect(try session.post("3", at: time(400)) == [])
        #expect(session.deadline == time(10_310))
    }

    // MARK: Afterwards

    @Test func afterTheUpgradePollsAreRefusedWithoutHarm() {
        var session = EngineSession.probed(time)
        _ = session.probeFrame(.upgrade, at: time(1))
        #expect(!session.acceptsHTTP)
        #expect(session.poll(at: time(2)) == [.refusePoll])
        #expect(session.send("a") == [.send("a")])
    }

    @Test(arguments: ["4late", "1", "no packet"])
    func afterTheUpgradePostsAreRefusedWithoutHarm(body: String) {
        var session = EngineSession.probed(time)
        _ = session.probeFrame(.upgrade, at: time(1))
        let error = #expect(throws: EngineProtocolError.self) { try session.post(body, at: time(2)) }
        guard let error else { return }
        #expect(session.fail(error) == [])
        #expect(session.send("a") == [.send("a")])
    }

    @Test func afterTheUpgradePingsGoThroughTheWebSocket() {
        var session = EngineSession.probed(time)
        _ = session.probeFrame(.upgrade, at: time(1))
        #expect(session.tick(at: time(300)) == [.send([.ping([])])])
        _ = session.frame(.pong([]), at: time(310))
        #expect(session.deadline == time(610))
        #expect(session.webSocketClosed().suffix(2) == [.closed(.transportClosed), .ended])
    }
}
