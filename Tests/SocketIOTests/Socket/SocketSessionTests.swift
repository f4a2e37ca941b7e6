import JSON
import SocketIO
import Testing

/// Who joins a namespace, and leaves it.
@Suite struct SocketSessionTests {
    private let time = TestTime()

    // MARK: Joining

    @Test(arguments: [
        ("0", nil), ("0{}", JSONValue.object([:])), ("0/,{}", .object([:])), ("0/", nil), ("0/,", nil),
        (#"0{"token":"123","big":12345678901234567890}"#, nil),
    ])
    func aClientAsksToJoinWithItsPayload(text: String, payload: JSONValue?) throws {
        var session = SocketSession.connecting(time)
        let json = try text.firstIndex(of: "{").map { try JSONReader.value(of: Array(text[$0...].utf8)) }
        #expect(session.receive(EngineMessage(text)) == [.admit(namespace: "/", payload: payload ?? json)])
    }

    @Test func theAnswerIsAnIDOfItsOwn() {
        var session = SocketSession.connecting(time)
        _ = session.receive(EngineMessage("0"))
        #expect(session.sids == [:])
        #expect(session.accept("/", sid: "abc") == [.send(EngineMessage(#"0{"sid":"abc"}"#))])
        _ = session.receive(EngineMessage("0/custom,{}"))
        #expect(session.accept("/custom", sid: "def") == [.send(EngineMessage(#"0/custom,{"sid":"def"}"#))])
        #expect(session.sids == ["/": "abc", "/custom": "def"])
    }

    @Test func theNamesOfNamespacesMayBeAnyText() {
        var session = SocketSession.connecting(time)
        #expect(session.receive(EngineMessage("0/ä,")) == [.admit(namespace: "/ä", payload: nil)])
        #expect(session.accept("/ä", sid: "x") == [.send(EngineMessage(#"0/ä,{"sid":"x"}"#))])
    }

    @Test(arguments: ["0/name", "0/name,", "0/name,{}"])
    func anUnknownNamespaceIsAnsweredWithAnErrorAndMayBeAskedForAgain(text: String) {
        var session = SocketSession.connecting(time)
        for _ in 0..<2 {
            let actions = session.receive(EngineMessage(text))
            #expect(actions == [.send(EngineMessage(#"4/name,{"message":"Invalid namespace"}"#))])
            // As it goes through the engine.
            guard case .send(let message)? = actions.first else { continue }
            #expect(EnginePacket.message(message).text.map(string) == #"44/name,{"message":"Invalid namespace"}"#)
        }
        #expect(session.deadline == time(1000))
    }

    @Test func aRefusedClientIsToldWhyAndMayAskAgain() {
        var session = SocketSession.connecting(time)
        _ = session.receive(EngineMessage("0"))
        #expect(session.refuse("/", message: "not \"you\"") == [.send(EngineMessage(#"4{"message":"not \"you\""}"#))])
        #expect(session.deadline == time(1000))
        #expect(session.receive(EngineMessage("0")) == [.admit(namespace: "/", payload: nil)])
        #expect(session.accept("/", sid: "a") == [.send(EngineMessage(#"0{"sid":"a"}"#))])
        _ = session.receive(EngineMessage("0/custom,"))
        #expect(session.refuse("/custom", message: "no") == [.send(EngineMessage(#"4/custom,{"message":"no"}"#))])
    }

    @Test(arguments: ["0/nothing,", "0"])
    func whoIsRefusedOnAndOnIsClosed(text: String) {
        var session = SocketSession.connecting(time)
        for number in 0...32 {
            var actions = session.receive(EngineMessage(text))
            if text == "0" { actions = session.refuse("/", message: "no") }
            #expect(closes(actions) == (number == 32))
        }
        #expect(session.receive(EngineMessage("0")).isEmpty)
    }

    /// Leaving does not make up for being refused.
    @Test func whoLeavesBeforeEveryRefusalIsClosedAsWell() {
        var session = SocketSession.connecting(time)
        for number in 0...32 {
            _ = session.receive(EngineMessage("0"))
            _ = session.receive(EngineMessage("1"))
            let isClosed = closes(session.refuse("/", message: "no"))
            #expect(isClosed == (number == 32))
        }
    }

    @Test func whoIsInNoNamespaceIsAStranger() {
        var session = SocketSession.connecting(time)
        #expect(session.isStranger)
        _ = session.receive(EngineMessage("0"))
        #expect(session.isStranger)
        _ = session.accept("/", sid: "s1")
        #expect(!session.isStranger)
        _ = session.receive(EngineMessage("0/custom,"))
        _ = session.refuse("/custom", message: "no")
        #expect(!session.isStranger)
        _ = session.receive(EngineMessage("0/custom,"))
        _ = session.accept("/custom", sid: "s2")
        _ = session.receive(EngineMessage("1"))
        #expect(!session.isStranger)
        _ = session.disconnect("/custom")
        #expect(session.isStranger)
        _ = session.receive(EngineMessage("1/custom,"))
        #expect(session.isStranger)
        _ = session.receive(EngineMessage("0"))
        _ = session.accept("/", sid: "s3")
        #expect(!session.isStranger)
    }

    @Test(arguments: ["0", "0/custom,"])
    func aSecondConnectCloses(text: String) {
        var session = SocketSession.connected()
        let isClosed = closes(session.receive(EngineMessage(text)))
        #expect(isClosed)
        var asking = SocketSession.connecting(time)
        _ = asking.receive(EngineMessage(text))
        let isRefused = closes(asking.receive(EngineMessage(text)))
        #expect(isRefused)
        #expect(asking.accept("/", sid: "x") == [])
    }

    @Test func whoJoinsNothingInTimeIsClosed() {
        var session = SocketSession.connecting(time)
        #expect(session.deadline == time(1000))
        _ = session.receive(EngineMessage("0"))
        #expect(session.tick(at: time(999)).isEmpty)
        let isClosed = closes(session.tick(at: time(1000)))
        #expect(isClosed)
        #expect(session.deadline == nil)
        #expect(session.tick(at: time(1001)).isEmpty)
        #expect(session.accept("/", sid: "late").isEmpty)
        #expect(session.receive(EngineMessage("0")).isEmpty)
    }

    @Test func whoHasJoinedHasTime() {
        var session = SocketSession.connected()
        #expect(session.deadline == nil)
        #expect(session.tick(at: time(100_000)).isEmpty)
    }

    // MARK: Leaving

    @Test(arguments: ["1/custom,", "1/custom"])
    func leavingANamespaceLeavesThatOneAlone(text: String) {
        var session = SocketSession.connected()
        #expect(session.receive(EngineMessage(text)) == [.left(sid: "s2")])
        #expect(session.sids == ["/": "s1"])
        guard case .event("s1", _, _)? = session.receive(EngineMessage("2[\"x\"]")).first else {
            Issue.record("the other namespace is gone")
            return
        }
        #expect(session.receive(EngineMessage("0/custom,")) == [.admit(namespace: "/custom", payload: nil)])
    }

    @Test func leavingTheLastNamespaceClosesNothing() {
        var session = SocketSession.connecting(time)
        _ = session.receive(EngineMessage("0"))
        _ = session.accept("/", sid: "s1")
        #expect(session.receive(EngineMessage("1")) == [.left(sid: "s1")])
        #expect(session.receive(EngineMessage("1")).isEmpty)
        #expect(session.receive(EngineMessage("1/other,")).isEmpty)
        #expect(session.deadline == nil)
        #expect(session.receive(EngineMessage("0")) == [.admit(namespace: "/", payload: nil)])
    }

    @Test func anEventAfterLeavingCloses() {
        var session = SocketSession.connected()
        _ = session.receive(EngineMessage("1"))
        let isClosed = closes(session.receive(EngineMessage("2[\"x\"]")))
        #expect(isClosed)
    }

    @Test func theServerTakesASocketOutOfItsNamespace() {
        var session = SocketSession.connected()
        #expect(session.disconnect("/custom") == [.send(EngineMessage("1/custom,"))])
        #expect(session.disconnect("/custom").isEmpty)
        #expect(session.sids == ["/": "s1"])
        #expect(session.disconnect("/") == [.send(EngineMessage("1"))])
        #expect(session.sids == [:])
    }

    @Test func whatTheClientSentBeforeItKnewIsIgnored() {
        var session = SocketSession.connected()
        _ = session.receive(EngineMessage(#"51-/custom,["x",{"_placeholder":true,"num":0}]"#))
        _ = session.disconnect("/custom")
        #expect(session.receive(.binary([1])).isEmpty)
        for text in [#"2/custom,1["x"]"#, "3/custom,1[]", #"51-/custom,["x",{"_placeholder":true,"num":0}]"#] {
            #expect(session.receive(EngineMessage(text)).isEmpty)
        }
        #expect(session.receive(.binary([2])).isEmpty)
        guard case .event("s1", _, _)? = session.receive(EngineMessage("2[\"x\"]")).first else {
            Issue.record("the other namespace is gone")
            return
        }
        #expect(session.receive(EngineMessage("0/custom,")) == [.admit(namespace: "/custom", payload: nil)])
        #expect(session.accept("/custom", sid: "s3") == [.send(EngineMessage(#"0/custom,{"sid":"s3"}"#))])
    }

    @Test func twoThatLeaveAtOnceHaveLeft() {
        var session = SocketSession.connected()
        _ = session.disconnect("/custom")
        #expect(session.receive(EngineMessage("1/custom,")).isEmpty)
        let isClosed = closes(session.receive(EngineMessage(#"2/custom,["x"]"#)))
        #expect(isClosed)
    }

    @Test func whoLeavesBeforeTheAnswerGetsNone() {
        for isAccepted in [true, false] {
            var session = SocketSession.connecting(time)
            _ = session.receive(EngineMessage("0"))
            #expect(session.receive(EngineMessage("1")).isEmpty)
            #expect((isAccepted ? session.accept("/", sid: "x") : session.refuse("/", message: "no")).isEmpty)
            #expect(session.sids == [:])
            #expect(session.deadline == time(1000))
            #expect(session.receive(EngineMessage("0{}")) == [.admit(namespace: "/", payload: .object([:]))])
        }
    }

    @Test func theAnswerToOneConnectIsNeverTakenForThatToAnother() {
        var session = SocketSession.connecting(time)
        _ = session.receive(EngineMessage(#"0{"token":"good"}"#))
        _ = session.receive(EngineMessage("1"))
        let isClosed = closes(session.receive(EngineMessage(#"0{"token":"bad"}"#)))
        #expect(isClosed)
        #expect(session.accept("/", sid: "x").isEmpty)
    }

    @Test func nobodyIsTakenOutWhoHasNotJoined() {
        var session = SocketSession.connecting(time)
        _ = session.receive(EngineMessage("0"))
        #expect(session.disconnect("/").isEmpty)
        #expect(session.disconnect("/other").isEmpty)
        #expect(session.accept("/", sid: "a") == [.send(EngineMessage(#"0{"sid":"a"}"#))])
    }
}
