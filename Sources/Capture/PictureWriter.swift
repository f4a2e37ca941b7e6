import PNG
import Pictures

/// Makes a PNG of the rows of one part of the screen, as they arrive from top to bottom: draws the pointer, makes the
/// picture smaller, encodes it.
struct PictureWriter: ~Copyable {
    private let area: ScreenArea
    private let pointer: PointerImage?
    private let size: PictureSize
    private var average: AreaAverage?
    private var encoder: PNGEncoder
    /// Which row of the screen comes next.
    private var y: Int

    /// - Parameters:
    ///   - pointer: nil when it is not drawn.
    ///   - write: as of ``PNGEncoder``.
    /// - Throws: `encodingFailed`.
    init(
        _ area: ScreenArea, pointer: PointerImage?, scale: PictureScale,
        write: ((UnsafeRawBufferPointer) -> Void)? = nil
    ) throws(CaptureError) {
        self.area = area
        self.pointer = pointer
        size = scale.applied(to: area.size)
        average = size == area.size ? nil : AreaAverage(from: area.size, to: size)
        let size = size
        encoder = try CaptureError.encoding { () throws(PNGError) in
            try PNGEncoder(width: size.width, height: size.height, write: write)
        }
        y = area.y
    }

    /// - Parameter words: whole rows without padding, one word a pixel, 0xXXRRGGBB.
    /// - Throws: `encodingFailed`.
    mutating func append(_ words: Span<UInt32>) throws(CaptureError) {
        let part = ScreenArea(x: area.x, y: y, width: area.width, height: words.count / area.width)
        y += part.height
        guard let pointer, pointer.area.rows.overlaps(part.rows) else { return try take(words) }
        var drawn = words.withUnsafeBufferPointer { [UInt32]($0) }
        pointer.draw(onto: &drawn, of: part)
        try take(drawn.span)
    }

    /// Makes them smaller first, if that is wanted.
    private mutating func take(_ words: Span<UInt32>) throws(CaptureError) {
        guard var average = average.take() else { return try encode(words) }
        try average.append(words) { row throws(CaptureError) in try encode(row) }
        self.average = average
    }

    private mutating func encode(_ words: Span<UInt32>) throws(CaptureError) {
        try CaptureError.encoding { () throws(PNGError) in try encoder.append(words) }
    }

    /// - Throws: `encodingFailed`, also when rows are missing.
    consuming func finish() throws(CaptureError) -> CapturedImage {
        do throws(PNGError) {
            let concealment = encoder.onlyColour.map(Concealment.oneColour)
            return CapturedImage(
                png: try encoder.finish(), width: size.width, height: size.height, concealment: concealment)
        } catch {
            throw .encodingFailed(reason: error.description)
        }
    }
}
