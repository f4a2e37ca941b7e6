/// The image data of a picture of 8-bit RGB.
///
/// Rows of interfaces stay as they are, rows of photographs are filtered, and what repeats is looked for among both.
final class TrueColourWriter {
    /// A filter is chosen for so many filtered rows at once, by the first of them. For each row: up to 0.9 % fewer bytes, 5 to 12 %
    /// more instructions; for eight: up to 0.9 % more bytes.
    private static let rowsPerFilter = 4
    /// Filters are tried on parts of the row, of so many pixels. At 64 a desktop has 0.6 % more bytes.
    private static let part = 32
    /// One of so many parts is tried. Each: up to 0.4 % fewer bytes, 2 to 5 % more instructions; at 4: up to 1.3 % more bytes.
    private static let between = 2

    private let deflate: DeflateWriter
    private let width: Int
    private let matcher: PixelMatcher
    private let kinds = RowKinds()
    private let costs = LiteralCosts()
    private var adler = Adler32()
    /// The last filtered row as it was before, and the one above it, both after a word of 0.
    private var row: UnsafeMutablePointer<UInt32>
    private var spare: UnsafeMutablePointer<UInt32>
    private var isFiltered = true
    private var isJudged = true
    private var filter = RowFilter.none
    private var filteredRows = 0

    init(output: ChunkWriter, width: Int) {
        self.width = width
        deflate = DeflateWriter(output: output)
        matcher = PixelMatcher(deflate: deflate, width: width)
        row = .allocate(capacity: width + 1)
        spare = .allocate(capacity: width + 1)
        row.initialize(repeating: 0, count: width + 1)
        spare.initialize(repeating: 0, count: width + 1)
    }

    deinit {
        row.deallocate()
        spare.deallocate()
    }

    /// Appends `width` pixels, a whole row.
    func append(_ pixels: UnsafePointer<UInt32>) {
        let target = matcher.beginRow()
        let above = isFiltered ? UnsafePointer(row + 1) : matcher.above
        swap(&row, &spare)
        let row = self.row + 1
        // Most rows are of the kind of the one above.
        var checksum = adler
        if isFiltered {
            for x in 0..<width { row[x] = pixels[x] & 0xFF_FFFF }
        } else {
            checksum.append(RowFilter.none.rawValue)
            checksum.append(width, pixels: pixels, copiedTo: target)
        }
        // Every other row is taken to be of the kind of the one above, which seldom changes.
        let isInterface =
            isJudged
            ? kinds.isInterface(UnsafePointer(isFiltered ? row : target), above: above, width: width) : !isFiltered
        isJudged.toggle()
        if isInterface {
            if isFiltered {
                checksum.append(RowFilter.none.rawValue)
                checksum.append(width, pixels: row, copiedTo: target)
            }
            isFiltered = false
            adler = checksum
            deflate.add(DeflateToken.literal(RowFilter.none.rawValue))
            matcher.encode(costs: nil)
        } else {
            if !isFiltered { row.update(from: target, count: width) }
            isFiltered = true
            if filteredRows % Self.rowsPerFilter == 0 { filter = bestFilter(row, above, scratch: target) }
            filteredRows += 1
            filter.apply(row, above: above, width: width, to: target)
            adler.append(filter.rawValue)
            adler.append(width, pixels: target, copiedTo: target)
            costs.count(target, width: width)
            deflate.add(DeflateToken.literal(filter.rawValue))
            matcher.encode(costs: costs)
        }
        matcher.endRow()
    }

    func finish() { deflate.finish(adler: adler.value) }

    /// The filter that leaves the smallest differences.
    private func bestFilter(
        _ row: UnsafePointer<UInt32>, _ above: UnsafePointer<UInt32>, scratch: UnsafeMutablePointer<UInt32>
    ) -> RowFilter {
        var (best, least) = (RowFilter.sub, UInt32.max)
        for filter in [RowFilter.sub, .up, .average, .paeth] {
            var weight: UInt32 = 0
            for x in stride(from: 0, to: width, by: Self.part * Self.between) {
                let part = min(Self.part, width - x)
                filter.apply(row + x, above: above + x, width: part, to: scratch)
                weight &+= RowFilter.weight(scratch, width: part)
            }
            if weight < least { (best, least) = (filter, weight) }
        }
        return best
    }
}
