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

/// Tells rows of interfaces, which are best left as they are, from rows of photographs, which are best filtered.
///
/// Pixels that are equal to the one to the left or above cost next to nothing either way. Of the others those speak for an
/// interface that differ much from both and have a colour that was there before, as the edges of letters do: their
/// repeats are lost by filtering. New colours, and soft steps, speak for a photograph.
final class RowKinds {
    // Most of these numbers are a balance: what makes pages smaller makes desktops, with their wallpapers, larger.

    /// At 9: a manual has 1.9 % more bytes, desktops 0.4 % fewer; at 14: pages 0.4 % fewer, desktops 0.9 % more.
    private static let hashBits: UInt32 = 12
    /// One pixel of so many is looked at, in each row others. At 2: pages have 1.4 % fewer bytes, desktops up to 1.1 % more; each
    /// pixel: a page takes 7 % more instructions; at 8: pages have up to 1.7 % more bytes.
    private static let between = 4
    /// These pixels are looked at in so many turns, since most rows are beyond doubt after the first: in one turn a page takes 3 %
    /// more instructions.
    private static let parts = 4
    /// So many of one kind for one of the other are beyond doubt. At 2: terminals and manuals have 1.3 and 1.9 % more bytes; if
    /// nothing were: 1 to 2 % more instructions.
    private static let clear = 8
    /// The sum of three channels' differences. At 0: desktops have up to 39 % more bytes, soft photographs 21 %; at 12: pages
    /// have 1 % fewer, desktops 0.6 % more; at 96: manuals have 9 % more.
    private static let much: UInt32 = 24
    /// A pixel for an interface counts for so many for a photograph. At 1: a manual has 2.1 % more bytes; at 4: desktops have 2.4
    /// and 4.3 % more, a page 1.8 % fewer.
    private static let weight = 2
    /// A row of which only this part is new is left as it is. At 16: pages have 2 % fewer bytes, desktops 1 % more; at 256: pages
    /// have 0.8 to 1.8 % more.
    private static let negligible = 64

    private let colours: UnsafeMutablePointer<UInt32>
    private var first = 0

    init() {
        colours = .allocate(capacity: 1 << Int(Self.hashBits))
        // No pixel, as a pixel's top byte is 0.
        colours.initialize(repeating: UInt32.max, count: 1 << Int(Self.hashBits))
    }

    deinit { colours.deallocate() }

    /// - Parameters:
    ///   - row: pixels with a top byte of 0; the word before them is read, too.
    ///   - above: as many pixels.
    func isInterface(_ row: UnsafePointer<UInt32>, above: UnsafePointer<UInt32>, width: Int) -> Bool {
        // Unsafe: words from the one before the row to its last; a hash is below the number of places.
        var (known, new) = (0, 0)
        first = (first &+ 1) % Self.between
        for part in 0..<Self.parts {
            var x = first &+ part &* Self.between
            while x < width {
                let (pixel, left, up) = (row[x], row[x &- 1], above[x])
                if pixel != left, pixel != up {
                    let hash = Int((pixel &* 0x9E37_79B1) &>> (32 - Self.hashBits))
                    if colours[hash] == pixel, Self.distance(pixel, left) >= Self.much,
                        Self.distance(pixel, up) >= Self.much
                    {
                        known &+= 1
                    } else {
                        new &+= 1
                    }
                    colours[hash] = pixel
                }
                x &+= Self.between &* Self.parts
            }
            // Most rows are beyond doubt after the first turn.
            if new > Self.clear &* (known &+ Self.clear) { return false }
            if Self.clear &* new <= known { return true }
        }
        return new <= Self.weight &* known &+ width / (Self.negligible * Self.between)
    }

    @inline(__always)
    private static func distance(_ one: UInt32, _ other: UInt32) -> UInt32 {
        let red = Int32(bitPattern: one &>> 16) &- Int32(bitPattern: other &>> 16)
        let green = Int32(bitPattern: (one &>> 8) & 255) &- Int32(bitPattern: (other &>> 8) & 255)
        let blue = Int32(bitPattern: one & 255) &- Int32(bitPattern: other & 255)
        return red.magnitude &+ green.magnitude &+ blue.magnitude
    }
}

/// The filters of 8-bit RGB rows (PNG specification, 9), for pixels of one word each, the top byte 0.
enum RowFilter: UInt8 {
    case none = 0
    case sub, up, average, paeth

    /// Writes the row's differences, of which the top byte is 0, too.
    /// - Parameters:
    ///   - row: `width` pixels; before the first of a row is a word of 0.
    ///   - above: the same of the row above; 0 above the first.
    func apply(
        _ row: UnsafePointer<UInt32>, above: UnsafePointer<UInt32>, width: Int, to target: UnsafeMutablePointer<UInt32>
    ) {
        // Unsafe: bytes of the words from the one before the row to its last. The loops are simple enough to become
        // vector instructions.
        let count = 4 &* width
        let row = UnsafeRawPointer(row).assumingMemoryBound(to: UInt8.self)
        let above = UnsafeRawPointer(above).assumingMemoryBound(to: UInt8.self)
        let target = UnsafeMutableRawPointer(target).assumingMemoryBound(to: UInt8.self)
        switch self {
        case .none:
            target.update(from: row, count: count)
        case .sub:
            for index in 0..<count { target[index] = row[index] &- row[index &- 4] }
        case .up:
            for index in 0..<count { target[index] = row[index] &- above[index] }
        case .average:
            for index in 0..<count {
                let (left, up) = (row[index &- 4], above[index])
                target[index] = row[index] &- ((left & up) &+ ((left ^ up) &>> 1))
            }
        case .paeth:
            for index in 0..<count {
                target[index] = row[index] &- Self.paeth(row[index &- 4], above[index], above[index &- 4])
            }
        }
    }

    /// How large the differences are: the sum of their absolute values as signed bytes, by which a filter's worth is
    /// guessed (PNG specification, 12.7).
    /// - Parameter width: at most 127 pixels, of which the sum fits 16 bits.
    static func weight(_ differences: UnsafePointer<UInt32>, width: Int) -> UInt32 {
        let bytes = UnsafeRawPointer(differences).assumingMemoryBound(to: Int8.self)
        var sum: UInt16 = 0
        for index in 0..<4 &* width { sum &+= UInt16(bytes[index].magnitude) }
        return UInt32(sum)
    }

    /// Of left, above and above left the one nearest to left + above - above left (PNG specification, 9.4).
    @inline(__always)
    private static func paeth(_ left: UInt8, _ above: UInt8, _ corner: UInt8) -> UInt8 {
        // In bytes alone: where above and left are on the same side of the corner, it is the farthest of the three.
        let toLeft = distance(above, corner)
        let toAbove = distance(left, corner)
        let isBetween = (above >= corner) != (left >= corner)
        let toCorner = isBetween ? distance(toLeft, toAbove) : 255
        let second = toAbove <= toCorner ? above : corner
        return toLeft <= min(toAbove, toCorner) ? left : second
    }

    @inline(__always)
    private static func distance(_ one: UInt8, _ other: UInt8) -> UInt8 { max(one, other) &- min(one, other) }
}
