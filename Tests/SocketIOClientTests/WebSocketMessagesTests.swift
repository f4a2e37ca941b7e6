import NIOCore
import NIOWebSocket
import SocketIO
import Testing

@testable import SocketIOClient

struct WebSocketMessagesTests {
    private func frame(
        _ opcode: WebSocketOpcode, _ text: String, fin: Bool = true, rsv1: Bool = false,
        mask: WebSocketMaskingKey? = nil
    ) -> WebSocketFrame {
        WebSocketFrame(fin: fin, rsv1: rsv1, opcode: opcode, maskKey: mask, data: ByteBuffer(string: text))
    }

    @Test func messagesArePackets() throws {
        var messages = WebSocketMessages(maximum: 100)
        #expect(try messages.take(frame(.text, "4hello")) == .packet(.message(.text(Array("hello".utf8)))))
        #expect(try messages.take(frame(.binary, "ab")) == .packet(.message(.binary(Array("ab".utf8)))))
        #expect(try messages.take(frame(.connectionClose, "")) == .close)
    }

    @Test func fragmentsAreReassembledWithAPingInBetween() throws {
        var messages = WebSocketMessages(maximum: 100)
        #expect(try messages.take(frame(.text, "4he", fin: false)) == .nothing)
        #expect(try messages.take(frame(.ping, "p")) == .ping(ByteBuffer(string: "p")))
        #expect(try messages.take(frame(.pong, "p")) == .nothing)
        #expect(try messages.take(frame(.continuation, "ll", fin: false)) == .nothing)
        #expect(try messages.take(frame(.continuation, "o")) == .packet(.message(.text(Array("hello".utf8)))))
    }

    @Test func fragmentsTogetherHaveALimit() throws {
        var messages = WebSocketMessages(maximum: 5)
        #expect(try messages.take(frame(.binary, "abc", fin: false)) == .nothing)
        #expect(throws: WebSocketMessages.Fault(code: .messageTooLarge, reason: .tooLarge)) {
            try messages.take(frame(.continuation, "def"))
        }
    }

    @Test func whatIsNoProtocolIsRefused() {
        let broken: [WebSocketFrame] = [
            frame(.text, "4a", rsv1: true), frame(.text, "4a", mask: [1, 2, 3, 4]), frame(.continuation, "a"),
            frame(.text, ""), frame(.text, "9"), frame(WebSocketOpcode(encodedWebSocketOpcode: 3) ?? .text, "9"),
        ]
        for frame in broken {
            var messages = WebSocketMessages(maximum: 100)
            let fault = #expect(throws: WebSocketMessages.Fault.self) { try messages.take(frame) }
            #expect(fault?.code == .protocolError)
        }
        var messages = WebSocketMessages(maximum: 100)
        let bytes = WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: [0x34, 0xff]))
        let fault = #expect(throws: WebSocketMessages.Fault.self) { try messages.take(bytes) }
        #expect(fault?.code == .dataInconsistentWithMessage)
    }
}
