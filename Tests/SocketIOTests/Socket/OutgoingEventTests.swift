import JSON
@testable import SocketIO
import Testing

@Suite struct OutgoingEventTests {
    private func text(_ event: OutgoingEvent) -> String? { event.messages.first.map { string($0.content) } }

    private func event(_ message: EngineMessage, _ attachments: [[UInt8]] = []) throws -> SocketEvent {
        SocketEvent(try SocketPacket(message).content(attachments))
    }

    /// An event as it comes through the engine: with the packet's type before it.
    private func arrived(_ text: String, _ attachments: [[UInt8]] = []) throws -> SocketEvent {
        guard case .message(let message) = try EnginePacket(text: Array("4\(text)".utf8)) else {
            throw EngineProtocolError(expected: "a message")
        }
        return try event(message, attachments)
    }

    @Test func anEventIsItsNameAndItsArguments() {
        let event = OutgoingEvent("hey", [.string("Jude"), .number(1), .null])
        #expect(text(event) == #"2["hey","Jude",1,null]"#)
        #expect(event.messages.count == 1)
        #expect(text(OutgoingEvent("x", [])) == #"2["x"]"#)
        #expect(text(OutgoingEvent("x", [], namespace: "/admin")) == #"2/admin,["x"]"#)
        #expect(text(OutgoingEvent("x", [], acknowledgementID: 12)) == #"212["x"]"#)
        #expect(text(OutgoingEvent("x", [], namespace: "/admin", acknowledgementID: 0)) == #"2/admin,0["x"]"#)
    }

    @Test func binaryPartsFollowTheEvent() {
        let event = OutgoingEvent(
            "x", [OutgoingEvent.binary(0), .array([OutgoingEvent.binary(1)])], attachments: [[1, 2], []],
            namespace: "/a", acknowledgementID: 3)
        #expect(text(event) == #"52-/a,3["x",{"_placeholder":true,"num":0},[{"_placeholder":true,"num":1}]]"#)
        #expect(Array(event.messages.dropFirst()) == [.binary([1, 2]), .binary([])])
    }

    @Test func anAcknowledgementIsItsArgumentsAlone() {
        #expect(text(OutgoingEvent(acknowledging: 12, [], attachments: [], namespace: "/")) == "312[]")
        #expect(text(OutgoingEvent(acknowledging: 0, [.number(1)], attachments: [], namespace: "/a")) == "3/a,0[1]")
        let binary = OutgoingEvent(acknowledging: 7, [OutgoingEvent.binary(0)], attachments: [[9]], namespace: "/")
        #expect(text(binary) == #"61-7[{"_placeholder":true,"num":0}]"#)
        #expect(Array(binary.messages.dropFirst()) == [.binary([9])])
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let arguments: [JSONValue] = [
            .string("é\u{0}\"\\🙂"), .number(JSONNumber(Int.max)), .object(["a": .bool(true)]),
        ]
        let outgoing = OutgoingEvent("näme", arguments, namespace: "/ä", acknowledgementID: 1)
        let message = try #require(outgoing.messages.first)
        #expect(try event(message).name == "näme")
        #expect(try event(message).arguments == arguments)
    }

    @Test func anEventThatIsPassedOnKeepsItsTextAndSharesItsBytes() throws {
        let original = #"2["x", 12345678901234567890123 ,1.50,"\ud800\u00e9"]"#
        let event = try arrived(original)
        let relayed = OutgoingEvent(relaying: event)
        #expect(text(relayed) == original)
        let message = try #require(relayed.messages.first)
        let packet = try #require(EnginePacket.message(message).text)
        #expect(string(packet) == "4" + original)
        let address = event.content.bytes.withUnsafeBufferPointer(\.baseAddress)
        #expect(packet.withUnsafeBufferPointer(\.baseAddress) == address)
    }

    @Test(arguments: [
        (#"2["x", 1]"#, "/b", #"2/b,["x", 1]"#), (#"2/a,["x",1]"#, "/", #"2["x",1]"#),
        (#"2/a,["x"]"#, "/a", #"2/a,["x"]"#),
        (#"212["x",1]"#, "/", #"2["x",1]"#), (#"2/a,12["x"]"#, "/b", #"2/b,["x"]"#), (#"50-["x"]"#, "/", #"2["x"]"#),
        (#"2/,["x"]"#, "/", #"2["x"]"#),
    ])
    func forOtherNamespacesAndWithoutItsIDItIsWrittenAnew(came: String, namespace: String, goes: String) throws {
        let relayed = OutgoingEvent(relaying: try arrived(came), namespace: namespace)
        #expect(text(relayed) == goes)
        #expect(relayed.namespace == namespace)
        #expect(relayed == OutgoingEvent(relaying: try event(EngineMessage(came)), namespace: namespace))
    }

    @Test func itsBinaryPartsGoAlong() throws {
        let came = #"51-/a,3["x",{"_placeholder":true,"num":0}]"#
        let relayed = OutgoingEvent(relaying: try arrived(came, [[1, 2, 3]]))
        #expect(text(relayed) == #"51-["x",{"_placeholder":true,"num":0}]"#)
        #expect(Array(relayed.messages.dropFirst()) == [.binary([1, 2, 3])])
    }
}
