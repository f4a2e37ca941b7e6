import Files
import Glibc
import JSON
import Shared

/// Reads a file that is an array of records, in windows: what is in memory beside the records is about a megabyte,
/// however long the file.
struct RecordLoader<Row: Sendable> {
    /// Where the segments that were loaded lie in the file; those with other bytes than the server writes are missing.
    private(set) var ranges: [UInt64: Range<Int>] = [:]
    var hasByteOrderMark: Bool { textStart > 0 }

    private let file: OpenFile
    private let readCanonical: (inout CanonicalScanner) -> Row?
    private let read: (inout JSONReader) throws(JSONError) -> () -> Row
    private let take: ([Row]) -> UInt64

    private var window: [UInt8] = []
    /// Where the window begins in the file.
    private var windowStart = 0
    /// Where the text begins in the file.
    private var textStart = 0
    private var position = 0
    private var isAtEnd = false

    private var segment: [Row] = []
    /// Where the segment's bytes begin in the file; nil once it has a record with other bytes than the server writes.
    private var segmentStart: Int?
    private var isFirst = true

    private static var windowSize: Int { 1 << 20 }
    /// Bytes of one record, which is in memory as a whole.
    private static var recordLimit: Int { 64 << 20 }
    /// What may be missing at the end of a window for an error to come from that, not from the file: more than any token
    /// that is read as a whole.
    private static var tokenLength: Int { 16 }

    /// - Parameters:
    ///   - readCanonical: reads a record that has the server's own bytes, or returns nil.
    ///   - read: reads any record, perhaps several times until all of it is in the window; what it returns is called once.
    ///   - take: gets the segments in order and returns their stamps.
    init(
        _ file: OpenFile, readCanonical: @escaping (inout CanonicalScanner) -> Row?,
        read: @escaping (inout JSONReader) throws(JSONError) -> () -> Row, take: @escaping ([Row]) -> UInt64
    ) {
        self.file = file
        self.readCanonical = readCanonical
        self.read = read
        self.take = take
    }

    /// - Throws: `JSONError` with its place in the file, or `FileError`.
    mutating func load() throws {
        try fill()
        textStart = JSONReader.start(of: window)
        position = textStart
        try readGeneral { reader throws(JSONError) in
            guard reader.skip(UInt8(ascii: "[")) else { throw reader.error("an array", at: reader.position()) }
        }
        var hasMore = true
        while hasMore {
            readCanonicalRecords()
            if window.count - position < Self.windowSize / 4, !isAtEnd {
                try fill()
            } else {
                hasMore = try readNext()
            }
        }
    }

    /// Reads as many records as have the server's own bytes and lie in the window.
    private mutating func readCanonicalRecords() {
        let window = window
        window.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            var scanner = CanonicalScanner(bytes[position...], base: base)
            while true {
                let start = scanner
                if !isFirst {
                    guard scanner.skip(",") else { return }
                    endFullSegment(at: windowStart + start.offset(from: base))
                }
                if segment.isEmpty { segmentStart = windowStart + scanner.offset(from: base) }
                guard let row = readCanonical(&scanner) else { return }
                segment.append(row)
                isFirst = false
                position = scanner.offset(from: base)
            }
        }
    }

    /// Reads one record of any form, or the end of the array.
    /// - Returns: false at the end.
    private mutating func readNext() throws -> Bool {
        let (isFirst, read) = (isFirst, read)
        var taken: (() -> Row)?
        let end = windowStart + position
        try readGeneral { reader throws(JSONError) in
            taken = nil
            if reader.skip(UInt8(ascii: "]")) { return try reader.end() }
            if !isFirst, !reader.skip(UInt8(ascii: ",")) {
                throw reader.error("\",\" or \"]\"", at: reader.position())
            }
            taken = try read(&reader)
        }
        guard let taken else {
            endSegment(at: end)
            return false
        }
        endFullSegment(at: end)
        segment.append(taken())
        segmentStart = nil
        self.isFirst = false
        return true
    }

    /// Reads with the general reader; where the window ends too early, with more of the file.
    private mutating func readGeneral(_ body: (inout JSONReader) throws(JSONError) -> Void) throws {
        while true {
            var reader = JSONReader(window, from: position)
            do throws(JSONError) {
                try body(&reader)
                // What is left to say at the end of the text can be said there only.
                if isAtEnd || reader.offset < window.count {
                    position = reader.offset
                    return
                }
            } catch {
                // What was wrong may be a value that the window's end has cut, however long it is.
                let reached = max(error.offset, reader.offset)
                guard reached + Self.tokenLength >= window.count, !isAtEnd else { throw try located(error) }
            }
            try fill()
        }
    }

    /// Drops what was read, and reads on; where nothing was read, the window grows.
    private mutating func fill() throws(FileError) {
        let rest = window.count - position
        guard rest <= Self.recordLimit else {
            throw FileError(
                attempt: "read \(file.path)", code: EFBIG,
                detail: "a record at byte \(windowStart + position) has more than \(Self.recordLimit) bytes")
        }
        windowStart += position
        window.removeFirst(position)
        position = 0
        let more = try file.read(count: max(Self.windowSize, rest), from: windowStart + rest)
        isAtEnd = more.count < max(Self.windowSize, rest)
        window += more
    }

    private func located(_ error: JSONError) throws(FileError) -> JSONError {
        var place = TextPlace()
        var offset = textStart
        while offset < windowStart + error.offset {
            let bytes = try file.read(count: min(Self.windowSize, windowStart + error.offset - offset), from: offset)
            if bytes.isEmpty { break }
            place.advance(over: bytes)
            offset += bytes.count
        }
        return error.moved(by: windowStart, to: place)
    }

    private mutating func endFullSegment(at end: Int) {
        if segment.count >= SegmentedRows<Row>.capacity { endSegment(at: end) }
    }

    private mutating func endSegment(at end: Int) {
        guard !segment.isEmpty else { return }
        let stamp = take(segment)
        if let segmentStart { ranges[stamp] = segmentStart..<end }
        segment.removeAll(keepingCapacity: true)
        segmentStart = nil
    }
}
