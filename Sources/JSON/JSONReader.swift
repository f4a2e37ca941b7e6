import Glibc

/// Why a text is not the JSON that was wanted, and where.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Bytes from the start of the text.
    public let offset: Int
    public let place: TextPlace
    /// What should have stood there, for a sentence: `expected "}" or ","`.
    public let expected: String

    public var description: String { "line \(place.line), column \(place.column): expected \(expected)" }

    /// The same error in a text of which the reader saw a part only.
    ///
    /// - Parameters:
    ///   - start: where that part begins in the whole text.
    ///   - place: the error's place in the whole text.
    public func moved(by start: Int, to place: TextPlace) -> JSONError {
        JSONError(offset: start + offset, place: place, expected: expected)
    }
}

/// A place in a text, counted from 1; columns in Unicode scalars.
public struct TextPlace: Sendable, Hashable {
    public private(set) var line = 1
    public private(set) var column = 1

    public init() {}

    /// Moves on over UTF-8.
    public mutating func advance(over bytes: some Sequence<UInt8>) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
    }
}

/// A strict pull parser for JSON (RFC 8259) over bytes in memory.
///
/// The caller asks for what should come next; anything else is thrown as a ``JSONError``. Any white space is accepted;
/// a byte order mark (but see ``start(of:)``), comments, trailing commas, invalid UTF-8 and nesting deeper than
/// ``maximumDepth`` are not.
public struct JSONReader {
    /// The deepest nesting of arrays and objects that is read: deep enough for any record, shallow enough for any stack.
    public static let maximumDepth = 200

    private let bytes: [UInt8]
    /// What was read so far, in bytes.
    public private(set) var offset: Int
    private var depth = 0

    /// - Parameter offset: where to start.
    public init(_ bytes: [UInt8], from offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    /// Where a text begins for those who pass over a byte order mark, as a reader may (RFC 8259, section 8.1). Columns are
    /// counted from there.
    public static func start(of bytes: [UInt8]) -> Int {
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        return bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    }

    /// Reads a whole text that holds one value.
    public static func value(of bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var reader = JSONReader(bytes)
        let value = try reader.value()
        try reader.end()
        return value
    }

    /// Where the next value starts; keep it to complain about that value later with ``error(_:at:)``.
    public mutating func position() -> Int {
        skipWhiteSpace()
        return offset
    }

    public func error(_ expected: String, at position: Int) -> JSONError {
        let offset = min(position, bytes.count)
        var place = TextPlace()
        place.advance(over: bytes[min(Self.start(of: bytes), offset)..<offset])
        return JSONError(offset: offset, place: place, expected: expected)
    }

    /// Only white space may follow.
    public mutating func end() throws(JSONError) {
        skipWhiteSpace()
        guard offset == bytes.count else { throw error("the end of the text", at: offset) }
    }

    /// Calls `member` with each key; it must read the value.
    public mutating func object(
        _ expected: String = "an object",
        _ member: (inout JSONReader, JSONString) throws(JSONError) -> Void
    ) throws(JSONError) {
        try enter(UInt8(ascii: "{"), expected)
        if !skip(UInt8(ascii: "}")) {
            repeat {
                skipWhiteSpace()
                let key = try string("a key in quotes")
                guard skip(UInt8(ascii: ":")) else { throw error("\":\"", at: offset) }
                try member(&self, key)
            } while skip(UInt8(ascii: ","))
            guard skip(UInt8(ascii: "}")) else { throw error("\",\" or \"}\"", at: offset) }
        }
        depth -= 1
    }

    /// Calls `element` once for each element; it must read it.
    public mutating func array(
        _ expected: String = "an array",
        _ element: (inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        try enter(UInt8(ascii: "["), expected)
        if !skip(UInt8(ascii: "]")) {
            repeat { try element(&self) } while skip(UInt8(ascii: ","))
            guard skip(UInt8(ascii: "]")) else { throw error("\",\" or \"]\"", at: offset) }
        }
        depth -= 1
    }

    public mutating func value() throws(JSONError) -> JSONValue {
        skipWhiteSpace()
        guard offset < bytes.count else { throw error("a value", at: offset) }
        switch bytes[offset] {
        case UInt8(ascii: "{"):
            var object = JSONObject()
            try self.object { reader, key throws(JSONError) in object[key] = try reader.value() }
            return .object(object)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try array { reader throws(JSONError) in elements.append(try reader.value()) }
            return .array(elements)
        case UInt8(ascii: "\""): return .string(try string("a value"))
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try bool("a value"))
        case UInt8(ascii: "n"):
            guard skip(word: "null") else { throw error("a value", at: offset) }
            return .null
        default: return .number(try number("a value"))
        }
    }

    /// Reads over a value, as strictly as ``value()`` and without making it.
    public mutating func skipValue() throws(JSONError) {
        skipWhiteSpace()
        guard offset < bytes.count else { throw error("a value", at: offset) }
        switch bytes[offset] {
        case UInt8(ascii: "{"): try object { reader, _ throws(JSONError) in try reader.skipValue() }
        case UInt8(ascii: "["): try array { reader throws(JSONError) in try reader.skipValue() }
        case UInt8(ascii: "\""):
            if !skipPlainASCII() { _ = try string("a value") }
        default: _ = try value()
        }
    }

    /// Reads over a string of ASCII characters without escapes, with loops that are fast for long ones.
    /// - Returns: false, with nothing read, when it is none.
    private mutating func skipPlainASCII() -> Bool {
        let start = offset + 1
        let end = bytes.withUnsafeBytes { text -> Int? in
            guard let base = text.baseAddress,
                let quote = memchr(base + start, Int32(UInt8(ascii: "\"")), text.count - start)
            else { return nil }
            let end = UnsafeRawPointer(quote) - base
            return Self.isPlainASCII(UnsafeRawBufferPointer(rebasing: text[start..<end])) ? end : nil
        }
        guard let end else { return false }
        offset = end + 1
        return true
    }

    /// True when no byte is a control character, a backslash or part of something else than ASCII. Eight bytes at a time, of
    /// which each has its own bits: no sum of two reaches the next byte.
    private static func isPlainASCII(_ text: UnsafeRawBufferPointer) -> Bool {
        let tops: UInt64 = 0x8080_8080_8080_8080
        // The top bits of bytes that are special.
        var special: UInt64 = 0
        var index = 0
        while index &+ 8 <= text.count {
            let word = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let low = word & ~tops
            let isPrintable = low &+ 0x6060_6060_6060_6060
            let isNoBackslash = (low ^ 0x5c5c_5c5c_5c5c_5c5c) &+ ~tops
            special |= word | ~isPrintable | ~isNoBackslash
            index &+= 8
        }
        return special & tops == 0
            && text[index...].allSatisfy { $0 >= 0x20 && $0 < 0x80 && $0 != UInt8(ascii: "\\") }
    }

    /// True when a string comes next.
    public var isAtText: Bool {
        var reader = self
        reader.skipWhiteSpace()
        return reader.offset < bytes.count && bytes[reader.offset] == UInt8(ascii: "\"")
    }

    /// Reads `null` if it comes next.
    public mutating func null() -> Bool {
        skipWhiteSpace()
        return skip(word: "null")
    }

    public mutating func bool(_ expected: String = "true or false") throws(JSONError) -> Bool {
        skipWhiteSpace()
        if skip(word: "true") { return true }
        if skip(word: "false") { return false }
        throw error(expected, at: offset)
    }

    public mutating func number(_ expected: String = "a number") throws(JSONError) -> JSONNumber {
        skipWhiteSpace()
        let start = offset
        var cursor = offset
        func peek() -> UInt8 { cursor < bytes.count ? bytes[cursor] : 0 }
        func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
        if peek() == UInt8(ascii: "-") { cursor += 1 }
        guard isDigit(peek()) else { throw error(expected, at: start) }
        if peek() == UInt8(ascii: "0") {
            cursor += 1
        } else {
            while isDigit(peek()) { cursor += 1 }
        }
        if peek() == UInt8(ascii: ".") {
            cursor += 1
            guard isDigit(peek()) else { throw error("a digit after the decimal point", at: cursor) }
            while isDigit(peek()) { cursor += 1 }
        }
        if peek() | 0x20 == UInt8(ascii: "e") {
            cursor += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { cursor += 1 }
            guard isDigit(peek()) else { throw error("a digit of the exponent", at: cursor) }
            while isDigit(peek()) { cursor += 1 }
        }
        offset = cursor
        return JSONNumber(text: String(decoding: bytes[start..<cursor], as: UTF8.self))
    }

    public mutating func string(_ expected: String = "a text in quotes") throws(JSONError) -> JSONString {
        skipWhiteSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else { throw error(expected, at: offset) }
        let start = offset + 1
        var cursor = start
        while cursor < bytes.count, bytes[cursor] != UInt8(ascii: "\""), bytes[cursor] != UInt8(ascii: "\\"),
            bytes[cursor] >= 0x20
        {
            cursor += 1
        }
        guard cursor < bytes.count else { throw error("a closing quote", at: bytes.count) }
        if bytes[cursor] == UInt8(ascii: "\"") {
            guard let text = String(validating: bytes[start..<cursor], as: UTF8.self) else {
                throw error("valid UTF-8 in the text", at: start)
            }
            offset = cursor + 1
            return JSONString(text)
        }
        return try escapedString(from: start)
    }

    /// A text without unpaired surrogates.
    public mutating func text(_ expected: String = "a text in quotes") throws(JSONError) -> String {
        let start = position()
        guard let text = try string(expected).text else {
            throw error("a text without unpaired surrogates", at: start)
        }
        return text
    }

    private mutating func enter(_ bracket: UInt8, _ expected: String) throws(JSONError) {
        guard skip(bracket) else { throw error(expected, at: offset) }
        depth += 1
        guard depth <= Self.maximumDepth else {
            throw error("no nesting deeper than \(Self.maximumDepth) levels", at: offset - 1)
        }
    }

    /// Skips white space, then `byte` if it comes next.
    public mutating func skip(_ byte: UInt8) -> Bool {
        skipWhiteSpace()
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    private mutating func skip(word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard offset + length <= bytes.count else { return false }
        let matches = word.withUTF8Buffer { bytes[offset..<(offset + length)].elementsEqual($0) }
        if matches { offset += length }
        return matches
    }

    private mutating func skipWhiteSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }
}

extension JSONReader {
    /// The slow path: a string with escapes, read twice over: as its characters, and as JSON text for the case that it
    /// holds unpaired surrogates.
    private mutating func escapedString(from start: Int) throws(JSONError) -> JSONString {
        var characters: [UInt8] = []
        var verbatim: [UInt8] = []
        var hasUnpaired = false
        var cursor = start
        while true {
            guard cursor < bytes.count else { throw error("a closing quote", at: bytes.count) }
            let byte = bytes[cursor]
            if byte == UInt8(ascii: "\"") { break }
            guard byte >= 0x20 else { throw error("an escape, not a control character", at: cursor) }
            guard byte == UInt8(ascii: "\\") else {
                characters.append(byte)
                verbatim.append(byte)
                cursor += 1
                continue
            }
            let (unit, length) = try escape(at: cursor)
            var scalar = Unicode.Scalar(UInt32(unit))
            var consumed = length
            if scalar == nil, unit < 0xDC00, cursor + length < bytes.count, bytes[cursor + length] == UInt8(ascii: "\\")
            {
                let (low, lowLength) = try escape(at: cursor + length)
                if (0xDC00...0xDFFF).contains(low) {
                    scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + UInt32(low) - 0xDC00)
                    consumed += lowLength
                }
            }
            if let scalar {
                for byte in String(Character(scalar)).utf8 {
                    characters.append(byte)
                    verbatim.appendEscaped(byte)
                }
            } else {
                hasUnpaired = true
                verbatim.append(contentsOf: bytes[cursor..<(cursor + length)])
            }
            cursor += consumed
        }
        guard let text = String(validating: hasUnpaired ? verbatim : characters, as: UTF8.self) else {
            throw error("valid UTF-8 in the text", at: start)
        }
        offset = cursor + 1
        return hasUnpaired ? JSONString(verbatim: text) : JSONString(text)
    }

    /// The UTF-16 code unit of the escape that starts at `position`, and the escape's length in bytes.
    private func escape(at position: Int) throws(JSONError) -> (unit: UInt16, length: Int) {
        guard position + 1 < bytes.count else { throw error("an escape", at: position) }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""): return (0x22, 2)
        case UInt8(ascii: "\\"): return (0x5C, 2)
        case UInt8(ascii: "/"): return (0x2F, 2)
        case UInt8(ascii: "b"): return (0x08, 2)
        case UInt8(ascii: "f"): return (0x0C, 2)
        case UInt8(ascii: "n"): return (0x0A, 2)
        case UInt8(ascii: "r"): return (0x0D, 2)
        case UInt8(ascii: "t"): return (0x09, 2)
        case UInt8(ascii: "u"):
            var unit: UInt16 = 0
            for index in (position + 2)..<(position + 6) {
                guard index < bytes.count, let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else {
                    throw error("four hexadecimal digits", at: position)
                }
                unit = unit << 4 | UInt16(digit)
            }
            return (unit, 6)
        default: throw error("one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u", at: position)
        }
    }
}
