@testable import SocketIO
import Testing

/// Heartbeats: the server pings, and a client that does not answer is dropped.
@Suite struct EngineSessionTimeTests {
    private let time = TestTime()

    @Test(arguments: [EngineTransport.polling, .webSocket])
    func theDeadlineIsArmedWhenTheSessionIsMade(transport: EngineTransport) {
        let session = EngineSession(sid: "s", transport: transport, configuration: .quick, at: time(0))
        #expect(session.deadline == time(300))
    }

    @Test func aTickThatComesTooEarlyDoesNothing() {
        var session = EngineSession.opened(.webSocket, time)
        #expect(session.tick(at: time(299)) == [])
        #expect(session.deadline == time(300))
    }

    @Test func aPingGoesOutAndItsAnswerStartsTheNextInterval() {
        var session = EngineSession.opened(.webSocket, time)
        #expect(session.tick(at: time(300)) == [.send([.ping([])])])
        #expect(session.deadline == time(500))
        #expect(session.tick(at: time(310)) == [])
        #expect(session.frame(.pong([]), at: time(350)) == [])
        #expect(session.deadline == time(650))
        #expect(session.tick(at: time(650)) == [.send([.ping([])])])
    }

    @Test func aWaitingPollIsAnsweredWithThePing() throws {
        var session = EngineSession.opened(.polling, time)
        _ = session.poll(at: time(1))
        #expect(session.tick(at: time(300)) == [.answer("2")])
        #expect(try session.post("3", at: time(400)) == [])
        #expect(session.deadline == time(700))
    }

    @Test func aPingWaitsForThePoll() {
        var session = EngineSession.opened(.polling, time)
        #expect(session.tick(at: time(300)) == [])
        #expect(session.deadline == time(500))
        #expect(session.poll(at: time(400)) == [.answer("2")])
        #expect(session.deadline == time(500))
    }

    @Test func aMuteClientOnWebSocketIsDroppedAfterIntervalAndTimeout() {
        var session = EngineSession.opened(.webSocket, time)
        _ = session.tick(at: time(300))
        #expect(session.tick(at: time(499)) == [])
        #expect(session.tick(at: time(500)) == [.closeWebSocket, .closed(.pingTimeout), .ended])
    }

    @Test(arguments: [true, false])
    func aMuteClientOnPollingIsDroppedAfterIntervalAndTimeout(polls: Bool) {
        var session = EngineSession.opened(.polling, time)
        if polls { _ = session.poll(at: time(1)) }
        _ = session.tick(at: time(300))
        if polls { _ = session.poll(at: time(301)) }
        #expect(session.tick(at: time(500)) == (polls ? [.failPoll] : []) + [.closed(.pingTimeout), .ended])
    }

    @Test func messagesAreNoAnswerToAPing() {
        var session = EngineSession.opened(.webSocket, time)
        _ = session.tick(at: time(300))
        _ = session.frame(.text("a"), at: time(450))
        #expect(session.deadline == time(500))
    }

    @Test func aClientThatTakesNothingIsPingedAndDropped() {
        var session = EngineSession.opened(.webSocket, time)
        _ = session.writabilityChanged(to: false)
        #expect(session.tick(at: time(300)) == [])
        #expect(session.tick(at: time(500)) == [.closeWebSocket, .closed(.pingTimeout), .ended])
    }

    @Test func anAnswerJustInTimeCounts() {
        var session = EngineSession.opened(.webSocket, time)
        _ = session.tick(at: time(300))
        _ = session.frame(.pong([]), at: time(499))
        #expect(session.tick(at: time(500)) == [])
        #expect(session.deadline == time(799))
    }
}
