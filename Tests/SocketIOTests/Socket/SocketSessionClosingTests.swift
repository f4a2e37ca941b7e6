import SocketIO
import Testing

/// What a client may not send.
@Suite struct SocketSessionClosingTests {
    private let time = TestTime()

    @Test(arguments: [
        "", "7", "9[]", "x", "42[\"x\"]", "{}", "[\"x\"]", "é",
        // A payload that is no array.
        "2", "2{}", "2\"x\"", "21", "2null", "2[", "2[\"x\"", "2[\"x\"]]", "2[\"x\"] 1", "2[\"x\",]", "2abc",
        "2/custom", "2/custom,",
        // An event without a name.
        "2[]", "2[1]", "2[null]", "2[{}]", "2[\"\\ud800\"]",
        // A bad id.
        "2-1[\"x\"]", "21.5[\"x\"]", "21a[\"x\"]", "20x1[\"x\"]", "21e3[\"x\"]", "2 1[\"x\"]",
        "21000000000000000[\"x\"]",
        "299999999999999999999999999[\"x\"]", "2[\"x\"]1",
        // An acknowledgement without id or array.
        "3", "3[]", "3x[]", "31", "31{}", "31[", "3/custom,[]", "6-1[]", "61-[]", "60-[]", "6[]",
        // Attachments.
        "5[\"x\"]", "5-[\"x\"]", "51[\"x\"]", "5x-[\"x\"]", "5-1-[\"x\"]", "511-[\"x\"]",
        "599999999999999999999-[\"x\"]",
        #"51-["x",{"_placeholder":true,"num":1}]"#, #"51-["x",{"_placeholder":true,"num":-1}]"#,
        #"51-["x",[{"a":{"_placeholder":true}}]]"#, #"51-["x",{"_placeholder":true,"num":"0"}]"#,
        #"51-["x",{"_placeholder":true,"num":0.0}]"#, #"51-["x",{"_placeholder":1,"num":0}]"#,
        #"61-1[{"_placeholder":true,"num":2}]"#,
        "51-{}", "51-", "51", "51-[]", "51-[1]",
        // Payloads of the others.
        "0[]", "01", "0null", "0\"x\"", "0{", "0{}{}", "0/other,[]", "1{}", "1[]", "11", "1x", "1/custom,{}",
        "4", "4{\"message\":\"x\"}", "4\"x\"",
    ])
    func aBadPacketClosesWithoutEffect(text: String) {
        var session = SocketSession.connected()
        let isClosed = closes(session.receive(EngineMessage(text)))
        #expect(isClosed)
        #expect(session.receive(EngineMessage("2[\"x\"]")).isEmpty)
        #expect(session.disconnect("/").isEmpty)
    }

    @Test func anAttachmentThatNobodyAnnouncedCloses() {
        var session = SocketSession.connected()
        let isClosed = closes(session.receive(.binary([1])))
        #expect(isClosed)
    }

    @Test func oneAttachmentTooManyCloses() {
        var session = SocketSession.connected()
        _ = session.receive(EngineMessage(#"51-["x",{"_placeholder":true,"num":0}]"#))
        guard case .event? = session.receive(.binary([1])).first else {
            Issue.record("the event did not come")
            return
        }
        let isClosed = closes(session.receive(.binary([2])))
        #expect(isClosed)
    }

    @Test(arguments: [#"2["x"]"#, "1", "0/ä,"])
    func anAttachmentThatDoesNotComeCloses(text: String) {
        var session = SocketSession.connected()
        _ = session.receive(EngineMessage(#"52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#))
        _ = session.receive(.binary([1]))
        let isClosed = closes(session.receive(EngineMessage(text)))
        #expect(isClosed)
    }

    @Test func attachmentsTogetherHaveALimit() {
        for (length, isClosing) in [(50, false), (51, true)] {
            var session = SocketSession(
                namespaces: ["/"], connectTimeout: .seconds(1), maximumAttachments: 100, at: time(0))
            _ = session.receive(EngineMessage("0"))
            _ = session.accept("/", sid: "s1")
            // Each event has the whole limit.
            for _ in 0..<2 where !isClosing {
                _ = session.receive(EngineMessage(#"51-["x",{"_placeholder":true,"num":0}]"#))
                _ = session.receive(.binary([UInt8](repeating: 0, count: 100)))
            }
            let header = #"52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#
            #expect(session.receive(EngineMessage(header)).isEmpty)
            #expect(session.receive(.binary([UInt8](repeating: 0, count: 50))).isEmpty)
            let actions = session.receive(.binary([UInt8](repeating: 0, count: length)))
            #expect(closes(actions) == isClosing)
        }
    }

    @Test func aNameOfANamespaceHas256BytesAtMost() {
        for (length, isClosing) in [(256, false), (257, true)] {
            var session = SocketSession.connecting()
            let name = "/" + String(repeating: "x", count: length - 1)
            let actions = session.receive(EngineMessage("0\(name),"))
            #expect(closes(actions) == isClosing)
            if !isClosing {
                #expect(actions == [.send(EngineMessage("4\(name),{\"message\":\"Invalid namespace\"}"))])
            }
        }
    }

    @Test func anEventOfATriedButNotJoinedNamespaceClosesWithoutEffect() {
        for text in [#"2["message"]"#, #"2/custom,["message"]"#, #"3/custom,1[]"#, #"2/other,["message"]"#, "31[]"] {
            var session = SocketSession.connecting()
            _ = session.receive(EngineMessage("0"))
            let isClosed = closes(session.receive(EngineMessage(text)))
            #expect(isClosed, "\(text)")
            #expect(session.accept("/", sid: "x").isEmpty)
            #expect(session.receive(EngineMessage("0/custom,")).isEmpty)
        }
    }

    @Test func aBinaryEventOfANamespaceThatWasNotJoinedClosesBeforeItsAttachments() {
        var session = SocketSession.connecting()
        let header = #"51-["message",{"_placeholder":true,"num":0}]"#
        let isClosed = closes(session.receive(EngineMessage(header)))
        #expect(isClosed)
        #expect(session.receive(.binary([1])).isEmpty)
    }

    @Test(arguments: ["2[\"x\",", "0{\"a\":", "31["], ["[", "{\"a\":"])
    func deepNestingClosesWithoutUsingUpTheStack(start: String, opening: String) {
        var session = SocketSession.connected()
        let deep = String(repeating: opening, count: 150_000)
        let isClosed = closes(session.receive(EngineMessage(start + deep)))
        #expect(isClosed)
        let closing = opening == "[" ? "]" : "}"
        let end = start.hasPrefix("0") ? "}" : "]"
        for (depth, isTaken) in [(199, true), (200, false)] {
            var session = SocketSession.connecting()
            _ = session.receive(EngineMessage("0"))
            _ = session.accept("/", sid: "s1")
            let start = start.hasPrefix("0") ? "0/custom,{\"a\":" : start
            let nested = String(repeating: opening, count: depth) + "1" + String(repeating: closing, count: depth)
            let isClosed = closes(session.receive(EngineMessage(start + nested + end)))
            #expect(isClosed != isTaken)
        }
    }

    @Test func invalidUTF8InAStringCloses() {
        var session = SocketSession.connected()
        let isClosed = closes(session.receive(.text(Array("2[\"x\",\"".utf8) + [0xC3] + Array("\"]".utf8))))
        #expect(isClosed)
    }
}
