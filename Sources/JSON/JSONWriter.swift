/// Writes JSON with the bytes of JavaScript's `JSON.stringify`: `.pretty` as with the arguments `(value, null, 2)`,
/// `.compact` as with `(value)`.
///
/// The caller states the structure (`beginObject`, `key`, a value, `endObject`); commas, line breaks and indentation
/// follow from it. Order is the caller's.
public struct JSONWriter {
    public enum Layout: Sendable { case compact, pretty }

    /// What was written and not passed on.
    public private(set) var bytes: [UInt8] = []
    private let layout: Layout
    /// Whole objects and arrays are passed on as soon as they are so many bytes.
    private let portion: Int
    private let pass: ([UInt8]) -> Void
    private var depth = 0
    /// True right after an opening bracket, where no comma is due.
    private var isAtStart = true
    /// True right after a key, where the value follows on the same line.
    private var followsKey = false

    public init(_ layout: Layout) {
        self.init(layout, portion: .max) { _ in }
    }

    /// For what is long.
    /// - Parameters:
    ///   - portion: about how many bytes are passed on at a time.
    ///   - pass: takes them; what is written after the last time is in ``bytes``.
    public init(_ layout: Layout, portion: Int, pass: @escaping ([UInt8]) -> Void) {
        self.layout = layout
        self.portion = portion
        self.pass = pass
    }

    public static func bytes(of value: JSONValue, _ layout: Layout) -> [UInt8] {
        var writer = JSONWriter(layout)
        writer.value(value)
        return writer.bytes
    }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// A key that stands in the source, of characters that JSON need not escape.
    public mutating func key(_ key: StaticString) {
        startItem()
        bytes.append(UInt8(ascii: "\""))
        key.withUTF8Buffer { utf8 in
            assert(!utf8.contains(where: \.isEscapedInJSON), "\(key) needs escapes")
            bytes.append(contentsOf: utf8)
        }
        bytes.append(UInt8(ascii: "\""))
        endKey()
    }

    /// A key that is data.
    public mutating func key(text: JSONString) {
        startItem()
        quoted(text)
        endKey()
    }

    public mutating func null() { scalar("null") }
    public mutating func bool(_ value: Bool) { scalar(value ? "true" : "false") }
    public mutating func number(_ value: Double) { scalar(value.ecmaScriptText) }

    public mutating func number(_ value: Int) {
        startItem()
        bytes.appendDecimal(value)
    }

    public mutating func string(_ value: JSONString) {
        startItem()
        quoted(value)
    }

    public mutating func string(_ text: String) { string(JSONString(text)) }

    /// A string that `append` writes, in UTF-8 that JSON need not escape.
    public mutating func string(unescaped append: (inout [UInt8]) -> Void) {
        startItem()
        bytes.append(UInt8(ascii: "\""))
        append(&bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .number(let number): scalar(number.text)
        case .string(let text): string(text)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                key(text: member.key)
                self.value(member.value)
            }
            endObject()
        }
    }

    private mutating func endKey() {
        bytes.append(UInt8(ascii: ":"))
        if layout == .pretty { bytes.append(UInt8(ascii: " ")) }
        followsKey = true
    }

    private mutating func scalar(_ text: String) {
        startItem()
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func open(_ bracket: UInt8) {
        startItem()
        bytes.append(bracket)
        depth += 1
        isAtStart = true
    }

    private mutating func close(_ bracket: UInt8) {
        depth -= 1
        if !isAtStart { breakLine() }
        bytes.append(bracket)
        isAtStart = false
        guard bytes.count >= portion else { return }
        pass(bytes)
        bytes.removeAll(keepingCapacity: true)
    }

    private mutating func startItem() {
        if followsKey {
            followsKey = false
            return
        }
        guard depth > 0 else { return }
        if !isAtStart { bytes.append(UInt8(ascii: ",")) }
        isAtStart = false
        breakLine()
    }

    private mutating func breakLine() {
        guard layout == .pretty else { return }
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<(depth * 2) { bytes.append(UInt8(ascii: " ")) }
    }

    private mutating func quoted(_ string: JSONString) {
        bytes.append(UInt8(ascii: "\""))
        let utf8 = string.content.utf8
        if string.isVerbatim || !utf8.hasEscapes {
            bytes.append(contentsOf: utf8)
        } else {
            for byte in utf8 { bytes.appendEscaped(byte) }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension String.UTF8View {
    /// Looks at all bytes, whatever it finds, so that many can be looked at at a time.
    fileprivate var hasEscapes: Bool {
        let hasEscape = { (bytes: UnsafeBufferPointer<UInt8>) in bytes.reduce(false) { $1.isEscapedInJSON || $0 } }
        return withContiguousStorageIfAvailable(hasEscape) ?? contains { $0.isEscapedInJSON }
    }
}

extension UInt8 {
    fileprivate var isEscapedInJSON: Bool { self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") }
}

extension [UInt8] {
    fileprivate mutating func appendDecimal(_ value: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var (first, rest) = (digits.count, value.magnitude)
        repeat {
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        for index in first..<digits.count { append(digits[index]) }
    }

    /// Appends one byte of a string's UTF-8 as `JSON.stringify` writes it (ECMA-262, QuoteJSONString).
    mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append(contentsOf: #"\""#.utf8)
        case UInt8(ascii: "\\"): append(contentsOf: #"\\"#.utf8)
        case 0x08: append(contentsOf: #"\b"#.utf8)
        case 0x09: append(contentsOf: #"\t"#.utf8)
        case 0x0A: append(contentsOf: #"\n"#.utf8)
        case 0x0C: append(contentsOf: #"\f"#.utf8)
        case 0x0D: append(contentsOf: #"\r"#.utf8)
        case 0..<0x20:
            let digits = Array<UInt8>("0123456789abcdef".utf8)
            append(contentsOf: #"\u00"#.utf8)
            append(digits[Int(byte >> 4)])
            append(digits[Int(byte & 15)])
        default: append(byte)
        }
    }
}
