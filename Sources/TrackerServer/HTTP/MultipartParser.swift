import Shared

/// A streaming parser for `multipart/form-data` (RFC 7578, RFC 2046 section 5.1): bytes in, events out. Pure.
///
/// It holds back no more than a boundary's length, or one part's headers.
struct MultipartParser {
    enum Event: Equatable {
        case partStarted(Part)
        case bytes([UInt8])
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

    /// Line break, two hyphens and the boundary: what ends a part's content.
    private let delimiter: [UInt8]
    private var buffer: [UInt8]
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
        buffer = Array("\r\n".utf8)
    }

    /// True after the closing boundary.
    var isFinished: Bool { state == .epilogue }

    mutating func parse(_ bytes: some Collection<UInt8>) throws(APIError) -> [Event] {
        guard state != .epilogue else { return [] }
        buffer.append(contentsOf: bytes)
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
        let found = buffer.firstRange(of: delimiter)
        let end = found?.lowerBound ?? max(0, buffer.count - delimiter.count + 1)
        if state == .content, end > 0 { events.append(.bytes(Array(buffer[..<end]))) }
        buffer.removeFirst(found?.upperBound ?? end)
        guard found != nil else { return false }
        if state == .content { events.append(.partEnded) }
        state = .boundaryLine
        return true
    }

    /// What follows a boundary: `--` at the end of the form, else padding and a line break.
    private mutating func takeBoundaryLine() throws(APIError) -> Bool {
        if buffer.starts(with: Array("--".utf8)) {
            state = .epilogue
            buffer = []
            return false
        }
        guard let lineBreak = buffer.firstRange(of: Array("\r\n".utf8)) else {
            guard buffer.count <= Self.maximumPadding + 1 else { throw Self.broken }
            return false
        }
        guard lineBreak.lowerBound <= Self.maximumPadding,
            buffer[..<lineBreak.lowerBound].allSatisfy({ $0 == 0x20 || $0 == 0x09 })
        else { throw Self.broken }
        buffer.removeFirst(lineBreak.lowerBound)
        state = .headers
        return true
    }

    private mutating func takeHeaders(_ events: inout [Event]) throws(APIError) -> Bool {
        // The buffer starts with the line break of the line before, so that no headers at all are found too.
        guard let end = buffer.firstRange(of: Array("\r\n\r\n".utf8)) else {
            // The end may have arrived all but its last byte.
            guard buffer.count <= Self.maximumPartHeaders + 3 else { throw Self.broken }
            return false
        }
        guard end.lowerBound <= Self.maximumPartHeaders,
            let text = String(validating: buffer[..<end.lowerBound], as: UTF8.self)
        else { throw Self.broken }
        parts += 1
        guard parts <= Self.maximumParts else {
            throw APIError(.badRequest, "The form has more than \(Self.maximumParts) fields.")
        }
        events.append(.partStarted(try Self.part(headers: text)))
        buffer.removeFirst(end.upperBound)
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
