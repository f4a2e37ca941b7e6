import Testing

@testable import SocketIO

struct EngineClientSessionTests {
    private let start = ContinuousClock.now
    private let handshake = EngineHandshake(
        sid: "s1", upgrades: [], pingInterval: 300, pingTimeout: 200, maxPayload: 100)
    private let limits = EngineClientSession.Limits(
        handshakeTimeout: .seconds(5), closeTimeout: .seconds(2), maximumQueue: 1000)

    private func text(_ content: String) -> EngineMessage { .text(Array(content.utf8)) }
    private func body(_ packets: EnginePacket...) -> [UInt8] { PollingPayload.body(of: packets) }

    private func opened(_ transport: EngineTransport) -> EngineClientSession {
        var session = EngineClientSession(transport: transport, limits: limits, at: start)
        _ = session.start()
        switch transport {
        case .webSocket:
            #expect(session.handle(.frame(.open(handshake.json)), at: start) == [.opened(handshake)])
        case .polling:
            let answer = EngineClientSession.Input.pollAnswered(status: 200, body: body(.open(handshake.json)))
            #expect(session.handle(answer, at: start) == [.opened(handshake), .poll(sid: "s1")])
        }
        return session
    }

    @Test func nothingIsSaidBeforeTheHandshake() {
        var session = EngineClientSession(transport: .webSocket, limits: limits, at: start)
        #expect(session.start().isEmpty)
        #expect(throws: SendRefusal.notConnected) { try session.send([text("a")]) }
        #expect(
            session.handle(.frame(.message(text("a"))), at: start)
                == [.ended(.protocolError("a handshake first"))])
        #expect(session.deadline == nil)
    }

    @Test func aServerThatSaysNothingIsGivenUp() {
        var session = EngineClientSession(transport: .polling, limits: limits, at: start)
        #expect(session.start() == [.poll(sid: nil)])
        #expect(session.deadline == start + .seconds(5))
        #expect(session.handle(.tick, at: start + .seconds(4)).isEmpty)
        #expect(session.handle(.tick, at: start + .seconds(5)) == [.ended(.handshakeTimeout)])
        #expect(session.handle(.tick, at: start + .seconds(6)).isEmpty)
    }

    @Test(arguments: ["", "{}", "[]", #"{"sid":"","pingInterval":1,"pingTimeout":1}"#])
    func aBrokenHandshakeEndsTheSession(json: String) {
        var session = EngineClientSession(transport: .webSocket, limits: limits, at: start)
        guard case .ended(.protocolError)? = session.handle(.frame(.open(Array(json.utf8))), at: start).last else {
            Issue.record("the session goes on")
            return
        }
    }

    @Test func pingsAreAnsweredAndMoveTheDeadline() {
        var session = opened(.webSocket)
        #expect(session.deadline == start + .milliseconds(500))
        let later = start + .milliseconds(310)
        #expect(session.handle(.frame(.ping([])), at: later) == [.send([.pong([])])])
        #expect(session.deadline == later + .milliseconds(500))
        #expect(session.handle(.frame(.message(text("a"))), at: later + .milliseconds(400)) == [.deliver(text("a"))])
        #expect(session.handle(.tick, at: later + .milliseconds(500)) == [.ended(.pingTimeout)])
    }

    @Test func aPingIsAnsweredWhileTheWebSocketTakesNothingElse() throws {
        var session = opened(.webSocket)
        #expect(session.handle(.writable(false), at: start).isEmpty)
        #expect(try session.send([text("a")]).isEmpty)
        #expect(session.handle(.frame(.ping([])), at: start) == [.send([.pong([])])])
        #expect(session.handle(.writable(true), at: start) == [.send([.message(text("a"))])])
    }

    @Test func onlyTheNewestOfASlotWaits() throws {
        var session = opened(.webSocket)
        #expect(try session.send([text("0")], replacing: "s") == [.send([.message(text("0"))])])
        _ = session.handle(.writable(false), at: start)
        for number in 1...9 { #expect(try session.send([text("\(number)")], replacing: "s").isEmpty) }
        #expect(session.handle(.writable(true), at: start) == [.send([.message(text("9"))])])
    }

    @Test func whatIsTooLongOrTooMuchIsRefused() throws {
        var session = opened(.webSocket)
        _ = try session.send([text(String(repeating: "a", count: 99))])
        #expect(throws: SendRefusal.tooLarge(limit: 100)) {
            try session.send([text("a"), text(String(repeating: "a", count: 100))])
        }
        _ = session.handle(.writable(false), at: start)
        #expect(throws: SendRefusal.queueFull) {
            for _ in 0..<1000 { _ = try session.send([text("a")]) }
        }
        #expect(session.isOpen)
    }

    @Test func aPollFollowsThePollBefore() {
        var session = opened(.polling)
        let answer = body(.message(text("a")), .message(.binary([1, 2])), .noop)
        #expect(
            session.handle(.pollAnswered(status: 200, body: answer), at: start)
                == [.deliver(text("a")), .deliver(.binary([1, 2])), .poll(sid: "s1")])
        #expect(session.handle(.pollAnswered(status: 400, body: []), at: start) == [.ended(.httpStatus(400))])
    }

    @Test func thereIsOnePostAtATime() throws {
        var session = opened(.polling)
        #expect(try session.send([text("a")]) == [.post(sid: "s1", Array("4a".utf8))])
        #expect(try session.send([text("b")]).isEmpty)
        #expect(try session.send([.binary([1, 2, 3])]).isEmpty)
        #expect(
            session.handle(.postAnswered(status: 200), at: start) == [.post(sid: "s1", Array("4b\u{1e}bAQID".utf8))])
        #expect(session.handle(.postAnswered(status: 200), at: start).isEmpty)
        #expect(try session.send([text("c")]) == [.post(sid: "s1", Array("4c".utf8))])
        #expect(session.handle(.postAnswered(status: 413), at: start) == [.ended(.httpStatus(413))])
    }

    @Test func noBodyIsLongerThanTheServerTakes() throws {
        var session = opened(.polling)
        _ = try session.send([text("first")])
        let long = String(repeating: "x", count: 60)
        _ = try session.send([text(long)])
        _ = try session.send([text(long)])
        _ = try session.send([text("y")])
        #expect(session.handle(.postAnswered(status: 200), at: start) == [.post(sid: "s1", Array("4\(long)".utf8))])
        #expect(
            session.handle(.postAnswered(status: 200), at: start)
                == [.post(sid: "s1", Array("4\(long)\u{1e}4y".utf8))])
        // Exactly as long as it may be, also after a ping.
        _ = try session.send([text(String(repeating: "z", count: 99))])
        _ = session.handle(.pollAnswered(status: 200, body: body(.ping([]))), at: start)
        #expect(session.handle(.postAnswered(status: 200), at: start) == [.post(sid: "s1", Array("3".utf8))])
        guard case .post(_, let last)? = session.handle(.postAnswered(status: 200), at: start).first else {
            Issue.record("nothing is sent")
            return
        }
        #expect(last.count == 100)
        #expect(throws: SendRefusal.tooLarge(limit: 100)) {
            try session.send([text(String(repeating: "z", count: 100))])
        }
    }

    @Test func aBodyHasNoMorePacketsThanServersTake() throws {
        var session = opened(.polling)
        _ = try session.send([text("a")])
        for _ in 0..<15 { _ = try session.send([text("")]) }
        guard case .post(_, let body)? = session.handle(.postAnswered(status: 200), at: start).first else {
            Issue.record("nothing is sent")
            return
        }
        #expect(try PollingPayload.packets(of: body).count == 15)
    }

    @Test(arguments: ["", #","maxPayload":9223372036854775807"#, #","maxPayload":1"#])
    func aServerMayNameAnyLimitOrNone(limit: String) throws {
        var session = EngineClientSession(transport: .polling, limits: limits, at: start)
        _ = session.start()
        let json = #"{"sid":"s1","upgrades":[],"pingInterval":300,"pingTimeout":200\#(limit)}"#
        let answer = EngineClientSession.Input.pollAnswered(status: 200, body: Array("0\(json)\u{1E}2".utf8))
        // The answer to the ping is sent whatever the limit is.
        #expect(session.handle(answer, at: start).contains(.post(sid: "s1", Array("3".utf8))))
        do throws(SendRefusal) {
            let actions = try session.send([text("a")])
            #expect(actions.isEmpty)
        } catch {
            #expect(error == .tooLarge(limit: 1))
        }
    }

    @Test func anAnswerWithPacketsWithoutEndEndsTheSession() {
        var session = opened(.polling)
        let most = Array(String(repeating: "6\u{1E}", count: PollingPayload.maximumTaken - 1).utf8) + [0x36]
        #expect(session.handle(.pollAnswered(status: 200, body: most), at: start) == [.poll(sid: "s1")])
        #expect(
            session.handle(.pollAnswered(status: 200, body: most + [0x1E, 0x36]), at: start) == [.ended(.tooLarge)])
    }

    @Test func aPingIsAnsweredByPost() {
        var session = opened(.polling)
        #expect(
            session.handle(.pollAnswered(status: 200, body: body(.ping([]))), at: start)
                == [.post(sid: "s1", Array("3".utf8)), .poll(sid: "s1")])
    }

    @Test func closingSendsWhatWaits() throws {
        var session = opened(.webSocket)
        _ = session.handle(.writable(false), at: start)
        _ = try session.send([text("a")])
        #expect(session.close(at: start) == [.send([.message(text("a")), .close]), .ended(.closedByClient)])
        #expect(session.close(at: start).isEmpty)
    }

    @Test func closingLongPollingWaitsForTheLastPost() throws {
        var session = opened(.polling)
        _ = try session.send([text("a")])
        _ = try session.send([text("b")])
        #expect(session.close(at: start).isEmpty)
        #expect(throws: SendRefusal.notConnected) { try session.send([text("c")]) }
        #expect(
            session.handle(.postAnswered(status: 200), at: start) == [.post(sid: "s1", Array("4b\u{1e}1".utf8))])
        #expect(session.handle(.pollAnswered(status: 200, body: body(.noop)), at: start).isEmpty)
        #expect(session.handle(.postAnswered(status: 200), at: start) == [.ended(.closedByClient)])
    }

    @Test func closingLongPollingHasItsTime() throws {
        var session = opened(.polling)
        _ = try session.send([text("a")])
        _ = session.close(at: start)
        #expect(session.deadline == start + .seconds(2))
        #expect(session.handle(.tick, at: start + .seconds(2)) == [.ended(.closedByClient)])
    }

    @Test(arguments: [EnginePacket.open([]), .pong([]), .upgrade])
    func whatOnlyClientsSayEndsTheSession(packet: EnginePacket) {
        var session = opened(.webSocket)
        guard case .ended(.protocolError)? = session.handle(.frame(packet), at: start).first else {
            Issue.record("the session goes on")
            return
        }
    }

    @Test func theServersCloseEndsTheSession() {
        var session = opened(.webSocket)
        #expect(session.handle(.frame(.close), at: start) == [.ended(.closedByServer)])
        session = opened(.polling)
        let answer = body(.message(text("a")), .close, .message(text("b")))
        #expect(
            session.handle(.pollAnswered(status: 200, body: answer), at: start)
                == [.deliver(text("a")), .ended(.closedByServer)])
    }
}
