import Glibc

/// Where one request ends and the next begins in the bytes of a connection (RFC 9112, sections 2 and 6 to 7). Pure.
///
/// It only says how many bytes to decode next; what they mean, the decoder says. Where the two disagree about bytes that
/// are no HTTP, pieces have odd sizes, and the decoder refuses them.
struct RequestBounds: Sendable {
    /// How the end of a body is told.
    enum Body: Sendable {
        case length(Int)
        case chunks
    }

    private enum Place {
        case line
        case head
        case body(left: Int)
        case chunkSize(Int, isRead: Bool)
        case chunk(left: Int)
        case trailers
    }

    private var place = Place.line
    /// Nothing but a line break has come of the current line.
    private var isBlankLine = true

    /// True between requests. Line breaks before a request are part of none (RFC 9112, section 2.2).
    var isAtStart: Bool {
        if case .line = place { isBlankLine } else { false }
    }

    /// The head is decoded, and a body follows.
    mutating func beginBody(_ body: Body) {
        switch body {
        case .length(let length): place = .body(left: length)
        case .chunks: place = .chunkSize(0, isRead: false)
        }
    }

    /// The decoder says that the request is whole.
    mutating func end() { self = RequestBounds() }

    /// True while the bytes are those of a request line, which may hold what has to be escaped.
    var isInLine: Bool {
        if case .line = place { true } else { false }
    }

    /// True between the end of a head and that of its request.
    var isInBody: Bool {
        switch place {
        case .line, .head: false
        case .body, .chunkSize, .chunk, .trailers: true
        }
    }

    /// How many of these bytes come next: up to the end of the line, the head or the body, or all of them.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        switch place {
        case .line: takeLine(bytes)
        case .head: takeLines(bytes)
        case .body(let left): takeBody(bytes, left)
        case .chunkSize, .chunk, .trailers: takeChunks(bytes)
        }
    }

    /// Line breaks before the line are taken with it.
    private mutating func takeLine(_ bytes: UnsafeRawBufferPointer) -> Int {
        var taken = 0
        while taken < bytes.count, case .line = place {
            let (count, isWhole) = takeRestOfLine(UnsafeRawBufferPointer(rebasing: bytes[taken...]))
            taken += count
            guard isWhole else { break }
            if !isBlankLine { place = .head }
            isBlankLine = true
        }
        return taken
    }

    /// Up to an empty line, the end of the head or of the trailers.
    private mutating func takeLines(_ bytes: UnsafeRawBufferPointer) -> Int {
        var taken = 0
        while taken < bytes.count {
            let (count, isWhole) = takeRestOfLine(UnsafeRawBufferPointer(rebasing: bytes[taken...]))
            taken += count
            guard isWhole else { break }
            if isBlankLine { return taken }
            isBlankLine = true
        }
        return taken
    }

    private mutating func takeBody(_ bytes: UnsafeRawBufferPointer, _ left: Int) -> Int {
        // A decoder that goes on after the announced length decides alone.
        guard left > 0 else { return bytes.count }
        let count = min(left, bytes.count)
        place = .body(left: left - count)
        return count
    }

    private mutating func takeChunks(_ bytes: UnsafeRawBufferPointer) -> Int {
        var taken = 0
        while taken < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[taken...])
            switch place {
            case .chunkSize(let size, let isRead): taken += takeSize(rest, size, isRead)
            case .chunk(let left):
                let count = min(left, rest.count)
                taken += count
                place = left > count ? .chunk(left: left - count) : .chunkSize(0, isRead: false)
            default:
                taken += takeLines(rest)
                if isBlankLine { return taken }
            }
        }
        return taken
    }

    /// Part of the line before a chunk: its size in hexadecimal, and what may follow.
    private mutating func takeSize(_ bytes: UnsafeRawBufferPointer, _ before: Int, _ wasRead: Bool) -> Int {
        var (size, isRead) = (before, wasRead)
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "\n") {
                isBlankLine = true
                // The line break behind the chunk is counted with it.
                place = size == 0 ? .trailers : .chunk(left: size + 2)
                return index + 1
            }
            guard !isRead, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, size < Int.max >> 8 else {
                isRead = true
                continue
            }
            size = size << 4 | digit
        }
        place = .chunkSize(size, isRead: isRead)
        return bytes.count
    }

    /// Up to the end of the line, or all. ``isBlankLine`` then speaks of the line.
    private mutating func takeRestOfLine(_ bytes: UnsafeRawBufferPointer) -> (count: Int, isWhole: Bool) {
        guard let start = bytes.baseAddress else { return (0, false) }
        let end = memchr(start, CInt(UInt8(ascii: "\n")), bytes.count).map { UnsafeRawPointer($0) - start }
        let line = bytes[..<(end ?? bytes.count)]
        if line.contains(where: { $0 != UInt8(ascii: "\r") }) { isBlankLine = false }
        return (end.map { $0 + 1 } ?? bytes.count, end != nil)
    }
}
