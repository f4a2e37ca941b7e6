import JSON
import SocketIO
import Testing

@Suite struct SocketSessionTests {
    private let time = TestTime()
    private let namespaces: Set<String> = ["/", "/custom", "/ä"]

    private func connecting() -> SocketSession {
        SocketSession(namespaces: namespaces, connectTimeout: .milliseconds(1000), at: time(0))
    }

    /// A session with a socket `s1` in `/`, and one `s2` in `/custom`.
    private func connected() -> SocketSession {
        var session = connecting()
        for (namespace, text, sid) in [("/", "0", "s1"), ("/custom", "0/custom,", "s2")] {
            _ = session.receive(EngineMessage(text))
            _ = session.accept(namespace, sid: sid)
        }
        return session
    }

    /// The event that the text of a packet brings to a session where `s1` and `s2` are connected.
    private func event(_ text: String) -> SocketEvent? {
        var session = connected()
        guard case .event(_, let event, _)? = session.receive(EngineMessage(text)).first else { return nil }
        return event
    }

    private func isClosed(_ actions: [SocketSession.Action]) -> Bool {
        if case .close? = actions.first { actions.count == 1 } else { false }
    }

    // MARK: Joining

    @Test(arguments: [
        ("0", nil), ("0{}", JSONValue.object([:])), ("0/,{}", .object([:])), ("0/", nil), ("0/,", nil),
        (#"0{"token":"123","big":12345678901234567890}"#, nil),
    ])
    func aClientAsksToJoinWithItsPayload(text: String, payload: JSONValue?) throws {
        var session = connecting()
        let json = try text.firstIndex(of: "{").map { try JSONReader.value(of: Array(text[$0...].utf8)) }
        #expect(session.receive(EngineMessage(text)) == [.admit(namespace: "/", payload: payload ?? json)])
    }

    @Test func theAnswerIsAnIDOfItsOwn() {
        var session = connecting()
        _ = session.receive(EngineMessage("0"))
        #expect(session.sids == [:])
        #expect(session.accept("/", sid: "abc") == [.send(EngineMessage(#"0{"sid":"abc"}"#))])
        _ = session.receive(EngineMessage("0/custom,{}"))
        #expect(session.accept("/custom", sid: "def") == [.send(EngineMessage(#"0/custom,{"sid":"def"}"#))])
        #expect(session.sids == ["/": "abc", "/custom": "def"])
    }

    @Test func theNamesOfNamespacesMayBeAnyText() {
        var session = connecting()
        #expect(session.receive(EngineMessage("0/ä,")) == [.admit(namespace: "/ä", payload: nil)])
        #expect(session.accept("/ä", sid: "x") == [.send(EngineMessage(#"0/ä,{"sid":"x"}"#))])
    }

    @Test(arguments: ["0/name", "0/name,", "0/name,{}"])
    func anUnknownNamespaceIsAnsweredWithAnErrorAndMayBeAskedForAgain(text: String) {
        var session = connecting()
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
        var session = connecting()
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
        var session = connecting()
        for number in 0...32 {
            var actions = session.receive(EngineMessage(text))
            if text == "0" { actions = session.refuse("/", message: "no") }
            #expect(isClosed(actions) == (number == 32))
        }
        #expect(session.receive(EngineMessage("0")).isEmpty)
    }

    /// Leaving does not make up for being refused.
    @Test func whoLeavesBeforeEveryRefusalIsClosedAsWell() {
        var session = connecting()
        for number in 0...32 {
            _ = session.receive(EngineMessage("0"))
            _ = session.receive(EngineMessage("1"))
            let isClosed = isClosed(session.refuse("/", message: "no"))
            #expect(isClosed == (number == 32))
        }
    }

    @Test func whoIsInNoNamespaceIsAStranger() {
        var session = connecting()
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
        var session = connected()
        let isClosed = isClosed(session.receive(EngineMessage(text)))
        #expect(isClosed)
        var asking = connecting()
        _ = asking.receive(EngineMessage(text))
        let isRefused = self.isClosed(asking.receive(EngineMessage(text)))
        #expect(isRefused)
        #expect(asking.accept("/", sid: "x") == [])
    }

    @Test func whoJoinsNothingInTimeIsClosed() {
        var session = connecting()
        #expect(session.deadline == time(1000))
        _ = session.receive(EngineMessage("0"))
        #expect(session.tick(at: time(999)).isEmpty)
        let isClosed = isClosed(session.tick(at: time(1000)))
        #expect(isClosed)
        #expect(session.deadline == nil)
        #expect(session.tick(at: time(1001)).isEmpty)
        #expect(session.accept("/", sid: "late").isEmpty)
        #expect(session.receive(EngineMessage("0")).isEmpty)
    }

    @Test func whoHasJoinedHasTime() {
        var session = connected()
        #expect(session.deadline == nil)
        #expect(session.tick(at: time(100_000)).isEmpty)
    }

    // MARK: Events and acknowledgements

    @Test func anEventBringsItsNameItsArgumentsAndItsID() throws {
        var session = connected()
        let actions = session.receive(EngineMessage(#"2/custom,12["message",1,"two",{"3":[true,null]}]"#))
        guard case .event(let sid, let event, let id)? = actions.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(actions.count == 1)
        #expect(sid == "s2")
        #expect(id == 12)
        #expect(event.name == "message")
        #expect(event.arguments == [.number(1), .string("two"), .object(["3": .array([.bool(true), .null])])])
        #expect(event.content.attachments.isEmpty)
    }

    @Test func aBinaryEventComesWhenItsLastAttachmentHas() {
        var session = connected()
        let header = #"52-["message",{"_placeholder":true,"num":1},{"a":{"_placeholder":true,"num":0}}]"#
        #expect(session.receive(EngineMessage(header)).isEmpty)
        #expect(session.receive(.binary([1, 2])).isEmpty)
        let actions = session.receive(.binary([3]))
        guard case .event("s1", let event, nil)? = actions.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(event.content.attachments == [[1, 2], [3]])
        #expect(event.arguments.map(event.content.attachment) == [[3], nil])
        #expect(event.arguments.last?.object?["a"].flatMap(event.content.attachment) == [1, 2])
        guard case .event? = session.receive(EngineMessage(#"2["next"]"#)).first else {
            Issue.record("the next event did not come")
            return
        }
    }

    @Test func theSmallestPacketsAreTaken() {
        #expect(event(#"2[""]"#)?.name == "")
        #expect(event(#"2/,["x"]"#)?.name == "x")
        #expect(event(#"20["x"]"#)?.name == "x")
        #expect(event(#"50-["x"]"#)?.arguments == [])
        #expect(event(" 2[\"x\"]") == nil)
        #expect(event("2 [ \"x\" , 1 ] ")?.arguments == [.number(1)])
    }

    @Test func acknowledgementsBringTheirIDAndTheirArguments() {
        var session = connected()
        let actions = session.receive(EngineMessage(#"3/custom,999999999999999[1,"a"]"#))
        guard case .acknowledged("s2", 999_999_999_999_999, let content)? = actions.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(content.values == [.number(1), .string("a")])
        #expect(session.receive(EngineMessage(#"61-7[{"_placeholder":true,"num":0}]"#)).isEmpty)
        guard case .acknowledged("s1", 7, let binary)? = session.receive(.binary([9])).first else {
            Issue.record("the binary acknowledgement did not come")
            return
        }
        #expect(binary.values.map(binary.attachment) == [[9]])
        guard case .acknowledged("s1", 0, let empty)? = session.receive(EngineMessage("30[]")).first else {
            Issue.record("the empty acknowledgement did not come")
            return
        }
        #expect(empty.values.isEmpty)
    }

    @Test func anEventOfATriedButNotJoinedNamespaceClosesWithoutEffect() {
        for text in [#"2["message"]"#, #"2/custom,["message"]"#, #"3/custom,1[]"#, #"2/other,["message"]"#, "31[]"] {
            var session = connecting()
            _ = session.receive(EngineMessage("0"))
            let isClosed = isClosed(session.receive(EngineMessage(text)))
            #expect(isClosed, "\(text)")
            #expect(session.accept("/", sid: "x").isEmpty)
            #expect(session.receive(EngineMessage("0/custom,")).isEmpty)
        }
    }

    @Test func aBinaryEventOfANamespaceThatWasNotJoinedClosesBeforeItsAttachments() {
        var session = connecting()
        let header = #"51-["message",{"_placeholder":true,"num":0}]"#
        let isClosed = isClosed(session.receive(EngineMessage(header)))
        #expect(isClosed)
        #expect(session.receive(.binary([1])).isEmpty)
    }

    // MARK: What closes the connection

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
        var session = connected()
        let isClosed = isClosed(session.receive(EngineMessage(text)))
        #expect(isClosed)
        #expect(session.receive(EngineMessage("2[\"x\"]")).isEmpty)
        #expect(session.disconnect("/").isEmpty)
    }

    @Test func anAttachmentThatNobodyAnnouncedCloses() {
        var session = connected()
        let isClosed = isClosed(session.receive(.binary([1])))
        #expect(isClosed)
    }

    @Test func oneAttachmentTooManyCloses() {
        var session = connected()
        _ = session.receive(EngineMessage(#"51-["x",{"_placeholder":true,"num":0}]"#))
        guard case .event? = session.receive(.binary([1])).first else {
            Issue.record("the event did not come")
            return
        }
        let isClosed = isClosed(session.receive(.binary([2])))
        #expect(isClosed)
    }

    @Test(arguments: [#"2["x"]"#, "1", "0/ä,"])
    func anAttachmentThatDoesNotComeCloses(text: String) {
        var session = connected()
        _ = session.receive(EngineMessage(#"52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#))
        _ = session.receive(.binary([1]))
        let isClosed = isClosed(session.receive(EngineMessage(text)))
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
            #expect(isClosed(actions) == isClosing)
        }
    }

    @Test func tenAttachmentsAreTaken() {
        var session = connected()
        let placeholders = (0..<10).map { #"{"_placeholder":true,"num":\#($0)}"# }.joined(separator: ",")
        #expect(session.receive(EngineMessage("510-[\"x\",\(placeholders)]")).isEmpty)
        for number in 0..<9 { #expect(session.receive(.binary([UInt8(number)])).isEmpty) }
        guard case .event(_, let event, _)? = session.receive(.binary([9])).first else {
            Issue.record("the event did not come")
            return
        }
        #expect(event.arguments.map(event.content.attachment) == (0..<10).map { [UInt8($0)] })
    }

    @Test func whatOnlyLooksLikeAPlaceholderIsAValue() {
        let value = event(#"2["x",{"_placeholder":true,"num":5}]"#)?.arguments.first
        #expect(value == .object(["_placeholder": .bool(true), "num": .number(5)]))
        var session = connected()
        let header = #"51-["x",{"_placeholder":false,"num":5},{"_placeholder":true,"num":0}]"#
        #expect(session.receive(EngineMessage(header)).isEmpty)
        guard case .event(_, let event, _)? = session.receive(.binary([1])).first else {
            Issue.record("the event did not come")
            return
        }
        #expect(event.arguments.map(event.content.attachment) == [nil, [1]])
    }

    @Test func aNameOfANamespaceHas256BytesAtMost() {
        for (length, isClosing) in [(256, false), (257, true)] {
            var session = connecting()
            let name = "/" + String(repeating: "x", count: length - 1)
            let actions = session.receive(EngineMessage("0\(name),"))
            #expect(isClosed(actions) == isClosing)
            if !isClosing {
                #expect(actions == [.send(EngineMessage("4\(name),{\"message\":\"Invalid namespace\"}"))])
            }
        }
    }

    // MARK: JSON

    @Test func largeNumbersAndLoneSurrogatesStayWhatTheyAre() {
        let arguments = #"12345678901234567890123,-0,1E400,9007199254740993,"\ud800","a\udc00\u0000é""#
        let event = event(#"2["x",\#(arguments)]"#)
        let text = event.map { string(JSONWriter.bytes(of: .array($0.arguments), .compact)) }
        #expect(text == "[\(arguments)]")
    }

    @Test func trueIsNotOne() {
        #expect(event(#"2["x",true,1,false,0]"#)?.arguments == [.bool(true), .number(1), .bool(false), .number(0)])
    }

    @Test(arguments: ["2[\"x\",", "0{\"a\":", "31["], ["[", "{\"a\":"])
    func deepNestingClosesWithoutUsingUpTheStack(start: String, opening: String) {
        var session = connected()
        let deep = String(repeating: opening, count: 150_000)
        let isClosed = isClosed(session.receive(EngineMessage(start + deep)))
        #expect(isClosed)
        let closing = opening == "[" ? "]" : "}"
        let end = start.hasPrefix("0") ? "}" : "]"
        for (depth, isTaken) in [(199, true), (200, false)] {
            var session = connecting()
            _ = session.receive(EngineMessage("0"))
            _ = session.accept("/", sid: "s1")
            let start = start.hasPrefix("0") ? "0/custom,{\"a\":" : start
            let nested = String(repeating: opening, count: depth) + "1" + String(repeating: closing, count: depth)
            let isClosed = self.isClosed(session.receive(EngineMessage(start + nested + end)))
            #expect(isClosed != isTaken)
        }
    }

    @Test func aHugeEventIsTaken() {
        let text = String(repeating: "x", count: 5_000_000)
        #expect(event("2[\"x\",\"\(text)\"]")?.arguments == [.string(text)])
    }

    @Test func invalidUTF8InAStringCloses() {
        var session = connected()
        let isClosed = isClosed(session.receive(.text(Array("2[\"x\",\"".utf8) + [0xC3] + Array("\"]".utf8))))
        #expect(isClosed)
    }

    // MARK: Leaving

    @Test(arguments: ["1/custom,", "1/custom"])
    func leavingANamespaceLeavesThatOneAlone(text: String) {
        var session = connected()
        #expect(session.receive(EngineMessage(text)) == [.left(sid: "s2")])
        #expect(session.sids == ["/": "s1"])
        guard case .event("s1", _, _)? = session.receive(EngineMessage("2[\"x\"]")).first else {
            Issue.record("the other namespace is gone")
            return
        }
        #expect(session.receive(EngineMessage("0/custom,")) == [.admit(namespace: "/custom", payload: nil)])
    }

    @Test func leavingTheLastNamespaceClosesNothing() {
        var session = connecting()
        _ = session.receive(EngineMessage("0"))
        _ = session.accept("/", sid: "s1")
        #expect(session.receive(EngineMessage("1")) == [.left(sid: "s1")])
        #expect(session.receive(EngineMessage("1")).isEmpty)
        #expect(session.receive(EngineMessage("1/other,")).isEmpty)
        #expect(session.deadline == nil)
        #expect(session.receive(EngineMessage("0")) == [.admit(namespace: "/", payload: nil)])
    }

    @Test func anEventAfterLeavingCloses() {
        var session = connected()
        _ = session.receive(EngineMessage("1"))
        let isClosed = isClosed(session.receive(EngineMessage("2[\"x\"]")))
        #expect(isClosed)
    }

    @Test func theServerTakesASocketOutOfItsNamespace() {
        var session = connected()
        #expect(session.disconnect("/custom") == [.send(EngineMessage("1/custom,"))])
        #expect(session.disconnect("/custom").isEmpty)
        #expect(session.sids == ["/": "s1"])
        #expect(session.disconnect("/") == [.send(EngineMessage("1"))])
        #expect(session.sids == [:])
    }

    @Test func whatTheClientSentBeforeItKnewIsIgnored() {
        var session = connected()
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
        var session = connected()
        _ = session.disconnect("/custom")
        #expect(session.receive(EngineMessage("1/custom,")).isEmpty)
        let isClosed = isClosed(session.receive(EngineMessage(#"2/custom,["x"]"#)))
        #expect(isClosed)
    }

    @Test func whoLeavesBeforeTheAnswerGetsNone() {
        for isAccepted in [true, false] {
            var session = connecting()
            _ = session.receive(EngineMessage("0"))
            #expect(session.receive(EngineMessage("1")).isEmpty)
            #expect((isAccepted ? session.accept("/", sid: "x") : session.refuse("/", message: "no")).isEmpty)
            #expect(session.sids == [:])
            #expect(session.deadline == time(1000))
            #expect(session.receive(EngineMessage("0{}")) == [.admit(namespace: "/", payload: .object([:]))])
        }
    }

    @Test func theAnswerToOneConnectIsNeverTakenForThatToAnother() {
        var session = connecting()
        _ = session.receive(EngineMessage(#"0{"token":"good"}"#))
        _ = session.receive(EngineMessage("1"))
        let isClosed = isClosed(session.receive(EngineMessage(#"0{"token":"bad"}"#)))
        #expect(isClosed)
        #expect(session.accept("/", sid: "x").isEmpty)
    }

    @Test func nobodyIsTakenOutWhoHasNotJoined() {
        var session = connecting()
        _ = session.receive(EngineMessage("0"))
        #expect(session.disconnect("/").isEmpty)
        #expect(session.disconnect("/other").isEmpty)
        #expect(session.accept("/", sid: "a") == [.send(EngineMessage(#"0{"sid":"a"}"#))])
    }
}
