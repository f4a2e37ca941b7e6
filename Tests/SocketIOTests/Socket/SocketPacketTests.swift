@testable import SocketIO
import Testing

@Suite struct SocketPacketTests {
    @Test(
        arguments: [
            ("0", SocketPacket.Kind.connect, "/", nil, 0, ""),
            ("0/admin,{\"a\":1}", .connect, "/admin", nil, 0, "{\"a\":1}"),
            ("1", .disconnect, "/", nil, 0, ""), ("1/admin,", .disconnect, "/admin", nil, 0, ""),
            ("2[\"hey\",\"Jude\"]", .event, "/", nil, 0, "[\"hey\",\"Jude\"]"),
            ("212[\"x\"]", .event, "/", 12, 0, "[\"x\"]"),
            ("2/admin,456[\"x\",{}]", .event, "/admin", 456, 0, "[\"x\",{}]"),
            ("30[]", .acknowledgement, "/", 0, 0, "[]"),
            ("3/admin,456[]", .acknowledgement, "/admin", 456, 0, "[]"),
            ("4{\"message\":\"no\"}", .connectError, "/", nil, 0, "{\"message\":\"no\"}"),
            ("4/admin,\"no\"", .connectError, "/admin", nil, 0, "\"no\""),
            (
                "51-[\"hey\",{\"_placeholder\":true,\"num\":0}]", .binaryEvent, "/", nil, 1,
                "[\"hey\",{\"_placeholder\":true,\"num\":0}]"
            ),
            ("510-/admin,7[\"x\"]", .binaryEvent, "/admin", 7, 10, "[\"x\"]"),
            (
                "61-/admin,456[{\"_placeholder\":true,\"num\":0}]", .binaryAcknowledgement, "/admin", 456, 1,
                "[{\"_placeholder\":true,\"num\":0}]"
            ),
        ] as [(String, SocketPacket.Kind, String, UInt64?, Int, String)])
    func everyFormIsReadAndWritten(
        text: String, kind: SocketPacket.Kind, namespace: String, id: UInt64?, attachments: Int, data: String
    ) throws {
        let packet = try SocketPacket(EngineMessage(text))
        #expect(packet.kind == kind)
        #expect(packet.namespace == namespace)
        #expect(packet.id == id)
        #expect(packet.attachments == attachments)
        #expect(string(packet.data) == data)
        let written = SocketPacket.message(
            kind, namespace: namespace, id: id, attachments: attachments, data: Array(data.utf8))
        #expect(string(written.content) == text)
        #expect(EnginePacket.message(written).text.map(string) == "4" + text)
    }

    @Test func whatSaysTheSameIsTheSame() throws {
        let packets = try ["25[\"x\"]", "2005[\"x\"]", "2/,5[\"x\"]"].map { try SocketPacket(EngineMessage($0)) }
        #expect(Set(packets).count == 1)
        #expect(try SocketPacket(EngineMessage("26[\"x\"]")) != packets[0])
        #expect(try SocketPacket(EngineMessage("25[\"y\"]")) != packets[0])
        #expect(try SocketPacket(EngineMessage("2/a,5[\"x\"]")) != packets[0])
        #expect(try SocketPacket(EngineMessage("35[\"x\"]")) != packets[0])
    }

    @Test func theNameEndsAtTheFirstCommaOrWithTheText() throws {
        #expect(try SocketPacket(EngineMessage("0/a?b=1,{}")).namespace == "/a?b=1")
        #expect(try SocketPacket(EngineMessage("0/a/b")).namespace == "/a/b")
        #expect(throws: EngineProtocolError.self) { try SocketPacket(EngineMessage("2/a[\"x\",1]")) }
    }

    @Test func fifteenDigitsAreAnIDAndSixteenAreNot() throws {
        #expect(try SocketPacket(EngineMessage("2999999999999999[\"x\"]")).id == 999_999_999_999_999)
        #expect(throws: EngineProtocolError.self) { try SocketPacket(EngineMessage("21000000000000000[\"x\"]")) }
        #expect(throws: EngineProtocolError.self) { try SocketPacket(EngineMessage("20000000000000001[\"x\"]")) }
    }
}
