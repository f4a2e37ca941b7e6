// Packets as WebSocket frames: one frame a packet, a binary message without a type.
extension EnginePacket {
    /// What a text frame carries; of a binary message what a binary frame does. Not copied where it need not be.
    public var frame: ArraySlice<UInt8> {
        guard case .message(let message) = self else { return (text ?? [])[...] }
        return message.frame
    }

    public var isBinary: Bool {
        if case .message(let message) = self { message.kind == .binary } else { false }
    }
}

extension EngineMessage {
    fileprivate var frame: ArraySlice<UInt8> {
        if kind == .binary { return content }
        if start > 0, bytes[start - 1] == EnginePacket.messageCode { return bytes[(start - 1)...] }
        return ([EnginePacket.messageCode] + content)[...]
    }
}
