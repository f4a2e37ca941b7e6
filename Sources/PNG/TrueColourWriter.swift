/// The image data of a picture of 8-bit RGB.
///
/// Rows of interfaces stay unfiltered and repeat in whole pixels; rows of photographs are filtered.
final class TrueColourWriter {
    /// Narrower pictures' rows are too short to look for repeats within them.
    private static let narrow = 32

    private let deflate: DeflateWriter
    private let width: Int
    private let plain: PixelMatcher
    private let filtered: ByteMatcher
    private let filter: RowFilter
    private var adler = Adler32()
    /// Where in the stream of bytes, modulo 2^32, the row is.
    private var position: UInt32 = 0
    private var previous = Previous.none

    private enum Previous {
        case none, plain, filtered
    }

    init(output: ChunkWriter, width: Int, effort: PNGEncoder.Effort) {
        self.width = width
        deflate = DeflateWriter(output: output)
        plain = PixelMatcher(deflate: deflate, width: width)
        let depth =
            switch effort {
            case .fast: 1
            case .normal: 8
            case .small: 64
            }
        filtered = ByteMatcher(deflate: deflate, row: 3 * width + 1, pixel: 3, depth: depth)
        filter = RowFilter(width: width)
    }

    /// Appends `count` pixels, a whole row.
    func append(_ pixels: UnsafePointer<UInt32>) {
        let row = plain.beginRow()
        var checksum = adler
        if width >= Self.narrow {
            checksum.append(0)
            checksum.append(width, pixels: pixels, copiedTo: row)
        } else {
            for x in 0..<width { row[x] = pixels[x] & 0xFF_FFFF }
        }
        if width >= Self.narrow, isPlain(row) {
            adler = checksum
            if previous == .filtered { filtered.flush() }
            deflate.add(0)
            plain.encode(position: position &+ 1, afterPlain: previous == .plain)
            previous = .plain
        } else {
            if previous == .plain { filtered.restart() }
            if previous == .filtered { filter.advance() } else { filter.setAbove(plain.above) }
            filter.setRow(row)
            let kind = filter.best()
            let bytes = filtered.reserve(3 * width + 1)
            bytes[0] = kind.rawValue
            filter.apply(kind, to: bytes + 1)
            adler.append(3 * width + 1, bytes: bytes)
            filtered.take(3 * width + 1)
            previous = .filtered
        }
        plain.endRow()
        position &+= UInt32(3 * width + 1)
    }

    func finish() {
        filtered.flush()
        deflate.finish(adler: adler.value)
    }

    /// Whether the row is better left as it is: most pixels are equal to the one to the left or above, and where they
    /// are not they differ much, as the edges of letters do and the steps of a soft picture don't.
    private func isPlain(_ row: UnsafePointer<UInt32>) -> Bool {
        let counts = RowStatistics(row, above: plain.above, width: width)
        if 2 * counts.equal < width { return false }
        return 2 * counts.near < width - counts.equal
    }
}
