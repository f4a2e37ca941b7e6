import NIOCore
import NIOWebSocket
import SocketIO

/// Puts the frames of a server together, as a value, and checks them as RFC 6455 wants.
struct WebSocketMessages {
    enum Outcome: Equatable {
        /// More must come.
        case nothing
        case packet(EnginePacket)
        /// To be answered with a pong of these bytes.
        case ping(ByteBuffer)
        /// The server closes the WebSocket.
        case close
    }

    /// What ends the connection.
    struct Fault: Error, Equatable {
        let code: WebSocketErrorCode
        let reason: ClientCloseReason

        static func invalid(_ expected: String) -> Fault {
            Fault(code: .protocolError, reason: .protocolError(expected))
        }
    }

    private struct Message {
        let isText: Bool
        var bytes: [UInt8]
    }

    private let maximum: Int
    private var begun: Message?

    /// - Parameter maximum: of the bytes of a message, whatever its frames.
    init(maximum: Int) {
        self.maximum = maximum
    }

    mutating func take(_ frame: WebSocketFrame) throws(Fault) -> Outcome {
        guard frame.reservedBits.isEmpty else { throw .invalid("no reserved bits") }
        guard frame.maskKey == nil else { throw .invalid("frames of a server, which are not masked") }
        switch frame.opcode {
        case .ping: return .ping(frame.data)
        case .pong: return .nothing
        case .connectionClose: return .close
        case .text, .binary:
            guard begun == nil else { throw .invalid("the rest of the last message") }
            return try take(Message(isText: frame.opcode == .text, bytes: []), frame)
        case .continuation:
            guard let begun else { throw .invalid("a message's first frame") }
            self.begun = nil
            return try take(begun, frame)
        default: throw .invalid("no reserved opcodes")
        }
    }

    private mutating func take(_ message: consuming Message, _ frame: WebSocketFrame) throws(Fault) -> Outcome {
        guard message.bytes.count + frame.data.readableBytes <= maximum else {
            throw Fault(code: .messageTooLarge, reason: .tooLarge)
        }
        message.bytes += frame.data.readableBytesView
        guard frame.fin else {
            begun = message
            return .nothing
        }
        guard message.isText else { return .packet(.message(.binary(message.bytes))) }
        guard PollingPayload.isUTF8(message.bytes) else {
            throw Fault(code: .dataInconsistentWithMessage, reason: .protocolError("UTF-8"))
        }
        do throws(EngineProtocolError) {
            return .packet(try EnginePacket(text: message.bytes))
        } catch {
            throw .invalid(error.expected)
        }
    }
}
