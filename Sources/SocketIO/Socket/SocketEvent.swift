public import JSON

/// An event as it came: its name, its arguments as JSON, and what was binary in them.
public struct SocketEvent: Sendable, Hashable {
    public let name: String
    /// The name and the arguments as they came.
    public let content: SocketContent

    init(_ content: SocketContent) {
        var reader = content.reader
        var name = ""
        content.read { () throws(JSONError) in
            guard reader.skip(UInt8(ascii: "[")) else { return }
            name = try reader.text()
        }
        self.name = name
        self.content = content
    }

    /// The arguments, without the name, read anew each time. A binary one is a placeholder, see
    /// ``SocketContent/attachment(_:)``.
    public var arguments: [JSONValue] { Array(content.values.dropFirst()) }

    /// Reads the members of the first argument without making values of those that nobody asks for.
    ///
    /// - Parameter member: gets each key; it must read the value, or skip it.
    /// - Throws: when there is no first argument, or it is no object.
    public func readObject(
        _ member: (inout JSONReader, JSONString) throws(JSONError) -> Void
    ) throws(JSONError) {
        var reader = content.reader
        _ = reader.skip(UInt8(ascii: "["))
        try reader.skipValue()
        guard reader.skip(UInt8(ascii: ",")) else { throw reader.error("an argument", at: reader.offset) }
        try reader.object("an object", member)
    }

    /// The text of a member of the first argument; nil when there is none. Nothing else becomes a value, however much came.
    public func text(_ name: JSONString) -> String? {
        var text: String?
        do throws(JSONError) {
            try readObject { reader, key throws(JSONError) in
                let isWanted = key == name && reader.isAtText
                if key == name { text = nil }
                if isWanted { text = try reader.text() } else { try reader.skipValue() }
            }
        } catch {
            // Another payload than the caller wants: nothing was promised to its sender.
            return nil
        }
        return text
    }
}

/// The JSON array of an event or an acknowledgement, with its attachments. The text is valid, see ``SocketPacket``.
public struct SocketContent: Sendable, Hashable {
    let bytes: [UInt8]
    let start: Int
    /// The binary parts, in the order of their placeholders' numbers.
    public let attachments: [[UInt8]]

    /// All elements of the array, read anew each time; of an event, the name first. Binary parts are placeholders.
    public var values: [JSONValue] {
        var reader = reader
        var values: [JSONValue] = []
        read { () throws(JSONError) in
            try reader.array { reader throws(JSONError) in values.append(try reader.value()) }
        }
        return values
    }

    /// The binary part that a value stands for; nil for every other value.
    public func attachment(_ value: JSONValue) -> [UInt8]? {
        guard let object = value.object, object["_placeholder"] == .bool(true),
            case .number(let number)? = object["num"],
            let index = number.integer, attachments.indices.contains(index)
        else { return nil }
        return attachments[index]
    }

    public static func == (left: SocketContent, right: SocketContent) -> Bool {
        left.text == right.text && left.attachments == right.attachments
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(text)
        hasher.combine(attachments)
    }

    var text: ArraySlice<UInt8> { bytes[start...] }
    var reader: JSONReader { JSONReader(bytes, from: start) }

    /// Reads what was found valid when it came.
    func read(_ body: () throws(JSONError) -> Void) {
        do throws(JSONError) {
            try body()
        } catch {
            assertionFailure("JSON that was valid is not: \(error)")
        }
    }
}

/// An event or an acknowledgement to send: made once, it can go to any number of sockets of its namespace.
public struct OutgoingEvent: Sendable, Hashable {
    public let namespace: String
    /// The packet, and its binary parts.
    public let messages: [EngineMessage]

    /// An event.
    /// - Parameters:
    ///   - arguments: JSON; where a binary part belongs, ``binary(_:)`` with its number.
    ///   - attachments: the binary parts; ten at most are taken by a server of this library.
    ///   - acknowledgementID: of the answer that is wanted; nil for none.
    public init(
        _ name: String, _ arguments: [JSONValue], attachments: [[UInt8]] = [],
        namespace: String = "/", acknowledgementID: UInt64? = nil
    ) {
        self.init(
            .array([.string(name)] + arguments), attachments, kinds: (.event, .binaryEvent), namespace,
            acknowledgementID)
    }

    /// An event whose arguments are written one by one.
    public init(
        _ name: String, _ arguments: JSONValue..., attachments: [[UInt8]] = [], namespace: String = "/",
        acknowledgementID: UInt64? = nil
    ) {
        self.init(
            name, arguments, attachments: attachments, namespace: namespace, acknowledgementID: acknowledgementID)
    }

    /// The same event, as it came, for others of `namespace`, without the id of the answer that its sender wants. Its text is
    /// not read again, nor copied if it can be helped.
    public init(relaying event: SocketEvent, namespace: String = "/") {
        self.namespace = namespace
        let content = event.content
        let prefix: [UInt8] = [EnginePacket.messageCode, SocketPacket.Kind.event.rawValue]
        if content.attachments.isEmpty, namespace == SocketPacket.defaultNamespace, content.start == 2,
            content.bytes.starts(with: prefix)
        {
            messages = [EngineMessage(.text, content.bytes, from: 1)]
        } else {
            messages = Self.messages(content.text, content.attachments, (.event, .binaryEvent), namespace, nil)
        }
    }

    /// The answer to an event that came with that id.
    public init(acknowledging id: UInt64, _ arguments: [JSONValue], attachments: [[UInt8]], namespace: String) {
        self.init(.array(arguments), attachments, kinds: (.acknowledgement, .binaryAcknowledgement), namespace, id)
    }

    private init(
        _ data: JSONValue, _ attachments: [[UInt8]], kinds: (SocketPacket.Kind, SocketPacket.Kind), _ namespace: String,
        _ id: UInt64?
    ) {
        self.namespace = namespace
        messages = Self.messages(JSONWriter.bytes(of: data, .compact), attachments, kinds, namespace, id)
    }

    private static func messages(
        _ data: some Collection<UInt8>, _ attachments: [[UInt8]], _ kinds: (SocketPacket.Kind, SocketPacket.Kind),
        _ namespace: String, _ id: UInt64?
    ) -> [EngineMessage] {
        let kind = attachments.isEmpty ? kinds.0 : kinds.1
        return [
            SocketPacket.message(kind, namespace: namespace, id: id, attachments: attachments.count, data: data)
        ] + attachments.map { .binary($0) }
    }

    /// What stands in the JSON for the binary part of that number.
    public static func binary(_ number: Int) -> JSONValue {
        .object(["_placeholder": .bool(true), "num": .number(number)])
    }
}
