import JSON
import SocketIO
import Testing

struct SocketClientSessionTests {
    private let start = ContinuousClock.now
    private let handshake = EngineHandshake(
        sid: "engine", upgrades: [], pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 100_000)

    private func session(
        _ transport: EngineTransport = .webSocket, namespace: String = "/", payload: JSONValue? = nil
    ) -> SocketClientSession {
        SocketClientSession(
            transport: transport, namespace: namespace, payload: payload, limits: .init(handshakeTimeout: .seconds(5)),
            maximumPacket: 1000, at: start)
    }

    /// What the session wants, in words; frames as their text, binary ones by their length.
    private func said(_ actions: [SocketClientSession.Action]) -> [String] {
        actions.flatMap { action -> [String] in
            switch action {
            case .poll(let sid): ["poll \(sid ?? "-")"]
            case .post(let sid, let body): ["post \(sid) " + String(decoding: body, as: UTF8.self)]
            case .send(let packets):
                packets.map { packet in
                    if let text = packet.text { return "send " + String(decoding: text, as: UTF8.self) }
                    return "send \(packet.length) bytes"
                }
            case .opened: ["opened"]
            case .connected(let sid): ["connected \(sid)"]
            case .refused(let message): ["refused \(message)"]
            case .event(let event, let id):
                [
                    "event \(event.name) \(event.arguments.count) \(event.content.attachments.count) \(id.map { "\($0)" } ?? "-")"
                ]
            case .acknowledged(let id, let content): ["acknowledged \(id) \(content.values.count)"]
            case .ended(let reason): ["ended \(reason)"]
            }
        }
    }

    private func frame(_ text: String) -> EngineClientSession.Input {
        .frame(.message(.text(Array(text.utf8))))
    }

    private func joined(_ namespace: String = "/") -> SocketClientSession {
        var session = session(namespace: namespace)
        _ = session.handle(.frame(.open(handshake.json)), at: start)
        let prefix = namespace == "/" ? "" : namespace + ","
        #expect(said(session.handle(frame(#"0\#(prefix){"sid":"x"}"#), at: start)) == ["connected x"])
        return session
    }

    @Test func theConnectCarriesThePayload() {
        var session = session(namespace: "/admin", payload: .object(["token": .string("t")]))
        #expect(
            said(session.handle(.frame(.open(handshake.json)), at: start))
                == ["opened", #"send 40/admin,{"token":"t"}"#])
        #expect(!session.isConnected)
        #expect(said(session.handle(frame(#"0/admin,{"sid":"x","pid":"y"}"#), at: start)) == ["connected x"])
        #expect(session.isConnected)
    }

    @Test func longPollingConnectsTheSameWay() {
        var session = session(.polling)
        #expect(said(session.start(at: start)) == ["poll -"])
        let body = PollingPayload.body(of: [.open(handshake.json)])
        #expect(
            said(session.handle(.pollAnswered(status: 200, body: body), at: start))
                == ["opened", "post engine 40", "poll engine"])
    }

    @Test func aRefusalEndsTheConnection() {
        var session = session()
        _ = session.handle(.frame(.open(handshake.json)), at: start)
        #expect(
            said(session.handle(frame(#"4{"message":"Unauthorized"}"#), at: start))
                == ["refused Unauthorized", "send 1", "ended refused"])
        #expect(session.deadline == nil)
    }

    @Test func aServerThatDoesNotAnswerTheConnectIsGivenUp() {
        var session = session()
        _ = session.handle(.frame(.open(handshake.json)), at: start + .seconds(1))
        #expect(session.deadline == start + .seconds(5))
        #expect(said(session.handle(.tick, at: start + .seconds(5))) == ["ended handshakeTimeout"])
    }

    @Test func eventsGoBothWays() throws {
        var session = joined()
        #expect(said(session.handle(frame(#"2["news",1,{"a":true}]"#), at: start)) == ["event news 2 0 -"])
        #expect(said(session.handle(frame(#"27["ask"]"#), at: start)) == ["event ask 0 0 7"])
        #expect(said(try session.acknowledge(7, [.number(1)], attachments: [], at: start)) == ["send 437[1]"])
        #expect(
            said(try session.send(OutgoingEvent("hello", .string("you")), at: start)) == [#"send 42["hello","you"]"#])
    }

    @Test func binaryPartsStayTogether() throws {
        var session = joined()
        #expect(said(session.handle(frame(#"51-["b",{"_placeholder":true,"num":0}]"#), at: start)).isEmpty)
        #expect(said(session.handle(.frame(.message(.binary([1, 2]))), at: start)) == ["event b 1 1 -"])
        let event = OutgoingEvent("b", OutgoingEvent.binary(0), attachments: [[1, 2, 3]])
        #expect(
            said(try session.send(event, at: start))
                == [#"send 451-["b",{"_placeholder":true,"num":0}]"#, "send 3 bytes"])
    }

    @Test func acknowledgementsHaveTheIDsOfTheirEvents() throws {
        var session = joined("/custom")
        for id in UInt64(0)...1 {
            let sent = try session.sendWithAcknowledgement("ask", [.number(5)], attachments: [], at: start)
            #expect(sent.id == id)
            #expect(said(sent.actions) == [#"send 42/custom,\#(id)["ask",5]"#])
        }
        #expect(said(session.handle(frame("3/custom,1[1,2]"), at: start)) == ["acknowledged 1 2"])
    }

    @Test func nothingGoesOutBeforeTheServerHasAccepted() {
        var session = session()
        _ = session.handle(.frame(.open(handshake.json)), at: start)
        let now = start
        #expect(throws: SendRefusal.notConnected) { try session.send(OutgoingEvent("a"), at: now) }
        session = joined()
        #expect(throws: SendRefusal.wrongNamespace) {
            try session.send(OutgoingEvent("a", namespace: "/other"), at: now)
        }
    }

    @Test func theServerMayTakeTheClientOut() {
        var session = joined()
        #expect(said(session.handle(frame("1"), at: start)) == ["send 1", "ended disconnectedByServer"])
        #expect(session.handle(frame(#"2["late"]"#), at: start).isEmpty)
    }

    @Test func closingLeavesTheNamespaceFirst() {
        var session = joined("/custom")
        #expect(said(session.close(at: start)) == ["send 41/custom,", "send 1", "ended closedByClient"])
    }

    @Test(arguments: [
        #"2["early"]"#, "3[]", "9", "", "0", #"0{"sid":1}"#, #"0/other,{"sid":"x"}"#, "51-[\"b\"]\u{0}",
    ])
    func whatIsNoAnswerToTheConnectEndsTheConnection(text: String) {
        var session = session()
        _ = session.handle(.frame(.open(handshake.json)), at: start)
        let end = said(session.handle(frame(text), at: start)).last ?? ""
        #expect(end.hasPrefix("ended protocolError"))
    }

    @Test func anEventWithAllItCarriesHasALimit() {
        var session = joined()
        #expect(said(session.handle(frame(#"52-["b"]"#), at: start)).isEmpty)
        let half = EngineClientSession.Input.frame(.message(.binary([UInt8](repeating: 0, count: 600))))
        #expect(said(session.handle(half, at: start)).isEmpty)
        #expect(said(session.handle(half, at: start)) == ["ended tooLarge"])
    }

    @Test func whatWaitsInSlotsIsThereAfterwards() throws {
        var session = joined()
        _ = session.handle(.writable(false), at: start)
        for number in 1...3 {
            _ = try session.send(OutgoingEvent("frame", .number(number)), replacing: "f", at: start)
        }
        _ = try session.send(OutgoingEvent("other"), at: start)
        #expect(said(session.handle(.failed(.connectionLost), at: start)) == ["ended connectionLost"])
        #expect(session.unsent.map(\.slot) == ["f"])
        var next = joined()
        let kept = try #require(session.unsent.first)
        #expect(said(try next.send(kept.event, at: start)) == [#"send 42["frame",3]"#])
    }
}
