/// Puts a packet and the binary messages that follow it together.
struct SocketAssembler: Sendable {
    private var waiting: (packet: SocketPacket, attachments: [[UInt8]])?
    /// Of the binary messages that have come for it.
    private var waitingBytes = 0
    private let maximum: Int

    /// - Parameter maximum: what the binary messages of a packet may have together, in bytes.
    init(maximum: Int = .max) {
        self.maximum = maximum
    }

    /// The packet whose attachments have not all come.
    var announced: SocketPacket? { waiting?.packet }

    /// - Returns: a packet once it is whole.
    /// - Throws: when the message is not what must come next.
    mutating func take(_ message: EngineMessage) throws(EngineProtocolError) -> (
        packet: SocketPacket, attachments: [[UInt8]]
    )? {
        guard var waiting else {
            let packet = try SocketPacket(message)
            guard packet.attachments > 0 else { return (packet, []) }
            waiting = (packet, [])
            return nil
        }
        guard message.kind == .binary else { throw EngineProtocolError(expected: "the attachments of the last packet") }
        waitingBytes += message.content.count
        guard waitingBytes <= maximum else { throw EngineProtocolError(expected: "attachments of \(maximum) bytes") }
        waiting.attachments.append(Array(message.content))
        let isWhole = waiting.attachments.count == waiting.packet.attachments
        self.waiting = isWhole ? nil : waiting
        if isWhole { waitingBytes = 0 }
        return isWhole ? waiting : nil
    }
}
