import Files
import JSON

extension FileContent {
    /// Writes the content, copying those segments that the old file has already.
    /// - Returns: where the segments lie, by their stamps.
    func write(
        to file: OpenFile, from old: (file: OpenFile, known: KnownFile)?, slice: Int
    ) throws(FileError) -> [UInt64: Range<Int>] {
        switch self {
        case .small(let write):
            var writer = JSONWriter(.pretty)
            write(&writer)
            try file.write(writer.bytes.span)
            return [:]
        case .sessions(let rows):
            var writer = SegmentWriter(file: file, old: old, slice: slice)
            return try writer.write(rows) { $0.stored.write(to: &$1) }
        case .uploads(let rows):
            var writer = SegmentWriter(file: file, old: old, slice: slice)
            return try writer.write(rows) { $0.stored.write(to: &$1) }
        }
    }
}

/// Writes an array of records whose segments are formatted or copied.
private struct SegmentWriter {
    let file: OpenFile
    let old: (file: OpenFile, known: KnownFile)?
    /// Bytes between two flushes.
    let slice: Int

    /// Formatted bytes that are not written yet.
    private var buffer: [UInt8] = []
    /// The part of the old file that comes next; never set while there is something in the buffer.
    private var copy: Range<Int>?
    private var length = 0
    private var flushed = 0

    init(file: OpenFile, old: (file: OpenFile, known: KnownFile)?, slice: Int) {
        self.file = file
        self.old = old
        self.slice = slice
    }

    mutating func write<Row>(
        _ rows: SegmentedRows<Row>, _ record: (Row, inout JSONWriter) -> Void
    ) throws(FileError) -> [UInt64: Range<Int>] {
        var ranges: [UInt64: Range<Int>] = [:]
        try append([UInt8(ascii: "[")])
        for (index, segment) in rows.segments.enumerated() {
            let separator = index == 0 ? 0 : 1
            let start = length + separator
            if let range = old?.known.ranges[segment.stamp] {
                if let copy, copy.upperBound + separator == range.lowerBound {
                    self.copy = copy.lowerBound..<range.upperBound
                    length += separator + range.count
                } else {
                    if separator > 0 { try append([UInt8(ascii: ",")]) }
                    try flushBuffer()
                    copy = range
                    length += range.count
                }
                if let copy, copy.count >= slice { try flushCopy() }
            } else {
                if separator > 0 { try append([UInt8(ascii: ",")]) }
                var writer = JSONWriter(.pretty)
                writer.beginArray()
                for row in segment.rows { record(row, &writer) }
                try append(writer.bytes.dropFirst())
            }
            ranges[segment.stamp] = start..<length
        }
        try append(rows.count == 0 ? [UInt8(ascii: "]")] : Array("\n]".utf8))
        try flushBuffer()
        return ranges
    }

    private mutating func append(_ bytes: some Collection<UInt8>) throws(FileError) {
        try flushCopy()
        buffer.append(contentsOf: bytes)
        length += bytes.count
        if buffer.count >= 1 << 20 { try flushBuffer() }
    }

    private mutating func flushBuffer() throws(FileError) {
        try flushCopy()
        guard !buffer.isEmpty else { return }
        try file.write(buffer.span)
        buffer.removeAll(keepingCapacity: true)
        try flushSlice()
    }

    private mutating func flushCopy() throws(FileError) {
        guard let range = copy, let old else { return }
        copy = nil
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + slice, range.upperBound)
            try file.append(start..<end, of: old.file)
            try file.flushData()
            start = end
        }
        flushed = length
    }

    private mutating func flushSlice() throws(FileError) {
        guard length - flushed >= slice else { return }
        try file.flushData()
        flushed = length
    }
}
