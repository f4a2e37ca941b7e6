import SocketIO

extension EngineMessage {
    /// A text message.
    init(_ text: String) { self = .text(Array(text.utf8)) }
}

extension EnginePacket {
    static func text(_ text: String) -> EnginePacket { .message(EngineMessage(text)) }
}

/// The text of bytes, for comparisons that are read when they fail.
func string(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
