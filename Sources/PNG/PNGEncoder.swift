/// Rows of pixels in, a PNG file out (PNG specification, second edition).
///
/// A picture of up to 256 colours gets a palette, any other 8-bit RGB, without alpha or interlacing. The rows may come
/// in portions of any size. What is kept is a window of rows, the file so far unless it is given away, and, while there are
/// few colours, at most 5 MiB of their indices; so that a screen of 3840 x 2160 pixels takes some megabytes at most.
///
/// The figures beside the constants of these files say what another value does to the bytes of a picture, and to the
/// instructions that it takes, measured on the screens of `make bench-capture` that are named there.
public struct PNGEncoder: ~Copyable {
    private static let sides = 1...65_535

    private let width: Int
    private let height: Int
    private var missingRows: Int
    private let output: ChunkWriter
    private var indexed: IndexedRows?
    private var trueColour: TrueColourWriter?

    /// - Parameters:
    ///   - width: 1 to 65,535 pixels.
    ///   - height: 1 to 65,535 pixels.
    ///   - write: takes one part of the file after the other, of some 64 KiB, and may look at it only until it returns;
    ///     nil to get the file from ``finish()``.
    /// - Throws: when a side is not of these.
    public init(
        width: Int, height: Int, write: ((UnsafeRawBufferPointer) -> Void)? = nil
    ) throws(PNGError) {
        guard Self.sides.contains(width), Self.sides.contains(height) else {
            throw PNGError("A picture has sides of 1 to 65535 pixels; this one would be \(width) x \(height).")
        }
        (self.width, self.height) = (width, height)
        missingRows = height
        output = ChunkWriter(write: write)
        indexed = IndexedRows(width: width)
    }

    /// Appends whole rows, from top to bottom.
    /// - Parameter pixels: one word a pixel, 0xXXRRGGBB, of which the top byte is ignored.
    /// - Throws: when these are not whole rows, or more than are missing; then none is appended.
    public mutating func append(_ pixels: Span<UInt32>) throws(PNGError) {
        let (rows, rest) = pixels.count.quotientAndRemainder(dividingBy: width)
        guard rest == 0 else {
            throw PNGError("Whole rows of \(width) pixels were expected; \(pixels.count) pixels came.")
        }
        guard rows <= missingRows else {
            throw PNGError("At most \(missingRows) more rows were expected; \(rows) came.")
        }
        missingRows -= rows
        pixels.withUnsafeBufferPointer { pixels in
            guard let start = pixels.baseAddress else { return }
            for row in 0..<rows { append(row: start + row * width) }
        }
    }

    /// The colour of all pixels so far, 0xRRGGBB; nil when there are several, or none.
    public var onlyColour: UInt32? {
        guard let palette = indexed?.palette, palette.count == 1 else { return nil }
        return palette.first
    }

    private mutating func append(row: UnsafePointer<UInt32>) {
        if let indexed {
            if indexed.append(row) { return }
            turnToTrueColour(indexed)
        }
        trueColour?.append(row)
    }

    /// Writes again, as RGB, the rows that were kept as indices.
    private mutating func turnToTrueColour(_ rows: IndexedRows) {
        writeHeader(bitDepth: 8, colourType: 2)
        output.begin("IDAT")
        let writer = TrueColourWriter(output: output, width: width)
        // Up to seven pixels more for a whole group at the end.
        var pixels = [UInt32](repeating: 0, count: width + IndexedRows.group - 1)
        rows.forEach { changes in
            pixels.withUnsafeMutableBufferPointer { buffer in
                guard let row = buffer.baseAddress else { return }
                changes.forEach { group, indices in
                    for x in 0..<IndexedRows.group {
                        row[IndexedRows.group * group + x] = rows.palette[Int((indices >> UInt64(8 * x)) & 255)]
                    }
                }
                writer.append(row)
            }
        }
        (indexed, trueColour) = (nil, writer)
    }

    /// - Returns: the complete file; nothing if its parts were given to `write`.
    /// - Throws: when rows are missing.
    public consuming func finish() throws(PNGError) -> [UInt8] {
        guard missingRows == 0 else {
            throw PNGError("\(height) rows were expected; \(missingRows) of them are missing.")
        }
        if let indexed {
            writeHeader(bitDepth: IndexedWriter.bitDepth(colours: indexed.palette.count), colourType: 3)
            IndexedWriter.write(indexed, width: width, to: output)
        } else {
            trueColour?.finish()
            output.end()
        }
        output.begin("IEND")
        output.end()
        return output.finish()
    }

    /// - Parameter colourType: 2 for RGB, 3 for a palette (PNG specification, 11.2.2).
    private func writeHeader(bitDepth: Int, colourType: UInt8) {
        output.begin("IHDR")
        output.append(UInt32(width))
        output.append(UInt32(height))
        output.append([UInt8(bitDepth), colourType, 0, 0, 0])
        output.end()
    }
}
