@testable import SocketIO
import Testing

/// How a session ends, and that nothing happens after that.
@Suite struct EngineSessionClosingTests {
    private let time = TestTime()
    private let separator = "\u{1E}"

    // MARK: The client

    @Test func theClientsCloseReleasesTheWaitingPollWithNoop() throws {
        var session = EngineSession.opened(.polling, time)
        _ = session.poll(at: time(1))
        #expect(try session.post("1", at: time(2)) == [.answer("6"), .closed(.clientClosed), .ended])
    }

    @Test func whatFollowsTheClientsCloseIsNotDelivered() throws {
        var session = EngineSession.opened(.polling, time)
        #expect(
            try session.post("4a\(separator)1\(separator)4b", at: time(1)) == [.deliver("a"), .closed(.clientClosed)])
    }

    /// Polls and posts come through different connections: the later one may be the first to arrive.
    @Test func aPollThatComesRightAfterTheClientsCloseGetsNoopAndIsTheLast() throws {
        var session = EngineSession.opened(.polling, time)
        _ = session.send(.text(Array("late".utf8)))
        _ = try session.post("1", at: time(1))
        #expect(session.poll(at: time(2)) == [.answer("6"), .ended])
        #expect(session.poll(at: time(3)) == [.refusePoll])
        var forgotten = EngineSession.opened(.polling, time)
        _ = try forgotten.post("1", at: time(1))
        let end = try #require(forgotten.deadline)
        #expect(forgotten.tick(at: end) == [.ended])
    }

    @Test func theClientsCloseThroughItsWebSocketClosesThat() {
        var session = EngineSession.opened(.webSocket, time)
        #expect(session.frame(.close, at: time(1)) == [.closeWebSocket, .closed(.clientClosed), .ended])
    }

    @Test func aWebSocketThatIsGoneEndsTheSession() {
        var session = EngineSession.opened(.webSocket, time)
        let actions = session.webSocketClosed()
        #expect(actions.suffix(2) == [.closed(.transportClosed), .ended])
        #expect(session.webSocketClosed() == [])
    }

    @Test func aSecondPollEndsTheSessionAndIsRefused() {
        var session = EngineSession.opened(.polling, time)
        _ = session.poll(at: time(1))
        #expect(session.poll(at: time(2)) == [.answer("1"), .closed(.concurrentPolls), .ended, .refusePoll])
        #expect(!session.acceptsHTTP)
    }

    @Test func aPollThatIsCancelledEndsTheSession() {
        var session = EngineSession.opened(.polling, time)
        #expect(session.pollCancelled() == [])
        _ = session.poll(at: time(1))
        #expect(session.pollCancelled() == [.closed(.transportClosed), .ended])
    }

    // MARK: The server

    @Test func theServersCloseAnswersTheWaitingPoll() {
        var session = EngineSession.opened(.polling, time)
        _ = session.poll(at: time(1))
        #expect(session.close(at: time(2)) == [.answer("1"), .closed(.serverClosed), .ended])
    }

    /// After the packet `1` python-socketio would not come back.
    @Test(arguments: [EngineCloseReason.serverStopping, .crowdedOut])
    func aSessionThatIsAbandonedFailsTheWaitingPoll(reason: EngineCloseReason) {
        var waiting = EngineSession.opened(.polling, time)
        _ = waiting.poll(at: time(1))
        #expect(waiting.abandon(reason) == [.failPoll, .closed(reason), .ended])
        #expect(!waiting.isPollWaiting)
        var quiet = EngineSession.opened(.polling, time)
        _ = quiet.send("a")
        #expect(quiet.abandon(reason) == [.closed(reason), .ended])
        #expect(quiet.poll(at: time(2)) == [.refusePoll])
        var webSocket = EngineSession.opened(.webSocket, time)
        #expect(webSocket.abandon(reason) == [.closeWebSocket, .closed(reason), .ended])
        #expect(webSocket.abandon(reason) == [])
    }

    @Test func theServersCloseSendsWhatTheWebSocketHasNotTaken() {
        var session = EngineSession.opened(.webSocket, time)
        _ = session.writabilityChanged(to: false)
        _ = session.send("a")
        #expect(session.close(at: time(1)) == [.send("a"), .closeWebSocket, .closed(.serverClosed), .ended])
    }

    @Test func theNextPollsOfAClosedSessionGetWhatWaitsAndThenTheClose() {
        var session = EngineSession.opened(.polling, time)
        for number in 0..<20 { _ = session.send("\(number)") }
        #expect(session.close(at: time(100)) == [.closed(.serverClosed)])
        #expect(session.transport == nil)
        #expect(session.acceptsHTTP)
        #expect(session.deadline == time(300))
        #expect(session.send("late") == [])
        #expect(session.close(at: time(150)) == [])
        #expect(session.poll(at: time(160)) == [.answer((0..<16).map { "4\($0)" }.joined(separator: separator))])
        #expect(
            session.poll(at: time(170)) == [
                .answer("416\(separator)417\(separator)418\(separator)419\(separator)1"), .ended,
            ])
        #expect(session.poll(at: time(180)) == [.refusePoll])
        #expect(session.deadline == nil)
    }

    @Test(arguments: [15, 16])
    func theCloseIsAPacketOfTheSixteen(count: Int) {
        var session = EngineSession.opened(.polling, time)
        for _ in 0..<count { _ = session.send("x") }
        _ = session.close(at: time(100))
        let packets = [String](repeating: "4x", count: count)
        if count == 15 {
            #expect(session.poll(at: time(110)) == [.answer((packets + ["1"]).joined(separator: separator)), .ended])
        } else {
            #expect(session.poll(at: time(110)) == [.answer(packets.joined(separator: separator))])
            #expect(session.poll(at: time(120)) == [.answer("1"), .ended])
        }
    }

    @Test(arguments: [10, 11, 12])
    func theCloseHasRoomWithinMaxPayloadOrComesLater(length: Int) {
        var session = EngineSession.opened(.polling, time, EngineConfiguration(maxPayload: 13))
        let text = String(repeating: "x", count: length)
        _ = session.send(text)
        _ = session.close(at: time(100))
        if length == 10 {
            #expect(session.poll(at: time(110)) == [.answer("4\(text)\(separator)1"), .ended])
        } else {
            #expect(session.poll(at: time(110)) == [.answer("4\(text)")])
            #expect(session.poll(at: time(120)) == [.answer("1"), .ended])
        }
    }

    @Test func theClientIsToldOfTheCloseAlsoWhenNothingWaits() {
        var session = EngineSession.opened(.polling, time)
        #expect(session.close(at: time(100)) == [.closed(.serverClosed)])
        #expect(session.poll(at: time(110)) == [.answer("1"), .ended])
    }

    @Test func whatTheClientPostsMeanwhileIsTakenWithoutEffect() throws {
        var session = EngineSession.opened(.polling, time)
        _ = session.send("a")
        _ = session.close(at: time(100))
        #expect(try session.post("4b\(separator)3", at: time(110)) == [])
        #expect(session.deadline == time(300))
        #expect(session.poll(at: time(120)) == [.answer("4a\(separator)1"), .ended])
    }

    @Test func aClientThatClosesTooWantsNoMore() throws {
        var session = EngineSession.opened(.polling, time)
        _ = session.send("a")
        _ = session.close(at: time(100))
        #expect(try session.post("1", at: time(110)) == [.ended])
        #expect(session.poll(at: time(120)) == [.refusePoll])
    }

    @Test func aBadPostMeanwhileEndsTheSession() {
        var session = EngineSession.opened(.polling, time)
        _ = session.close(at: time(100))
        let error = #expect(throws: EngineProtocolError.self) { try session.post("x", at: time(110)) }
        guard let error else { return }
        #expect(session.fail(error) == [.ended])
        #expect(session.deadline == nil)
    }

    @Test func aClosedSessionThatNobodyPollsIsForgottenInTime() {
        var session = EngineSession.opened(.polling, time)
        _ = session.send("a")
        _ = session.close(at: time(100))
        #expect(session.tick(at: time(299)) == [])
        #expect(session.tick(at: time(300)) == [.ended])
        #expect(session.poll(at: time(301)) == [.refusePoll])
    }

    @Test func closingWhileAWebSocketIsTriedOutClosesThat() {
        var session = EngineSession.probed(time)
        _ = session.send("a")
        #expect(session.close(at: time(1)) == [.closeProbe, .closed(.serverClosed)])
        #expect(session.probeClosed() == [])
        #expect(session.probeFrame(.upgrade, at: time(2)) == [])
        #expect(session.poll(at: time(3)) == [.answer("4a\(separator)1"), .ended])
    }

    // MARK: After the end

    @Test(arguments: [EngineTransport.polling, .webSocket])
    func nothingHappensAfterTheEnd(transport: EngineTransport) {
        var session = EngineSession.opened(transport, time)
        _ = session.send("waits")
        _ = session.fail(EngineProtocolError(expected: "anything else"))
        #expect(session.deadline == nil)
        #expect(session.transport == nil)
        #expect(!session.acceptsHTTP)
        #expect(!session.isPollWaiting)
        #expect(session.send("a") == [])
        #expect(session.poll(at: time(1)) == [.refusePoll])
        #expect(session.pollCancelled() == [])
        #expect(throws: EngineProtocolError.self) { try session.post("4a", at: time(1)) }
        #expect(session.fail(EngineProtocolError(expected: "x")) == [])
        #expect(session.frame(.text("a"), at: time(1)) == [])
        #expect(session.webSocketClosed() == [])
        let isTaken = session.openProbe(at: time(1))
        #expect(!isTaken)
        #expect(session.probeFrame(.ping(EnginePacket.probe), at: time(1)) == [])
        #expect(session.probeClosed() == [])
        #expect(session.writabilityChanged(to: true) == [])
        #expect(session.tick(at: time(100_000)) == [])
        #expect(session.close(at: time(1)) == [])
    }
}
