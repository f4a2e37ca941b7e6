import SocketIO
import Testing

@Suite struct EnginePacketTests {
    @Test(arguments: [
        ("0{}", EnginePacket.open(Array("{}".utf8))), ("1", .close), ("2", .ping([])),
        ("2probe", .ping(Array("probe".utf8))),
        ("3", .pong([])), ("3probe", .pong(Array("probe".utf8))), ("4", .text("")), ("4hellö", .text("hellö")),
        ("42[\"a\"]", .text("2[\"a\"]")), ("5", .upgrade), ("6", .noop),
    ])
    func everyTypeIsReadAndWritten(text: String, packet: EnginePacket) throws {
        #expect(try EnginePacket(text: Array(text.utf8)) == packet)
        #expect(packet.text.map(string) == text)
        #expect(packet.length == text.utf8.count)
    }

    @Test(arguments: ["", "7", "9", "a", "abc", "bAQID", "/", " 4", "-1", "1x", "5x", "6x", "\u{0}", "４"])
    func whatIsNoPacketIsRefused(text: String) {
        #expect(throws: EngineProtocolError.self) { try EnginePacket(text: Array(text.utf8)) }
    }

    @Test func aBinaryMessageHasNoTextAndIsAsLongAsItsBytes() {
        let packet = EnginePacket.message(.binary([0, 1, 0x1E]))
        #expect(packet.text == nil)
        #expect(packet.length == 3)
    }

    @Test func messagesAreEqualWhenTheirContentIsHoweverItIsHeld() throws {
        let read = try EnginePacket(text: Array("4abc".utf8))
        #expect(read == .text("abc"))
        #expect(Set([read, .text("abc")]).count == 1)
        #expect(read != .message(.binary(Array("abc".utf8))))
        #expect(read != .text("abd"))
    }

    @Test func theTextOfAMessageThatCameGoesOutWithoutACopy() throws {
        let text = Array("4a text of some length".utf8)
        let written = try #require(try EnginePacket(text: text).text)
        #expect(text.withUnsafeBufferPointer(\.baseAddress) == written.withUnsafeBufferPointer(\.baseAddress))
    }

    @Test func theErrorSaysWhatWasExpected() {
        let error = #expect(throws: EngineProtocolError.self) { try EnginePacket(text: [UInt8(ascii: "x")]) }
        #expect(error?.description == "expected a packet's type from 0 to 6")
    }
}
