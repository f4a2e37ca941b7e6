import NIOCore
import NIOWebSocket
import SocketIO

/// The frames of a WebSocket (RFC 6455): answers pings and closes, refuses what is not allowed, and hands packets to the
/// session.
final class ServerWebSocketHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let socket: EngineSocket
    private let link: WebSocketLink
    private var messages = MessageAssembler()
    private var isClosing = false
    private var hasPongs = false

    init(_ socket: EngineSocket, _ link: WebSocketLink) {
        self.socket = socket
        self.link = link
    }

    func handlerAdded(context: ChannelHandlerContext) { context.read() }

    /// On a connection that was HTTP before, what is left of that at the end of the pipeline asks for nothing more.
    func channelReadComplete(context: ChannelHandlerContext) {
        if hasPongs { context.flush() }
        hasPongs = false
        context.read()
        context.fireChannelReadComplete()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        let frame = unwrapInboundIn(data)
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            return fail(.protocolError, "masked frames without extensions")
        }
        switch frame.opcode {
        case .text: take(frame, .text)
        case .binary: take(frame, .binary)
        case .continuation: take(frame, .continuation)
        case .ping where !context.channel.isWritable: break  // Who does not read gets no more to read.
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, data: ByteBuffer(bytes: frame.unmasked))
            context.write(wrapOutboundOut(pong), promise: nil)
            hasPongs = true
        case .pong: break
        case .connectionClose:
            link.close(code(of: frame))
            isClosing = true
        default: fail(.protocolError, "a known opcode")
        }
    }

    private func take(_ frame: WebSocketFrame, _ part: MessageAssembler.Part) {
        do throws(MessageAssembler.Refusal) {
            let packet = try messages.take(part, isLast: frame.fin, frame.unmasked, within: socket.maxPayload)
            if let packet { socket.run { [link] in $0.frame(packet, from: link) } }
        } catch {
            switch error {
            case .noProtocol(let expected): fail(.protocolError, expected)
            case .noUTF8: fail(.dataInconsistentWithMessage, "UTF-8")
            case .tooLarge: failTooLarge()
            }
        }
    }

    private func failTooLarge() {
        let fragments = MessageAssembler.maximumFragments
        fail(.messageTooLarge, "\(socket.maxPayload) bytes in \(fragments) fragments at most")
    }

    /// What the client may be told back: its own code, if it may stand in a frame (RFC 6455, section 7.4).
    private func code(of frame: WebSocketFrame) -> WebSocketErrorCode {
        var data = ByteBuffer(bytes: frame.unmasked)
        guard let code = data.readWebSocketErrorCode() else { return .normalClosure }
        let number = UInt16(webSocketErrorCode: code)
        return (1000...1003).contains(number) || (1007...1011).contains(number) || (3000...4999).contains(number)
            ? code : .protocolError
    }

    private func fail(_ code: WebSocketErrorCode, _ expected: String) {
        guard !isClosing else { return }
        isClosing = true
        link.close(code)
        socket.run { [link] in $0.broken(EngineProtocolError(expected: expected), from: link) }
    }

    /// What the decoder finds wrong: lengths beyond the limit, control frames that are none.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength: failTooLarge()
        case is NIOWebSocketError: fail(.protocolError, "WebSocket frames")
        default: context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        socket.run { [link] in $0.closed(link) }
        context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        socket.run { [link] in $0.writabilityChanged(to: isWritable, of: link) }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            isClosing = true
            link.close(.goingAway)
        case ChannelEvent.inputClosed: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }
}

extension WebSocketFrame {
    /// The payload's bytes, the mask taken off.
    fileprivate var unmasked: [UInt8] {
        let payload = data.readableBytesView
        return [UInt8](unsafeUninitializedCapacity: payload.count) { target, count in
            payload.withUnsafeBytes { source in
                let bytes = UnsafeMutableRawBufferPointer(target)
                bytes.copyMemory(from: source)
                if let maskKey { bytes.xor(with: maskKey) }
            }
            count = payload.count
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Takes the mask off (RFC 6455, section 5.3), eight bytes at a time.
    fileprivate func xor(with key: WebSocketMaskingKey) {
        let bytes = [key[0], key[1], key[2], key[3]]
        guard bytes != [0, 0, 0, 0] else { return }
        let word = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let mask = (word << 32 | word).littleEndian
        var offset = 0
        while offset + 8 <= count {
            let masked = loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            storeBytes(of: masked ^ mask, toByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        while offset < count {
            self[offset] ^= bytes[offset % 4]
            offset += 1
        }
    }
}
