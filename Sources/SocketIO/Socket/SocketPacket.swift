import JSON

/// A packet of Socket.IO protocol 5 without its attachments.
///
/// Source: "Socket.IO Protocol", revision 5, section "Packet encoding":
/// `<type>[<attachments>-][<namespace>,][<id>][JSON]`.
struct SocketPacket: Sendable, Hashable {
    enum Kind: UInt8, Sendable {
        case connect = 0x30
        case disconnect, event, acknowledgement, connectError, binaryEvent, binaryAcknowledgement

        var isBinary: Bool { self == .binaryEvent || self == .binaryAcknowledgement }
    }

    let kind: Kind
    let namespace: String
    let id: UInt64?
    /// How many binary messages follow.
    let attachments: Int
    /// The JSON text from ``dataStart`` to the end; valid, and of the kind's form.
    private let bytes: [UInt8]
    private let dataStart: Int

    static let defaultNamespace = "/"
    static let maximumAttachments = 10
    static let maximumNamespaceLength = 256

    var data: ArraySlice<UInt8> { bytes[dataStart...] }

    /// Packets are the same when they say the same, however long the text before their data is.
    static func == (left: SocketPacket, right: SocketPacket) -> Bool {
        (left.kind, left.namespace, left.id, left.attachments) == (
            right.kind, right.namespace, right.id, right.attachments
        )
            && left.data == right.data
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(namespace)
        hasher.combine(id)
        hasher.combine(data)
    }

    /// Reads the text of a message.
    /// - Throws: when it is no packet; the connection is to be closed.
    init(_ message: EngineMessage) throws(EngineProtocolError) {
        guard message.kind == .text else {
            throw EngineProtocolError(expected: "a text that announces the binary message")
        }
        bytes = message.bytes
        var cursor = message.start
        guard cursor < bytes.count, let kind = Kind(rawValue: bytes[cursor]) else {
            throw EngineProtocolError(expected: "a packet's type from 0 to 6")
        }
        self.kind = kind
        cursor += 1
        if kind.isBinary {
            guard let count = try Self.number(bytes, &cursor), count <= Self.maximumAttachments,
                cursor < bytes.count, bytes[cursor] == UInt8(ascii: "-")
            else { throw EngineProtocolError(expected: "0 to \(Self.maximumAttachments) attachments") }
            attachments = Int(count)
            cursor += 1
        } else {
            attachments = 0
        }
        namespace = try Self.namespace(bytes, &cursor)
        id = try Self.number(bytes, &cursor)
        dataStart = cursor
        try checkData()
    }

    private static func namespace(_ bytes: [UInt8], _ cursor: inout Int) throws(EngineProtocolError) -> String {
        guard cursor < bytes.count, bytes[cursor] == UInt8(ascii: "/") else { return defaultNamespace }
        let end = bytes[cursor...].firstIndex(of: UInt8(ascii: ",")) ?? bytes.count
        guard end - cursor <= maximumNamespaceLength else {
            throw EngineProtocolError(expected: "a namespace of \(maximumNamespaceLength) bytes at most")
        }
        defer { cursor = min(end + 1, bytes.count) }
        return String(decoding: bytes[cursor..<end], as: UTF8.self)
    }

    private static func number(_ bytes: [UInt8], _ cursor: inout Int) throws(EngineProtocolError) -> UInt64? {
        let start = cursor
        var number: UInt64 = 0
        while cursor < bytes.count, case let digit = bytes[cursor] &- UInt8(ascii: "0"), digit < 10 {
            number = number * 10 + UInt64(digit)
            cursor += 1
            // JavaScript's numbers are exact up to 15 digits.
            guard cursor - start <= 15 else { throw EngineProtocolError(expected: "an id of 15 digits at most") }
        }
        return cursor > start ? number : nil
    }

    /// The JSON is checked here, once, so that nothing that is read off it later can fail.
    private func checkData() throws(EngineProtocolError) {
        var reader = JSONReader(bytes, from: dataStart)
        do throws(JSONError) {
            switch kind {
            case .connect:
                if dataStart == bytes.count { return }
                try reader.object { reader, _ throws(JSONError) in try reader.skipValue() }
            case .disconnect:
                guard dataStart == bytes.count, id == nil else { throw reader.error("nothing", at: dataStart) }
                return
            case .event, .binaryEvent:
                var isName = true
                try reader.array { reader throws(JSONError) in
                    if isName { _ = try reader.text("an event's name") } else { try reader.skipValue() }
                    isName = false
                }
                if isName { throw reader.error("an event's name", at: dataStart) }
            case .acknowledgement, .binaryAcknowledgement:
                guard id != nil else { throw reader.error("an id", at: dataStart) }
                try reader.array { reader throws(JSONError) in try reader.skipValue() }
            case .connectError:
                try reader.skipValue()
            }
            try reader.end()
            guard attachments > 0 else { return }
            var reader = JSONReader(bytes, from: dataStart)
            let value = try reader.value()
            guard hasAttachments(value) else { throw reader.error("placeholders of the attachments", at: dataStart) }
        } catch {
            throw EngineProtocolError(expected: error.expected)
        }
    }

    /// True when every placeholder stands for an attachment that comes. Clients of the field close their connection when
    /// they get another, so that one of them could throw out all that its event is passed on to.
    private func hasAttachments(_ value: JSONValue) -> Bool {
        switch value {
        case .array(let elements): return elements.allSatisfy(hasAttachments)
        case .object(let object):
            guard let mark = object["_placeholder"], mark != .bool(false) else {
                return object.members.allSatisfy { hasAttachments($0.value) }
            }
            guard mark == .bool(true), case .number(let number)? = object["num"], let index = Int(number.text) else {
                return false
            }
            return (0..<attachments).contains(index)
        case .null, .bool, .number, .string: return true
        }
    }

    /// The text of a packet, with the engine's type before it so that it goes out without another copy.
    static func message(
        _ kind: Kind, namespace: String, id: UInt64? = nil, attachments: Int = 0, data: some Collection<UInt8>
    ) -> EngineMessage {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(namespace.utf8.count + data.count + 24)
        bytes.append(EnginePacket.messageCode)
        bytes.append(kind.rawValue)
        if kind.isBinary {
            bytes += "\(attachments)-".utf8
        }
        if namespace != defaultNamespace {
            bytes += namespace.utf8
            bytes.append(UInt8(ascii: ","))
        }
        if let id { bytes += String(id).utf8 }
        bytes += data
        return EngineMessage(.text, bytes, from: 1)
    }

    /// What an event or an acknowledgement holds.
    func content(_ attachments: [[UInt8]]) -> SocketContent {
        SocketContent(bytes: bytes, start: dataStart, attachments: attachments)
    }
}
