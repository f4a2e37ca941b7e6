import PNG
import Pictures

/// A picture in memory, or the upper part of one that is still being written.
struct RGBPicture: Equatable, Sendable {
    let size: PictureSize
    /// Three bytes a pixel (red, green, blue), rows from top to bottom without padding.
    private(set) var rgb: [UInt8]

    init(size: PictureSize, rgb: [UInt8] = []) {
        self.size = size
        self.rgb = rgb
        self.rgb.reserveCapacity(3 * size.width * size.height)
    }

    mutating func append(row: [UInt8]) {
        rgb.append(contentsOf: row)
    }

    /// A complete PNG file.
    func png() throws(CaptureError) -> [UInt8] {
        try CaptureError.encoding { () throws(PNGError) in
            var encoder = try PNGEncoder(width: size.width, height: size.height)
            var row = [UInt32](repeating: 0, count: size.width)
            for start in stride(from: 0, to: rgb.count, by: 3 * size.width) {
                for x in 0..<size.width {
                    let place = start + 3 * x
                    row[x] = UInt32(rgb[place]) << 16 | UInt32(rgb[place + 1]) << 8 | UInt32(rgb[place + 2])
                }
                try encoder.append(row.span)
            }
            return try encoder.finish()
        }
    }

    /// - Parameter target: no side is longer than this picture's.
    func reduced(to target: PictureSize) -> RGBPicture {
        var average = AreaAverage(from: size, to: target)
        var picture = RGBPicture(size: target)
        average.append(rgb: rgb, width: size.width, to: &picture)
        return picture
    }

    /// The same picture with so many colours at most; see ``ColourReduction``.
    func reduced(toColours limit: Int) -> RGBPicture {
        var picture = self
        ColourReduction.reduce(&picture.rgb, to: limit)
        return picture
    }
}

/// Makes a picture smaller while it arrives in bands, in whatever form its pixels have.
struct PictureReducer {
    private let source: PictureSize
    private let format: PixelFormat
    private var average: AreaAverage
    private var rgb: [UInt8] = []
    /// As much of the result as is complete.
    private(set) var picture: RGBPicture

    /// - Parameter target: no side is longer than the source's.
    init(_ format: PixelFormat, from source: PictureSize, to target: PictureSize) {
        self.source = source
        self.format = format
        average = AreaAverage(from: source, to: target)
        picture = RGBPicture(size: target)
    }

    /// - Parameter pixels: the next rows from top to bottom, each `bytesPerLine` bytes.
    mutating func append(_ pixels: RawSpan, bytesPerLine: Int, rows: Int) throws(CaptureError) {
        if format.hasByteChannels {
            // Bytes can be averaged as they lie in memory: only the few that remain are converted.
            average.append(pixels, bytesPerRow: bytesPerLine, rows: rows, format, &rgb, to: &picture)
        } else {
            format.convert(pixels, width: source.width, bytesPerLine: bytesPerLine, rows: rows, into: &rgb)
            average.append(rgb: rgb, width: source.width, to: &picture)
        }
    }
}

extension AreaAverage {
    fileprivate mutating func append(
        _ pixels: RawSpan, bytesPerRow: Int, rows: Int, _ format: PixelFormat, _ rgb: inout [UInt8],
        to picture: inout RGBPicture
    ) {
        append(pixels, bytesPerRow: bytesPerRow, rows: rows) { row in
            format.convert(row, width: picture.size.width, bytesPerLine: row.byteCount, rows: 1, into: &rgb)
            picture.append(row: rgb)
        }
    }

    /// - Parameter rgb: whole rows, three bytes a pixel.
    fileprivate mutating func append(rgb: [UInt8], width: Int, to picture: inout RGBPicture) {
        var wide = [UInt8](repeating: 0, count: 4 * width)
        var narrow = [UInt8](repeating: 0, count: 3 * picture.size.width)
        for start in stride(from: 0, to: rgb.count, by: 3 * width) {
            for x in 0..<width {
                for channel in 0..<3 { wide[4 * x + channel] = rgb[start + 3 * x + channel] }
            }
            append(wide.span.bytes, bytesPerRow: 4 * width, rows: 1) { row in
                for x in 0..<picture.size.width {
                    for channel in 0..<3 {
                        narrow[3 * x + channel] = row.unsafeLoad(fromByteOffset: 4 * x + channel, as: UInt8.self)
                    }
                }
                picture.append(row: narrow)
            }
        }
    }
}
