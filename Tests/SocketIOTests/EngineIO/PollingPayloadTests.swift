import SocketIO
import Testing

@Suite struct PollingPayloadTests {
    @Test func packetsAreSeparatedByOneByteAndBinaryIsBase64() throws {
        let packets: [EnginePacket] = [
            .text("héllo"), .message(.binary([1, 2, 3, 4])), .ping([]), .message(.binary([])), .close,
        ]
        let body = PollingPayload.body(of: packets)
        #expect(string(body) == "4héllo\u{1E}bAQIDBA==\u{1E}2\u{1E}b\u{1E}1")
        #expect(try PollingPayload.packets(of: body) == packets)
    }

    @Test func eachByteAndEachLengthOfBinaryComesBack() throws {
        for length in 0...67 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
            let body = PollingPayload.body(of: [.message(.binary(bytes))])
            #expect(try PollingPayload.packets(of: body) == [.message(.binary(bytes))])
        }
        let all = Array(UInt8.min...UInt8.max)
        #expect(
            try PollingPayload.packets(of: PollingPayload.body(of: [.message(.binary(all))])) == [
                .message(.binary(all))
            ])
    }

    @Test func aSeparatorThatABrokenCharacterWouldHideDivides() throws {
        // 0xE2 begins a character of three bytes; the separator must not be taken for one of them.
        #expect(throws: EngineProtocolError.self) {
            try PollingPayload.packets(of: [0x34, 0xE2, 0x1E, 0x34, 0x61])
        }
        // U+011E has a 0x1E in UTF-16 and none in UTF-8.
        #expect(try PollingPayload.packets(of: Array("4\u{11E}".utf8)) == [.text("\u{11E}")])
    }

    @Test(arguments: [
        [0xFF], [0x80], [0xC0, 0x80], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
        [0xF0, 0x80, 0x80, 0x80],
    ])
    func invalidUTF8IsRefusedInEveryPart(bytes: [UInt8]) {
        #expect(throws: EngineProtocolError(expected: "UTF-8")) { try PollingPayload.packets(of: [0x34] + bytes) }
        #expect(throws: EngineProtocolError(expected: "UTF-8")) {
            try PollingPayload.packets(of: [0x34, 0x61, 0x1E, 0x34] + bytes + [0x1E, 0x36])
        }
        #expect(!PollingPayload.isUTF8(bytes))
    }

    @Test(arguments: [
        "", "\u{1E}", "4a\u{1E}", "\u{1E}4a", "4a\u{1E}\u{1E}4b", "7", "4a\u{1E}x", "5:4hell", "bAQ", "bA===", "b?AAA",
        "bAQID\n", "bAQ-_", "bÄÄÄÄ", "B", "ok",
    ])
    func aBodyWithABrokenPacketIsRefusedAsAWhole(body: String) {
        #expect(throws: EngineProtocolError.self) { try PollingPayload.packets(of: Array(body.utf8)) }
    }

    @Test func moreThanSixteenPacketsAreRead() throws {
        let packets = (0..<1000).map { EnginePacket.text("\($0)") }
        #expect(try PollingPayload.packets(of: PollingPayload.body(of: packets)) == packets)
    }

    @Test func noPacketsAreNoBytes() {
        #expect(PollingPayload.body(of: [EnginePacket]()).isEmpty)
    }

    @Test func wellFormedUTF8IsKnown() {
        #expect(PollingPayload.isUTF8([]))
        #expect(PollingPayload.isUTF8(Array("aé漢🙂\u{0}\u{10FFFF}".utf8)))
    }
}
