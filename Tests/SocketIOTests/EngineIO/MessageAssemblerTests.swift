import SocketIO
import Testing

@Suite struct MessageAssemblerTests {
    private var messages = MessageAssembler()

    private mutating func take(
        _ part: MessageAssembler.Part, _ text: String, isLast: Bool = true, within maximum: Int = 100
    ) throws(MessageAssembler.Refusal) -> EnginePacket? {
        try messages.take(part, isLast: isLast, Array(text.utf8), within: maximum)
    }

    @Test mutating func aFrameMayBeAMessageAndSoMayFragments() throws {
        let whole = try take(.text, "4hello")
        #expect(whole == .text("hello"))
        let parts = [
            try take(.text, "", isLast: false), try take(.continuation, "4h", isLast: false),
            try take(.continuation, "", isLast: false), try take(.continuation, "ello"),
        ]
        #expect(parts == [nil, nil, nil, .text("hello")])
        _ = try take(.binary, "a", isLast: false)
        let binary = try take(.continuation, "b")
        #expect(binary == .message(.binary([0x61, 0x62])))
    }

    /// A character may be divided: only the whole text must be UTF-8.
    @Test mutating func textIsCheckedWhenItIsWhole() throws {
        let bytes = Array("4é".utf8)
        _ = try messages.take(.text, isLast: false, Array(bytes[..<2]), within: 9)
        let packet = try messages.take(.continuation, isLast: true, Array(bytes[2...]), within: 9)
        #expect(packet == .text("é"))
        #expect(throws: MessageAssembler.Refusal.noUTF8) {
            try messages.take(.text, isLast: true, [0x34, 0xC3], within: 9)
        }
    }

    @Test mutating func fragmentsTogetherHaveALimitOfBytes() throws {
        #expect(throws: MessageAssembler.Refusal.tooLarge) { try take(.text, "4abcde", within: 5) }
        _ = try take(.text, "4ab", isLast: false, within: 5)
        _ = try take(.continuation, "cd", isLast: false, within: 5)
        #expect(throws: MessageAssembler.Refusal.tooLarge) { try take(.continuation, "e", isLast: false, within: 5) }
    }

    /// Empty ones cost nothing of the limit of bytes.
    @Test(arguments: [0, 1])
    mutating func fragmentsHaveALimitOfTheirNumber(length: Int) throws {
        let first = [UInt8](repeating: 0x34, count: 900_000)
        let part = [UInt8](repeating: 0x61, count: length)
        _ = try messages.take(.text, isLast: false, first, within: 999_999)
        for _ in 1..<MessageAssembler.maximumFragments {
            let packet = try messages.take(.continuation, isLast: false, part, within: 999_999)
            #expect(packet == nil)
        }
        #expect(throws: MessageAssembler.Refusal.tooLarge) {
            try messages.take(.continuation, isLast: true, part, within: 999_999)
        }
    }

    @Test mutating func asManyFragmentsAsMayBeAreAMessage() throws {
        let part = [UInt8](repeating: 0x34, count: 244)
        _ = try messages.take(.text, isLast: false, part, within: 1_000_000)
        for _ in 2..<MessageAssembler.maximumFragments {
            _ = try messages.take(.continuation, isLast: false, part, within: 1_000_000)
        }
        let packet = try messages.take(.continuation, isLast: true, part, within: 1_000_000)
        #expect(packet?.length == 244 * MessageAssembler.maximumFragments)
    }

    @Test mutating func whatIsOutOfPlaceIsRefused() throws {
        #expect(throws: MessageAssembler.Refusal.noProtocol("a message's first frame")) { try take(.continuation, "4") }
        #expect(throws: MessageAssembler.Refusal.noProtocol("a packet's type")) { try take(.text, "") }
        _ = try take(.text, "4", isLast: false)
        #expect(throws: MessageAssembler.Refusal.noProtocol("the rest of the last message")) { try take(.binary, "4") }
    }
}
