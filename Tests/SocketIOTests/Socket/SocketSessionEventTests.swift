import JSON
import SocketIO
import Testing

/// What a session makes of events and acknowledgements.
@Suite struct SocketSessionEventTests {
    /// The event that the text of a packet brings to a session where `s1` and `s2` are connected.
    private func event(_ text: String) -> SocketEvent? {
        var session = SocketSession.connected()
        guard case .event(_, let event, _)? = session.receive(EngineMessage(text)).first else { return nil }
        return event
    }

    @Test func anEventBringsItsNameItsArgumentsAndItsID() throws {
        var session = SocketSession.connected()
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
        var session = SocketSession.connected()
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
        var session = SocketSession.connected()
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

    @Test func tenAttachmentsAreTaken() {
        var session = SocketSession.connected()
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
        var session = SocketSession.connected()
        let header = #"51-["x",{"_placeholder":false,"num":5},{"_placeholder":true,"num":0}]"#
        #expect(session.receive(EngineMessage(header)).isEmpty)
        guard case .event(_, let event, _)? = session.receive(.binary([1])).first else {
            Issue.record("the event did not come")
            return
        }
        #expect(event.arguments.map(event.content.attachment) == [nil, [1]])
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

    @Test func aHugeEventIsTaken() {
        let text = String(repeating: "x", count: 5_000_000)
        #expect(event("2[\"x\",\"\(text)\"]")?.arguments == [.string(text)])
    }
}
