import NIOCore
import NIOWebSocket
import SocketIO

/// Brings what comes through a WebSocket to the client, and answers what concerns the WebSocket alone.
final class ClientWebSocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let report: ClientTransport.Report
    private var messages: WebSocketMessages
    /// A close has gone out: nothing may follow it.
    private var isClosing = false
    /// What comes after a failure means nothing.
    private var hasFailed = false

    init(maximumMessage: Int, report: @escaping ClientTransport.Report) {
        messages = WebSocketMessages(maximum: maximumMessage)
        self.report = report
    }

    static func frame(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasFailed else { return }
        do throws(WebSocketMessages.Fault) {
            switch try messages.take(unwrapInboundIn(data)) {
            case .nothing: break
            case .packet(let packet): report(.frame(packet))
            case .ping(let data):
                // Who does not take the answers gets no more of them.
                guard !isClosing, context.channel.isWritable else { return }
                context.writeAndFlush(wrapOutboundOut(Self.frame(.pong, data)), promise: nil)
            case .close: fail(context, .normalClosure, .closedByServer)
            }
        } catch {
            fail(context, error.code, error.reason)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !hasFailed { report(.failed(.connectionLost)) }
        context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        report(.writable(context.channel.isWritable))
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength: fail(context, .messageTooLarge, .tooLarge)
        case is NIOWebSocketError: fail(context, .protocolError, .protocolError("a control frame of one part"))
        default: context.close(promise: nil)
        }
    }

    /// The client has ended the session: says so, and waits until the server has closed too.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is Farewell {
            sendClose(context, .normalClosure, promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    struct Farewell: Sendable {}

    /// Says why this side ends the connection, and ends it.
    private func fail(_ context: ChannelHandlerContext, _ code: WebSocketErrorCode, _ reason: ClientCloseReason) {
        guard !hasFailed else { return }
        hasFailed = true
        let said = context.eventLoop.makePromise(of: Void.self)
        sendClose(context, code, promise: said)
        let channel = context.channel
        said.futureResult.whenComplete { _ in channel.close(promise: nil) }
        report(.failed(reason))
    }

    private func sendClose(
        _ context: ChannelHandlerContext, _ code: WebSocketErrorCode, promise: EventLoopPromise<Void>?
    ) {
        guard !isClosing else {
            promise?.succeed()
            return
        }
        isClosing = true
        var data = context.channel.allocator.buffer(capacity: 2)
        data.write(webSocketErrorCode: code)
        context.writeAndFlush(wrapOutboundOut(Self.frame(.connectionClose, data)), promise: promise)
    }
}
