@testable import SocketIO
import Testing

/// What goes through a session that is open, on either transport.
@Suite struct EngineSessionTests {
    private let time = TestTime()
    private let separator = "\u{1E}"

    // MARK: The handshake

    @Test func onPollingTheHandshakeOffersWebSocket() {
        var session = EngineSession(sid: "abc", transport: .polling, configuration: .quick, at: time(0))
        #expect(
            session.open() == [
                .answer(
                    #"0{"sid":"abc","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}"#
                )
            ])
        #expect(session.transport == .polling)
        #expect(session.acceptsHTTP)
        #expect(!session.isPollWaiting)
    }

    @Test func onWebSocketItOffersNothing() {
        var session = EngineSession(sid: "abc", transport: .webSocket, configuration: .quick, at: time(0))
        let json = #"{"sid":"abc","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}"#
        #expect(session.open() == [.send([.open(Array(json.utf8))])])
        #expect(session.transport == .webSocket)
        #expect(!session.acceptsHTTP)
    }

    // MARK: Polling

    @Test func aPollWaitsForTheNextMessage() {
        var session = EngineSession.opened(.polling, time)
        #expect(session.poll(at: time(1)) == [])
        #expect(session.isPollWaiting)
        #expect(session.send("a") == [.answer("4a")])
        #expect(!session.isPollWaiting)
    }

    @Test func whatWaitsIsTakenByTheNextPollInOrder() {
        var session = EngineSession.opened(.polling, time)
        #expect(session.send("a") == [])
        #expect(session.send(.binary([1, 2, 3])) == [])
        #expect(session.send("b") == [])
        #expect(session.poll(at: time(1)) == [.answer("4a\(separator)bAQID\(separator)4b")])
        #expect(session.poll(at: time(2)) == [])
        #expect(session.isPollWaiting)
    }

    @Test func anAnswerHasSixteenPacketsAtMost() {
        var session = EngineSession.opened(.polling, time)
        for number in 0..<35 { #expect(session.send("\(number)") == []) }
        func body(_ numbers: Range<Int>) -> String { numbers.map { "4\($0)" }.joined(separator: separator) }
        #expect(session.poll(at: time(1)) == [.answer(body(0..<16))])
        #expect(session.poll(at: time(1)) == [.answer(body(16..<32))])
        #expect(session.poll(at: time(1)) == [.answer(body(32..<35))])
    }

    @Test func anAnswerHasMaxPayloadBytesAtMost() {
        var session = EngineSession.opened(.polling, time, EngineConfiguration(maxPayload: 12))
        for text in ["1234", "12345", "1234", "123456", "x"] { #expect(session.send(text) == []) }
        #expect(session.poll(at: time(1)) == [.answer("41234\(separator)412345")])
        #expect(session.poll(at: time(1)) == [.answer("41234")])
        #expect(session.poll(at: time(1)) == [.answer("4123456\(separator)4x")])
        // Binary counts as the base64 that it becomes: 1 + 4 bytes and 1 + 8.
        for length in [3, 4, 3, 3] { #expect(session.send(.binary([UInt8](repeating: 0, count: length))) == []) }
        #expect(session.poll(at: time(1)) == [.answer("bAAAA")])
        #expect(session.poll(at: time(1)) == [.answer("bAAAAAA==")])
        #expect(session.poll(at: time(1)) == [.answer("bAAAA\(separator)bAAAA")])
    }

    @Test func aPacketThatIsTooLongForAnyAnswerGoesAlone() {
        var session = EngineSession.opened(.polling, time, EngineConfiguration(maxPayload: 10))
        for text in ["a", String(repeating: "x", count: 50), "b"] { #expect(session.send(text) == []) }
        #expect(session.poll(at: time(1)) == [.answer("4a")])
        #expect(session.poll(at: time(1)) == [.answer("4" + String(repeating: "x", count: 50))])
        #expect(session.poll(at: time(1)) == [.answer("4b")])
    }

    @Test func aPostDeliversItsMessagesInOrder() throws {
        var session = EngineSession.opened(.polling, time)
        #expect(
            try session.post("4a\(separator)bAQID\(separator)3\(separator)4é", at: time(1)) == [
                .deliver("a"), .deliver(.binary([1, 2, 3])), .deliver("é"),
            ])
    }

    @Test func aPostOfMoreThanSixteenPacketsIsTaken() throws {
        var session = EngineSession.opened(.polling, time)
        let body = (0..<40).map { "4\($0)" }.joined(separator: separator)
        #expect(try session.post(body, at: time(1)) == (0..<40).map { .deliver("\($0)") })
    }

    @Test(arguments: ["", "x", "0{}", "2", "2probe", "5", "6", "4a\u{1E}", "4a\u{1E}2", "4a\u{1E}b!"])
    func aBadPostEndsTheSession(body: String) {
        var session = EngineSession.opened(.polling, time)
        _ = session.poll(at: time(1))
        let error = #expect(throws: EngineProtocolError.self) { try session.post(body, at: time(2)) }
        guard let error else { return }
        #expect(session.fail(error) == [.failPoll, .closed(.protocolError(error.expected)), .ended])
        #expect(session.transport == nil)
    }

    /// There may be hundreds of thousands in a body: others have their turn in between.
    @Test func aPostOfVeryManyPacketsIsTakenInTurns() throws {
        var session = EngineSession.opened(.polling, time)
        var reader = try PollingPayload.Reader(Array((0..<150).map { "4\($0)" }.joined(separator: separator).utf8))
        for range in [0..<64, 64..<128, 128..<150] {
            #expect(!reader.isAtEnd)
            #expect(try session.post(&reader, at: time(1)) == range.map { .deliver("\($0)") })
        }
        #expect(reader.isAtEnd)
        #expect(try session.post(&reader, at: time(1)) == [])
    }

    // MARK: Answers that wait

    @Test(arguments: [EngineTransport.polling, .webSocket])
    func whoDoesNotReadIsBehindUntilTheAnswersAreGone(transport: EngineTransport) {
        var session = EngineSession.opened(transport, time)
        _ = session.writabilityChanged(to: false)
        for _ in 0..<650 { _ = session.send(String(repeating: "x", count: 35)) }
        #expect(!session.isBehind)
        for _ in 0..<10 { _ = session.send(String(repeating: "x", count: 35)) }
        #expect(session.isBehind)
        if transport == .webSocket {
            _ = session.writabilityChanged(to: true)
        } else {
            for _ in 0..<2 { _ = session.poll(at: time(1)) }
        }
        #expect(!session.isBehind)
    }

    /// Its frames are not answers: the newest waits, and it may ask that there be no more.
    @Test func aSlowWatcherIsNotBehind() {
        var session = EngineSession.opened(.webSocket, time)
        _ = session.writabilityChanged(to: false)
        for slot in ["a", "b", "a", "c"] { _ = session.send(String(repeating: "x", count: 400_000), replacing: slot) }
        #expect(!session.isBehind)
        _ = session.send(String(repeating: "x", count: 70_000))
        #expect(session.isBehind)
        _ = session.writabilityChanged(to: true)
        #expect(!session.isBehind)
    }

    /// Its client takes nothing before it has upgraded, and waits for its requests to be answered before that.
    @Test func aSessionThatUpgradesIsNotBehind() {
        var session = EngineSession.probed(time)
        _ = session.send(String(repeating: "x", count: 70_000))
        #expect(!session.isBehind)
        _ = session.probeClosed()
        #expect(session.isBehind)
    }

    // MARK: WebSocket

    @Test func onWebSocketEverythingGoesAtOnce() {
        var session = EngineSession.opened(.webSocket, time)
        #expect(session.send("a") == [.send("a")])
        #expect(session.send(.binary([7])) == [.send([.message(.binary([7]))])])
        #expect(session.frame(.text("b"), at: time(1)) == [.deliver("b")])
        #expect(session.frame(.message(.binary([8])), at: time(1)) == [.deliver(.binary([8]))])
    }

    @Test func aWebSocketThatTakesNothingGetsItAllInOrderLater() {
        var session = EngineSession.opened(.webSocket, time)
        #expect(session.writabilityChanged(to: false) == [])
        for number in 0..<20 { #expect(session.send("\(number)") == []) }
        #expect(session.writabilityChanged(to: true) == [.send((0..<20).map { .text("\($0)") })])
        #expect(session.send("x") == [.send("x")])
    }

    @Test(arguments: [EnginePacket.open([]), .ping([]), .ping(EnginePacket.probe), .upgrade, .noop])
    func aFrameThatNoClientSendsEndsTheSession(packet: EnginePacket) {
        var session = EngineSession.opened(.webSocket, time)
        let expected = "a message, a pong or a close from a client"
        #expect(session.frame(packet, at: time(1)) == [.closeWebSocket, .closed(.protocolError(expected)), .ended])
    }

    @Test func aSecondWebSocketIsRefused() {
        var session = EngineSession.opened(.webSocket, time)
        let isTaken = session.openProbe(at: time(1))
        #expect(!isTaken)
        #expect(session.send("a") == [.send("a")])
    }

    // MARK: Slots and the queue

    @Test(arguments: [EngineTransport.polling, .webSocket])
    func ofASlotOnlyTheNewestWaitsAndOthersKeepTheirOrder(transport: EngineTransport) {
        var session = EngineSession.opened(transport, time)
        _ = session.writabilityChanged(to: false)
        for (text, slot) in [
            ("a", nil), ("p1", "p"), ("b", nil), ("q1", "q"), ("p2", "p"), ("c", nil), ("q2", "q"), ("p3", "p"),
        ] {
            #expect(session.send(text, replacing: slot) == [])
        }
        let expected = ["a", "p3", "b", "q2", "c"]
        switch transport {
        case .polling:
            #expect(session.poll(at: time(1)) == [.answer(expected.map { "4" + $0 }.joined(separator: separator))])
        case .webSocket:
            #expect(session.writabilityChanged(to: true) == [.send(expected.map { .text($0) })])
        }
    }

    @Test func aSlotThatWasSentIsNotReplaced() {
        var session = EngineSession.opened(.webSocket, time)
        #expect(session.send("p1", replacing: "p") == [.send("p1")])
        #expect(session.send("p2", replacing: "p") == [.send("p2")])
        _ = session.writabilityChanged(to: false)
        #expect(session.send("p3", replacing: "p") == [])
        #expect(session.send("p4", replacing: "p") == [])
        #expect(session.writabilityChanged(to: true) == [.send("p4")])
    }

    @Test(arguments: [EngineTransport.polling, .webSocket])
    func aClientThatTakesNothingIsClosed(transport: EngineTransport) {
        var session = EngineSession.opened(transport, time, EngineConfiguration(maxQueue: 10 + 2 * 64))
        _ = session.writabilityChanged(to: false)
        #expect(session.send("1234") == [])
        #expect(session.send("1234") == [])
        let end: [EngineSession.Action] = [.closed(.tooSlow), .ended]
        #expect(session.send("") == (transport == .webSocket ? [.closeWebSocket] : []) + end)
        #expect(session.send("x") == [])
    }

    @Test func whatWasTakenCountsNoMore() {
        var session = EngineSession.opened(.polling, time, EngineConfiguration(maxQueue: 10 + 64))
        for number in 0..<100 {
            #expect(session.send("1234567\(number % 10)") == [])
            #expect(session.poll(at: time(1)) == [.answer("41234567\(number % 10)")])
        }
        for number in 0..<100 { #expect(session.send("12345678\(number % 10)", replacing: "p") == []) }
        #expect(session.poll(at: time(1)) == [.answer("4123456789")])
    }

    @Test func aLongMessageThatGoesAtOnceIsNoQueue() {
        var session = EngineSession.opened(.webSocket, time, EngineConfiguration(maxQueue: 10))
        #expect(
            session.send("a message that is longer than the queue") == [
                .send("a message that is longer than the queue")
            ])
    }
}
