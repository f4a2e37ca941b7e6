import FoundationEssentials

/// The body of a long-polling request or answer: packets, separated by 0x1E. Binary messages are `b` and base64.
///
/// Source: "Engine.IO Protocol", revision 4, section "HTTP long-polling", "Packet framing".
public enum PollingPayload {
    /// Clients of the field refuse an answer with more packets.
    public static let maximumPackets = 16
    /// What this client takes of them: servers that know no such rule put all that waits into one answer.
    static let maximumTaken = 4096

    private static let separator: UInt8 = 0x1E
    private static let binaryMark = UInt8(ascii: "b")

    /// Reads all packets of a body.
    ///
    /// The body is divided first and its parts are decoded then, so that no text can hide a separator.
    /// - Throws: when it is empty, or one of its packets is broken.
    public static func packets(of body: [UInt8]) throws(EngineProtocolError) -> [EnginePacket] {
        var reader = try Reader(body)
        var packets: [EnginePacket] = []
        while let packet = try reader.next() { packets.append(packet) }
        return packets
    }

    /// Reads the packets of a body one after the other: there may be hundreds of thousands.
    public struct Reader: Sendable {
        private let body: [UInt8]
        /// Where the next packet begins; nil behind the last.
        private var start: Int? = 0

        /// - Throws: when the body is empty.
        public init(_ body: [UInt8]) throws(EngineProtocolError) {
            guard !body.isEmpty else { throw EngineProtocolError(expected: "one packet at least") }
            self.body = body
        }

        public var isAtEnd: Bool { start == nil }

        /// - Returns: nil after the last packet.
        /// - Throws: when the packet is broken.
        public mutating func next() throws(EngineProtocolError) -> EnginePacket? {
            guard let start else { return nil }
            let end = body[start...].firstIndex(of: separator)
            self.start = end.map { $0 + 1 }
            return try packet(body[start..<(end ?? body.count)])
        }
    }

    private static func packet(_ part: ArraySlice<UInt8>) throws(EngineProtocolError) -> EnginePacket {
        guard part.first != binaryMark else {
            guard let bytes = Data(base64Encoded: Data(part.dropFirst())) else {
                throw EngineProtocolError(expected: "base64")
            }
            return .message(.binary(Array(bytes)))
        }
        let text = Array(part)
        guard isUTF8(text) else { throw EngineProtocolError(expected: "UTF-8") }
        return try EnginePacket(text: text)
    }

    /// The body that holds the packets. That they are no more than ``maximumPackets`` is up to the caller.
    public static func body(of packets: some Sequence<EnginePacket>) -> [UInt8] {
        var body: [UInt8] = []
        for packet in packets {
            if !body.isEmpty { body.append(separator) }
            if case .message(let message) = packet, message.kind == .binary {
                body.append(binaryMark)
                body += Data(message.content).base64EncodedData()
            } else {
                body += packet.text ?? []
            }
        }
        return body
    }

    /// Bytes that the packet takes in a body, its separator included.
    static func length(of packet: EnginePacket) -> Int {
        if case .message(let message) = packet, message.kind == .binary {
            return 2 + (message.content.count + 2) / 3 * 4
        }
        return 1 + packet.length
    }

    /// True when the bytes are well-formed UTF-8 (RFC 3629).
    public static func isUTF8(_ bytes: [UInt8]) -> Bool {
        do {
            _ = try UTF8Span(validating: bytes.span)
            return true
        } catch {
            return false
        }
    }
}
