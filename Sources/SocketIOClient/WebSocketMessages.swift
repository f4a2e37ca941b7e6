import NIOCore
import NIOWebSocket
import SocketIO

/// The frames of a server, checked as RFC 6455 wants, as a value.
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

    private let maximum: Int
    private var assembler = MessageAssembler()

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
        case .text: return try take(frame, .text)
        case .binary: return try take(frame, .binary)
        case .continuation: return try take(frame, .continuation)
        default: throw .invalid("no reserved opcodes")
        }
    }

    private mutating func take(_ frame: WebSocketFrame, _ part: MessageAssembler.Part) throws(Fault) -> Outcome {
        let bytes = Array(frame.data.readableBytesView)
        do throws(MessageAssembler.Refusal) {
            let packet = try assembler.take(part, isLast: frame.fin, bytes, within: maximum)
            return packet.map { .packet($0) } ?? .nothing
        } catch {
            switch error {
            case .noProtocol(let expected): throw .invalid(expected)
            case .noUTF8: throw Fault(code: .dataInconsistentWithMessage, reason: .protocolError("UTF-8"))
            case .tooLarge: throw Fault(code: .messageTooLarge, reason: .tooLarge)
            }
        }
    }
}
