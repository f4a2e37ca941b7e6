/// A packet of Engine.IO protocol 4.
///
/// Source: "Engine.IO Protocol", revision 4, section "Packet encoding".
public enum EnginePacket: Sendable, Hashable {
    /// The server's answer to a handshake; the JSON of a ``EngineHandshake``.
    case open([UInt8])
    /// The end of the session, from either side.
    case close
    /// From the server, with an empty text; the client answers with ``pong(_:)``. From a client with the text `probe`,
    /// while a WebSocket is tried out.
    case ping([UInt8])
    /// The answer to a ping, with its text.
    case pong([UInt8])
    case message(EngineMessage)
    /// The client goes on through the WebSocket that it has tried out.
    case upgrade
    /// Nothing: it answers a poll that must not wait any longer.
    case noop
}

/// What one side says to the other, on any transport: UTF-8 text or bytes.
public struct EngineMessage: Sendable, Hashable {
    /// Which of the two it is; over polling binary is base64, over a WebSocket a frame of its own kind.
    public enum Kind: Sendable, Hashable { case text, binary }

    public let kind: Kind
    /// The bytes as they came, or as they will go: nobody copies them on the way.
    let bytes: [UInt8]
    /// Where the content begins: 1 after the packet's type, else 0.
    let start: Int

    init(_ kind: Kind, _ bytes: [UInt8], from start: Int) {
        self.kind = kind
        self.bytes = bytes
        self.start = start
    }

    /// - Parameter content: UTF-8; whoever gets what is not may close the session.
    public static func text(_ content: [UInt8]) -> EngineMessage { EngineMessage(.text, content, from: 0) }
    public static func binary(_ content: [UInt8]) -> EngineMessage { EngineMessage(.binary, content, from: 0) }

    /// What is said, without the packet's type.
    public var content: ArraySlice<UInt8> { bytes[start...] }

    /// The text with the packet's type before it.
    fileprivate var typed: [UInt8] { start == 1 ? bytes : [EnginePacket.messageCode] + bytes }

    public static func == (left: EngineMessage, right: EngineMessage) -> Bool {
        left.kind == right.kind && left.content == right.content
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(content)
    }
}

/// Bytes that are no packet, or no packet that may stand where they do. It ends the session that they belong to,
/// unless it says otherwise.
public struct EngineProtocolError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was expected, for a log.
    public let expected: String
    /// False for a request that came too late for its session, and does no more than fail.
    public let endsSession: Bool

    public init(expected: String, endsSession: Bool = true) {
        self.expected = expected
        self.endsSession = endsSession
    }

    public var description: String { "expected \(expected)" }
}

extension EnginePacket {
    private enum Code {
        static let open = UInt8(ascii: "0")
        static let close = UInt8(ascii: "1")
        static let ping = UInt8(ascii: "2")
        static let pong = UInt8(ascii: "3")
        static let message = UInt8(ascii: "4")
        static let upgrade = UInt8(ascii: "5")
        static let noop = UInt8(ascii: "6")
    }

    /// Reads the text of a packet, which must be UTF-8: a text frame, or a packet of a polling payload.
    /// - Throws: when it is empty, its type is none of the seven, or a type without content has some.
    public init(text: [UInt8]) throws(EngineProtocolError) {
        guard let code = text.first else { throw EngineProtocolError(expected: "a packet's type") }
        let rest = text.dropFirst()
        switch code {
        case Code.open: self = .open(Array(rest))
        case Code.ping: self = .ping(Array(rest))
        case Code.pong: self = .pong(Array(rest))
        case Code.message: self = .message(EngineMessage(.text, text, from: 1))
        case Code.close where rest.isEmpty: self = .close
        case Code.upgrade where rest.isEmpty: self = .upgrade
        case Code.noop where rest.isEmpty: self = .noop
        default: throw EngineProtocolError(expected: "a packet's type from 0 to 6")
        }
    }

    /// The text of the packet; nil for a binary message, whose bytes are a frame of their own.
    public var text: [UInt8]? {
        switch self {
        case .open(let json): [Code.open] + json
        case .close: [Code.close]
        case .ping(let text): [Code.ping] + text
        case .pong(let text): [Code.pong] + text
        case .message(let message): message.kind == .text ? message.typed : nil
        case .upgrade: [Code.upgrade]
        case .noop: [Code.noop]
        }
    }

    /// Bytes of the text, or of the binary frame.
    public var length: Int {
        switch self {
        case .open(let text), .ping(let text), .pong(let text): text.count + 1
        case .message(let message): message.content.count + (message.kind == .text ? 1 : 0)
        case .close, .upgrade, .noop: 1
        }
    }

    static let probe = Array("probe".utf8)
    static let messageCode = Code.message
}
