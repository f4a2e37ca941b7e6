import NIOCore
import NIOPosix
import NIOWebSocket
import SocketIO
import Synchronization

/// A WebSocket as a session sends through it, from whatever thread.
final class WebSocketLink: Sendable {
    private let channel: any Channel

    init(_ channel: any Channel) {
        self.channel = channel
    }

    var isWritable: Bool { channel.isWritable }

    func send(_ packets: [EnginePacket]) {
        for packet in packets {
            let frame = WebSocketFrame(
                fin: true, opcode: packet.isBinary ? .binary : .text, data: FrameBuffers.buffer(of: packet.frame))
            channel.write(frame, promise: nil)
        }
        channel.flush()
    }

    /// Whether more is taken of what the client sends.
    func setReading(_ isReading: Bool) {
        channel.pipeline.fireUserInboundEventTriggered(isReading ? FrameTurns.Event.goOn : FrameTurns.Event.pause)
    }

    /// How long a client may take to read what is sent to it before its connection is closed.
    private static let farewell = TimeAmount.seconds(2)

    /// Sends a close frame after everything else, and closes once it is written.
    func close(_ code: WebSocketErrorCode = .normalClosure) {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        let channel = channel
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
            .whenComplete { _ in channel.close(promise: nil) }
        channel.eventLoop.scheduleTask(in: Self.farewell) { channel.close(promise: nil) }
    }
}

/// The bytes of the frame that was sent last on a thread: what goes to many is copied once for all of them.
private final class FrameBuffers: Sendable {
    private static let current = ThreadSpecificVariable<FrameBuffers>()
    /// Only its own thread asks for it. The slice is kept, so that its address stays its own.
    private let last = Mutex<(frame: ArraySlice<UInt8>, buffer: ByteBuffer)?>(nil)

    /// Shorter frames are copied as fast as they are compared.
    private static let shortFrame = 1024
    /// Longer ones are not kept in memory.
    private static let longFrame = 1 << 20

    static func buffer(of frame: ArraySlice<UInt8>) -> ByteBuffer {
        guard (shortFrame...longFrame).contains(frame.count) else { return ByteBuffer(bytes: frame) }
        let buffers = current.currentValue ?? FrameBuffers()
        current.currentValue = buffers
        return buffers.last.withLock { last in
            if let last, last.frame.isSameMemory(as: frame) { return last.buffer }
            let buffer = ByteBuffer(bytes: frame)
            last = (frame, buffer)
            return buffer
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func isSameMemory(as other: ArraySlice) -> Bool {
        count == other.count
            && withUnsafeBufferPointer { own in other.withUnsafeBufferPointer { own.baseAddress == $0.baseAddress } }
    }
}
