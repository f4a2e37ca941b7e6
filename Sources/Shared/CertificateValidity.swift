/// From when until when a certificate counts, read off its DER, since NIOSSL's own reading ends the program where a time is
/// malformed.
///
/// Source: RFC 5280, section 4.1; X.690, section 8.1.
public struct CertificateValidity: Sendable, Hashable {
    public let from: Timestamp
    public let until: Timestamp

    private enum Tag {
        static let sequence: UInt8 = 0x30
        static let version: UInt8 = 0xA0
        static let utcTime: UInt8 = 0x17
        static let generalizedTime: UInt8 = 0x18
    }

    /// Nil where there are no two times in their place.
    public init?(der: [UInt8]) {
        var outside = Elements(der[...])
        guard let certificate = outside.next(Tag.sequence) else { return nil }
        var parts = Elements(certificate)
        guard let signed = parts.next(Tag.sequence) else { return nil }
        var fields = Elements(signed)
        guard let first = fields.next() else { return nil }
        // Serial number, algorithm and issuer; before them, except in the oldest form, the version.
        for _ in 0..<(first.tag == Tag.version ? 3 : 2) {
            guard fields.next() != nil else { return nil }
        }
        guard let validity = fields.next(Tag.sequence) else { return nil }
        var times = Elements(validity)
        guard let from = times.next().flatMap(Self.time), let until = times.next().flatMap(Self.time) else {
            return nil
        }
        self.from = from
        self.until = until
    }

    private static func time(_ element: Elements.Element) -> Timestamp? {
        var text = String(decoding: element.content, as: UTF8.self)
        guard text.allSatisfy(\.isASCII) else { return nil }
        switch element.tag {
        case Tag.utcTime: text = (text < "5" ? "20" : "19") + text
        case Tag.generalizedTime: break
        default: return nil
        }
        return Timestamp(iso8601: "\(text.prefix(8))T\(text.dropFirst(8))")
    }
}

/// The elements of DER, one after the other.
private struct Elements {
    typealias Element = (tag: UInt8, content: ArraySlice<UInt8>)

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// Nil at the end, and where what follows is no whole element.
    mutating func next() -> Element? {
        guard let tag = rest.popFirst(), let first = rest.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            let count = Int(first & 0x7F)
            guard (1...4).contains(count), rest.count >= count else { return nil }
            length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(count)
        }
        guard length <= rest.count else { return nil }
        defer { rest = rest.dropFirst(length) }
        return (tag, rest.prefix(length))
    }

    /// The content of the next element, if it is one of that kind.
    mutating func next(_ tag: UInt8) -> ArraySlice<UInt8>? { next().flatMap { $0.tag == tag ? $0.content : nil } }
}
