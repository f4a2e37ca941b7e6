import Glibc
import NIOCore
import Shared

/// A streaming parser for `multipart/form-data` (RFC 7578, RFC 2046 section 5.1): bytes in, events out. Pure.
///
/// Content comes out in slices of the buffers that went in. It holds back no more than a boundary's length, or one
/// part's headers.
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

    private enum State: Equatable { case preamble, boundaryLine, headers, content, epilogue }

    private static let lineBreak = Array("\r\n".utf8)
    private static let headersEnd = Array("\r\n\r\n".utf8)
    private static let closingHyphens = Array("--".utf8)

    /// Line break, two hyphens and the boundary: what ends a part's content.
    private let delimiter: [UInt8]
    /// What was not yet taken.
    private var buffer: ByteBuffer
    private var state = State.preamble
    private var parts = 0

    /// - Parameter contentType: the whole header value.
    /// - Throws: ``APIError`` when it has no usable boundary.
    init(contentType: String) throws(APIError) {
        let parameters = Self.parameters(of: contentType)
        guard let boundary = parameters["boundary"], (1...70).contains(boundary.utf8.count),
            !boundary.utf8.contains(where: { $0 < 0x20 || $0 > 0x7E })
        else {
            throw APIError(.badRequest, "The Content-Type needs a boundary of 1 to 70 characters.")
        }
        delimiter = Array("\r\n--\(boundary)".utf8)
        // The first boundary may stand at the very start: let it have a line break too.
        buffer = ByteBuffer(bytes: Self.lineBreak)
    }

    /// True after the closing boundary.
    var isFinished: Bool { state == .epilogue }

    mutating func parse(_ bytes: ByteBuffer) throws(APIError) -> [Event] {
        guard state != .epilogue else { return [] }
        if buffer.readableBytes == 0 { buffer = bytes } else { buffer.writeImmutableBuffer(bytes) }
        var events: [Event] = []
        while try step(&events) {}
        return events
    }

    /// The body has ended.
    func finish() throws(APIError) {
        guard isFinished else { throw APIError(.badRequest, "The multipart body ends before its closing boundary.") }
    }

    /// Takes what it can from the buffer; false when more bytes are needed.
    private mutating func step(_ events: inout [Event]) throws(APIError) -> Bool {
        switch state {
        case .preamble, .content: return takeContent(&events)
        case .boundaryLine: return try takeBoundaryLine()
        case .headers: return try takeHeaders(&events)
        case .epilogue: return false
        }
    }

    private mutating func takeContent(_ events: inout [Event]) -> Bool {
        let found = buffer.search(for: delimiter)
        if let content = buffer.readSlice(length: found.offset), state == .content, found.offset > 0 {
            events.append(.bytes(content))
        }
        guard found.isWhole else { return false }
        buffer.moveReaderIndex(forwardBy: delimiter.count)
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
        guard let text = String(validating: buffer.readableBytesView.prefix(end.offset), as: UTF8.self) else {
            throw Self.broken
        }
        parts += 1
        guard parts <= Self.maximumParts else {
            throw APIError(.badRequest, "The form has more than \(Self.maximumParts) fields.")
        }
        events.append(.partStarted(try Self.part(headers: text)))
        buffer.moveReaderIndex(forwardBy: end.offset + Self.headersEnd.count)
        state = .content
        return true
    }

    private static let broken = APIError(.badRequest, "The body is not valid multipart/form-data.")

    private static func part(headers: String) throws(APIError) -> Part {
        for line in headers.split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            guard line[..<colon].lowercased() == "content-disposition" else { continue }
            let parameters = parameters(of: String(line[line.index(after: colon)...]))
            guard let name = parameters["name"] else { break }
            return Part(name: name, fileName: parameters["filename"])
        }
        throw APIError(.badRequest, "Each part of the form needs Content-Disposition: form-data with a name.")
    }

    /// The parameters after the first `;`, names in lower case, quotes taken off.
    private static func parameters(of header: String) -> [String: String] {
        var parameters: [String: String] = [:]
        // By scalars: a quote with a combining character after it is still a quote.
        var rest = header.unicodeScalars.drop { $0 != ";" }.dropFirst()
        while !rest.isEmpty {
            let name = rest.prefix { $0 != "=" && $0 != ";" }
            rest = rest.dropFirst(name.count)
            var value = String.UnicodeScalarView()
            if rest.first == "=" {
                rest = rest.dropFirst()
                if rest.first == "\"" {
                    rest = rest.dropFirst()
                    while let scalar = rest.popFirst(), scalar != "\"" {
                        if scalar == "\\", let next = rest.first, next == "\"" || next == "\\" {
                            value.append(next)
                            rest = rest.dropFirst()
                        } else {
                            value.append(scalar)
                        }
                    }
                    rest = rest.drop { $0 != ";" }
                } else {
                    value = String(rest.prefix { $0 != ";" }).trimmingSpaces.unicodeScalars
                    rest = rest.drop { $0 != ";" }
                }
            }
            rest = rest.dropFirst()
            let key = String(name).trimmingSpaces.lowercased()
            if !key.isEmpty, parameters[key] == nil { parameters[key] = String(value) }
        }
        return parameters
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var result = self[...]
        while result.first == " " || result.first == "\t" { result = result.dropFirst() }
        while result.last == " " || result.last == "\t" { result = result.dropLast() }
        return String(result)
    }
}

extension ByteBuffer {
    /// Looks for `needle` in the readable bytes.
    /// - Returns: where it starts, counted from the reader index; when it is not there, where a beginning of it stands at
    ///   the end of the bytes, which may go on in the next ones; else their count.
    fileprivate func search(for needle: [UInt8]) -> (offset: Int, isWhole: Bool) {
        withUnsafeReadableBytes { bytes in
            needle.withUnsafeBytes { needle in
                guard let start = bytes.baseAddress, let wanted = needle.baseAddress else { return (0, false) }
                var offset = 0
                while let hit = memchr(start + offset, Int32(needle[0]), bytes.count - offset) {
                    offset = UnsafeRawPointer(hit) - start
                    let count = min(needle.count, bytes.count - offset)
                    if memcmp(hit, wanted, count) == 0 { return (offset, count == needle.count) }
                    offset += 1
                }
                return (bytes.count, false)
            }
        }
    }
}
