import NIOCore
import NIOWebSocket

/// Stands before the decoder of a WebSocket's frames: of a connection that sends very many small ones, each turn of the event
/// loop takes some, and nothing more is read meanwhile; nor while the client does not read what it is answered.
final class FrameTurns: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Event: Sendable {
        case pause
        case goOn
    }

    private let decoder: FrameDecoder
    private var isWaiting = false
    private var isPaused = false
    private var wantsRead = false
    /// The client has closed its side; what came before is not all taken.
    private var hasEnded = false
    private var isRemoved = false

    init(_ decoder: FrameDecoder) {
        self.decoder = decoder
    }

    private var mayGoOn: Bool { !isWaiting && !isPaused }

    func handlerRemoved(context: ChannelHandlerContext) { isRemoved = true }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(data)
        if decoder.room == 0 { wait(context) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if mayGoOn { decoder.beginTurn() }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if mayGoOn { context.read() } else { wantsRead = true }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case Event.pause:
            isPaused = true
            decoder.endTurn()
            if hasEnded { end(context) }
        case Event.goOn:
            isPaused = false
            wait(context)
        case ChannelEvent.inputClosed where isWaiting && !isPaused: hasEnded = true
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func wait(_ context: ChannelHandlerContext) {
        guard mayGoOn else { return }
        isWaiting = true
        LoopTurns.of(context.eventLoop).wait { self.goOn(context) }
    }

    private func goOn(_ context: ChannelHandlerContext) {
        isWaiting = false
        guard !isRemoved, !isPaused else { return }
        decoder.beginTurn()
        // Makes the decoder look at what it has left.
        context.fireChannelRead(wrapInboundOut(ByteBuffer()))
        let isOver = decoder.room > 0
        if isOver { decoder.beginTurn() } else { wait(context) }
        context.fireChannelReadComplete()
        guard isOver else { return }
        if hasEnded {
            end(context)
        } else if wantsRead {
            wantsRead = false
            context.read()
        }
    }

    private func end(_ context: ChannelHandlerContext) {
        hasEnded = false
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }
}

/// Frames, as many of them as a turn of the event loop may have, none longer than the session takes at the moment.
final class FrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = WebSocketFrame

    private static let framesOfATurn = 64

    /// How many frames may still begin in this turn.
    private(set) var room = framesOfATurn
    /// The longest frame that may begin, in bytes.
    private let limit: () -> Int
    private let decoder = WebSocketFrameDecoder(maxFrameSize: Int(UInt32.max))
    private var isWithinFrame = false

    init(limit: @escaping () -> Int) {
        self.limit = limit
    }

    func beginTurn() { room = Self.framesOfATurn }
    func endTurn() { room = 0 }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        if !isWithinFrame {
            guard room > 0, let length = Self.lengthOfFrame(in: buffer) else { return .needMoreData }
            guard length <= limit() else { throw NIOWebSocketError.invalidFrameLength }
            isWithinFrame = true
            room -= 1
        }
        let state = try decoder.decode(context: context, buffer: &buffer)
        if state == .continue { isWithinFrame = false }
        return state
    }

    /// The payload's length, as the frame's second to tenth byte say it (RFC 6455, section 5.2); nil until they are there.
    private static func lengthOfFrame(in buffer: ByteBuffer) -> Int? {
        let start = buffer.readerIndex
        guard let byte = buffer.getInteger(at: start + 1, as: UInt8.self) else { return nil }
        switch byte & 0x7F {
        case 126: return buffer.getInteger(at: start + 2, as: UInt16.self).map { Int($0) }
        case 127: return buffer.getInteger(at: start + 2, as: UInt64.self).map { Int(clamping: $0) }
        default: return Int(byte & 0x7F)
        }
    }

    /// What is left is moved when that costs less than what was taken of it.
    func shouldReclaimBytes(buffer: ByteBuffer) -> Bool { buffer.readerIndex > max(2048, buffer.readableBytes) }
}
