import Glibc
import NIOCore
import Shared

/// A streaming parser for `multipart/form-data` (RFC 7578, RFC 2046 section 5.1): bytes in, events out. Pure.
///
/// Content comes out in slices of the buffers that went in. It holds back no more than a boundary's length, or one
/// part's headers, whatever pieces the body comes in.
struct MultipartParser {
    enum Event: Equatable {
        case partStarted(Part)
        case bytes(ByteBuffer)
        case partEnded
    }

    /// The headers of a part, as far as forms have them.
    struct Part: Equatable {
        let name: String
        /// Nil for a text field.
        let fileName: String?
    }

    static let maximumParts = 20
    static let maximumPartHeaders = 16 * 1024
    /// White space between a boundary and its line break.
    static let maximumPadding = 256

    private enum State: Equatable { case start, preamble, boundaryLine, headers, content, epilogue }

    private static let lineBreak = Needle("\r\n")
    private static let headersEnd = Needle("\r\n\r\n")
    private static let closingHyphens = Array("--".utf8)

    /// Line break, two hyphens and the boundary: what ends a part's content.
    private let delimiter: Needle
    /// What was not yet taken.
    private(set) var buffer = ByteBuffer()
    private var state = State.start
    private var parts = 0

    /// - Parameter contentType: the whole header value.
    /// - Throws: ``APIError`` when it has no usable boundary.
    init(contentType: String) throws(APIError) {
        let parameters = Self.parameters(of: Array(contentType.utf8)[...])
        guard let boundary = parameters["boundary"], (1...70).contains(boundary.utf8.count),
            !boundary.utf8.contains(where: { $0 < 0x20 || $0 > 0x7E })
        else {
            throw APIError(.badRequest, "The Content-Type needs a boundary of 1 to 70 characters.")
        }
        delimiter = Needle("\r\n--\(boundary)")
    }

    /// True after the closing boundary.
    var isFinished: Bool { state == .epilogue }

    mutating func parse(_ bytes: ByteBuffer) throws(APIError) -> [Event] {
        guard state != .epilogue else { return [] }
        if buffer.readableBytes == 0 { buffer = bytes } else { buffer.writeImmutableBuffer(bytes) }
        var events: [Event] = []
        while try step(&events) {}
        letGo()
        return events
    }

    /// A few bytes that were not taken must not keep all that was: the next ones would be written behind both.
    private mutating func letGo() {
        if buffer.readableBytes == 0 {
            buffer = ByteBuffer()
        } else if buffer.readerIndex > 0 {
            buffer = ByteBuffer(bytes: buffer.readableBytesView)
        }
    }

    /// The body has ended.
    func finish() throws(APIError) {
        guard isFinished else { throw APIError(.badRequest, "The multipart body ends before its closing boundary.") }
    }

    /// Takes what it can from the buffer; false when more bytes are needed.
    private mutating func step(_ events: inout [Event]) throws(APIError) -> Bool {
        switch state {
        case .start: return takeStart()
        case .preamble, .content: return takeContent(&events)
        case .boundaryLine: return try takeBoundaryLine()
        case .headers: return try takeHeaders(&events)
        case .epilogue: return false
        }
    }

    /// The first boundary may stand at the very start, without a line break.
    private mutating func takeStart() -> Bool {
        let boundary = delimiter.bytes.dropFirst(Self.lineBreak.bytes.count)
        let start = buffer.readableBytesView.prefix(boundary.count)
        guard boundary.starts(with: start) else {
            state = .preamble
            return true
        }
        guard start.count == boundary.count else { return false }
        buffer.moveReaderIndex(forwardBy: boundary.count)
        state = .boundaryLine
        return true
    }

    private mutating func takeContent(_ events: inout [Event]) -> Bool {
        let found = buffer.search(for: delimiter)
        if let content = buffer.readSlice(length: found.offset), state == .content, found.offset > 0 {
            events.append(.bytes(content))
        }
        guard found.isWhole else { return false }
        buffer.moveReaderIndex(forwardBy: delimiter.bytes.count)
        if state == .content { events.append(.partEnded) }
        state = .boundaryLine
        return true
    }

    /// What follows a boundary: `--` at the end of the form, else padding and a line break.
    private mutating func takeBoundaryLine() throws(APIError) -> Bool {
        if buffer.readableBytesView.starts(with: Self.closingHyphens) {
            state = .epilogue
            buffer = ByteBuffer()
            return false
        }
        let lineBreak = buffer.search(for: Self.lineBreak)
        guard lineBreak.offset <= Self.maximumPadding else { throw Self.broken }
        guard lineBreak.isWhole else { return false }
        guard buffer.readableBytesView.prefix(lineBreak.offset).allSatisfy({ $0 == 0x20 || $0 == 0x09 })
        else { throw Self.broken }
        buffer.moveReaderIndex(forwardBy: lineBreak.offset)
        state = .headers
        return true
    }

    private mutating func takeHeaders(_ events: inout [Event]) throws(APIError) -> Bool {
        // The buffer starts with the line break of the line before, so that no headers at all are found too.
        let end = buffer.search(for: Self.headersEnd)
        guard end.offset <= Self.maximumPartHeaders else { throw Self.broken }
        guard end.isWhole else { return false }
        guard let headers = buffer.readSlice(length: end.offset) else { throw Self.broken }
        parts += 1
        guard parts <= Self.maximumParts else {
            throw APIError(.badRequest, "The form has more than \(Self.maximumParts) fields.")
        }
        events.append(.partStarted(try Self.part(headers: headers)))
        buffer.moveReaderIndex(forwardBy: Self.headersEnd.bytes.count)
        state = .content
        return true
    }

    private static let broken = APIError(.badRequest, "The body is not valid multipart/form-data.")

    private static func part(headers: ByteBuffer) throws(APIError) -> Part {
        for line in lines(of: headers) {
            let name = line.prefix { $0 != UInt8(ascii: ":") }
            guard String(decoding: name, as: UTF8.self).lowercased() == "content-disposition" else { continue }
            let parameters = parameters(of: line[name.endIndex...])
            guard let name = text("name", of: parameters) else { break }
            let isFile = parameters["filename"] != nil || parameters["filename*"] != nil
            return Part(name: name, fileName: isFile ? text("filename", of: parameters) ?? "" : nil)
        }
        throw APIError(.badRequest, "Each part of the form needs Content-Disposition: form-data with a name.")
    }

    /// The headers one by one, in UTF-8: those that go on in lines that begin with white space are joined (RFC 5322,
    /// section 2.2.3), and what is no UTF-8 counts as Latin-1, which older programs send.
    private static func lines(of headers: ByteBuffer) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = headers
        while let line = rest.readBytes(length: rest.search(for: lineBreak).offset) {
            guard rest.readableBytes > 0 || !line.isEmpty else { break }
            rest.moveReaderIndex(forwardBy: min(lineBreak.bytes.count, rest.readableBytes))
            if let first = line.first, first == UInt8(ascii: " ") || first == UInt8(ascii: "\t"), !lines.isEmpty {
                lines[lines.count - 1] += line
            } else {
                lines.append(line)
            }
        }
        return lines.map { line in
            guard String(validating: line, as: UTF8.self) == nil else { return line }
            return Array(String(String.UnicodeScalarView(line.map { Unicode.Scalar($0) })).utf8)
        }
    }

    /// The parameter `name*` in UTF-8 (RFC 8187, section 3.2), which forms should not have but some programs send alone
    /// (RFC 7578, section 4.2); else `name`.
    private static func text(_ name: String, of parameters: [String: String]) -> String? {
        let parts = parameters[name + "*"]?.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false) ?? []
        guard parts.count == 3, parts[0].lowercased() == "utf-8", let text = String(parts[2]).percentDecoded
        else {
            return parameters[name]
        }
        return text
    }

    /// The parameters after the first `;`, names in lower case, quotes taken off. What UTF-8 `header` is, they are.
    private static func parameters(of header: ArraySlice<UInt8>) -> [String: String] {
        let (semicolon, equals, quote) = (UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "\""))
        let backslash = UInt8(ascii: "\\")
        var parameters: [String: String] = [:]
        var rest = header.drop { $0 != semicolon }.dropFirst()
        while !rest.isEmpty {
            let name = rest.prefix { $0 != equals && $0 != semicolon }
            rest = rest[name.endIndex...]
            var value: [UInt8] = []
            if rest.first == equals {
                rest = rest.dropFirst()
                if rest.first == quote {
                    rest = rest.dropFirst()
                    while let byte = rest.popFirst(), byte != quote {
                        if byte == backslash, let next = rest.first, next == quote || next == backslash {
                            value.append(next)
                            rest = rest.dropFirst()
                        } else {
                            value.append(byte)
                        }
                    }
                } else {
                    value = Array(rest.prefix { $0 != semicolon }.trimmingSpaces)
                }
                rest = rest.drop { $0 != semicolon }
            }
            rest = rest.dropFirst()
            let key = String(decoding: name.trimmingSpaces, as: UTF8.self).lowercased()
            if !key.isEmpty, parameters[key] == nil { parameters[key] = String(decoding: value, as: UTF8.self) }
        }
        return parameters
    }
}

extension ArraySlice<UInt8> {
    fileprivate var trimmingSpaces: ArraySlice {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let start = drop(while: isSpace)
        return start.prefix(start.count - start.reversed().prefix(while: isSpace).count)
    }
}

/// Bytes that are looked for.
private struct Needle {
    let bytes: [UInt8]
    /// How far a window that does not match moves on, by its last byte (R. N. Horspool, "Practical fast searching in
    /// strings", 1980).
    let shifts: [UInt8]
    let last: UInt8

    /// - Parameter text: 1 to 255 bytes.
    init(_ text: String) {
        bytes = Array(text.utf8)
        var shifts = [UInt8](repeating: UInt8(bytes.count), count: 256)
        for (offset, byte) in bytes.dropLast().enumerated() { shifts[Int(byte)] = UInt8(bytes.count - 1 - offset) }
        self.shifts = shifts
        last = bytes[bytes.count - 1]
    }
}

extension ByteBuffer {
    /// Looks for `needle` in the readable bytes.
    /// - Returns: where it starts, counted from the reader index; when it is not there, where a beginning of it stands at
    ///   the end of the bytes, which may go on in the next ones; else their count.
    fileprivate func search(for needle: Needle) -> (offset: Int, isWhole: Bool) {
        withUnsafeReadableBytes { text in
            guard let start = text.baseAddress else { return (0, false) }
            let count = needle.bytes.count
            func matches(at offset: Int) -> Bool {
                memcmp(start + offset, needle.bytes, min(count, text.count - offset)) == 0
            }
            var end = count
            while end <= text.count {
                let last = text[end - 1]
                if last == needle.last, matches(at: end - count) { return (end - count, true) }
                end += Int(needle.shifts[Int(last)])
            }
            return ((max(0, end - count)..<text.count).first(where: matches) ?? text.count, false)
        }
    }
}
