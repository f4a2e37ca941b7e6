/// Puts the fragments of WebSocket messages together and reads the packets in them, as a value that both sides use.
///
/// What it costs grows with the bytes that come, however they are divided: each fragment is appended once, and a message
/// has only so many of them, empty ones included.
///
/// Source: RFC 6455, sections 5.4, 7.4.1 and 8.1.
public struct MessageAssembler: Sendable {
    /// What a data frame is.
    public enum Part: Sendable, Hashable {
        case text
        case binary
        case continuation
    }

    /// Why the WebSocket is to be closed.
    public enum Refusal: Error, Sendable, Hashable {
        /// The text is what was expected.
        case noProtocol(String)
        case noUTF8
        case tooLarge
    }

    private struct Message: Sendable {
        let isText: Bool
        var bytes: [UInt8]
        var fragments = 1
    }

    /// Senders that divide what they send do so at some KiB: a message of a megabyte is some hundred of them.
    public static let maximumFragments = 4096

    /// The message that has not ended.
    private var begun: Message?

    public init() {}

    /// - Parameters:
    ///   - isLast: the FIN bit.
    ///   - payload: without its mask.
    ///   - maximum: what the message may have, in bytes.
    /// - Returns: the packet once its last fragment has come.
    public mutating func take(
        _ part: Part, isLast: Bool, _ payload: [UInt8], within maximum: Int
    ) throws(Refusal) -> EnginePacket? {
        guard var message = begun.take() else {
            guard part != .continuation else { throw .noProtocol("a message's first frame") }
            return try finish(Message(isText: part == .text, bytes: payload), isLast, maximum)
        }
        guard part == .continuation else { throw .noProtocol("the rest of the last message") }
        guard message.fragments < Self.maximumFragments, message.bytes.count + payload.count <= maximum else {
            throw .tooLarge
        }
        message.fragments += 1
        message.bytes += payload
        return try finish(message, isLast, maximum)
    }

    private mutating func finish(
        _ message: consuming Message, _ isLast: Bool, _ maximum: Int
    ) throws(Refusal) -> EnginePacket? {
        guard message.bytes.count <= maximum else { throw .tooLarge }
        guard isLast else {
            begun = message
            return nil
        }
        guard message.isText else { return .message(.binary(message.bytes)) }
        guard PollingPayload.isUTF8(message.bytes) else { throw .noUTF8 }
        do throws(EngineProtocolError) {
            return try EnginePacket(text: message.bytes)
        } catch {
            throw .noProtocol(error.expected)
        }
    }
}
