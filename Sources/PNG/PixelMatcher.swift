import Glibc

/// Finds what repeats in RGB rows, in whole pixels (LZ77).
///
/// Candidates are the pixel to the left, the row above, and the last places with the same pixels. Rows are kept one after
/// the other, each with one more word after it that is no pixel, where the next one's filter type is in the stream of bytes.
final class PixelMatcher {
    /// What ends a row: no pixel, as a pixel's top byte is 0.
    static let rowEnd: UInt32 = 0xFF00_0000
    /// The longest match in pixels.
    static let longestMatch = DeflateToken.longestMatch / 3
    /// 32 KiB. A table of 12 bits costs 0.1 to 0.3 % more bytes; one of 15 saves 0.1 to 0.2 % for up to 5 % more instructions.
    static let pairBits: UInt64 = 13
    /// 16 KiB. A table of 11 bits costs a photograph 0.7 % more bytes, a page 0.2 to 0.5 %; one of 14 saves 0.6 and 0.2 % for 2 %
    /// more instructions.
    static let singleBits: UInt32 = 12
    /// More pixels and row ends than 32 KiB can be, even if each row has but one pixel.
    private static let window = 16_400
    /// How many pixels are taken before the window moves to the front, and with it all places in the tables: at 4,096 that takes 60 %
    /// more instructions of a page; at four times as many 6 % fewer, but four times the memory to look at, which takes longer.
    private static let portion = 1 << 15
    /// A pixel's place to the left of it is three bytes away.
    static let runDistance = 3
    /// So many equal pixels are always worth a match, and none longer is looked for. At 4 a terminal has 0.4 % more bytes,
    /// and a page 0.4 % fewer; if a longer one were always looked for, both would have 0.2 % fewer for 1 % more instructions.
    static let enough = 12

    let deflate: DeflateWriter
    let width: Int
    private let stride: Int
    private let keep: Int
    private let capacity: Int
    let pixels: UnsafeMutablePointer<UInt32>
    /// The index in `pixels` of the last place with a hash; 0 is none.
    let pairs: UnsafeMutablePointer<UInt32>
    let singles: UnsafeMutablePointer<UInt32>
    /// How far back in `pixels` the window can reach.
    let reach: UInt32
    /// 2^40 / stride, rounded up: exact for what is divided, at most twice the window and a row.
    private let perStride: UInt64
    /// Where the next row will be.
    var next = 1
    private var isFirst = true
    var filteredRows = 0
    /// What the last trial says of filtered rows.
    var isSearched = true
    /// Whether the last filtered row had edges and enough of it was in matches: windows, which are worth a search
    /// even where the trial says that the photograph around them is not.
    var isMixed = false

    init(deflate: DeflateWriter, width: Int) {
        self.deflate = deflate
        self.width = width
        stride = width + 1
        perStride = ((1 << 40) - 1) / UInt64(stride) + 1
        // Of so many pixels and row ends none is more than a window of bytes away.
        reach = UInt32((DeflateToken.window - 2) * stride / (3 * width + 1))
        keep = max(Self.window, 2 * stride)
        capacity = keep + max(Self.portion, 2 * stride)
        // Eight words more, as up to eight pixels are compared at once.
        pixels = .zeros(capacity + 8)
        pairs = .zeros(1 << Int(Self.pairBits))
        singles = .zeros(1 << Int(Self.singleBits))
        pixels[0] = Self.rowEnd
    }

    deinit {
        free(pixels)
        free(pairs)
        free(singles)
    }

    /// Room for the next row, which is to be filled; before and after it are row ends.
    func beginRow() -> UnsafeMutablePointer<UInt32> {
        if next + stride > capacity {
            let shift = next - keep
            pixels.update(from: pixels + shift, count: keep)
            Self.move(pairs, 1 << Int(Self.pairBits), by: shift)
            Self.move(singles, 1 << Int(Self.singleBits), by: shift)
            next = keep
        }
        pixels[next + width] = Self.rowEnd
        return pixels + next
    }

    /// The row before the one that was begun.
    var above: UnsafePointer<UInt32> { UnsafePointer(pixels) + (next - stride) }

    func endRow() {
        next += stride
        isFirst = false
    }

    private static func move(_ table: UnsafeMutablePointer<UInt32>, _ count: Int, by shift: Int) {
        let less = UInt32(shift)
        for index in 0..<count { table[index] = max(table[index], less) &- less }
    }

    @inline(__always)
    func tokenize(_ from: (Int) -> Int) {
        var x = 0
        while x < width {
            if deflate.count >= deflate.capacity { deflate.writeBlock(last: false) }
            x = from(x)
        }
    }

    func encode(from: Int) -> Int {
        // Unsafe: places are in the row, which has a row end and more words after it, or in the window before it.
        let (pixels, pairs, singles) = (UnsafePointer(self.pixels), self.pairs, self.singles)
        let (tokens, capacity, width, deflate) = (deflate.tokens, deflate.capacity, self.width, self.deflate)
        let (literalCost, reach) = (UnsafePointer(deflate.literalCost), self.reach)
        let row = pixels + next
        let aboveDistance = 3 &* width &+ 1
        let above = !isFirst && aboveDistance <= DeflateToken.window ? stride : 0
        var count = deflate.count
        var x = from
        while x < width, count < capacity {
            let place = row + x
            let pixel = place[0]
            let limit = min(Self.longestMatch, width &- x)
            var (best, bestDistance) = (0, Self.runDistance)
            if pixel == place[-1] { best = 1 &+ Self.length(place + 1, place, limit &- 1) }
            if best < limit, above > 0, pixel == (place - above)[0] {
                let found = Self.length(place, place - above, limit)
                if found > best &+ 2 || best == 0 { (best, bestDistance) = (found, aboveDistance) }
            }
            if best < Self.enough, best < limit {
                let here = UInt32(truncatingIfNeeded: next &+ x)
                let pair = Self.two(place)
                let hash = Int((pair &* 0x9E37_79B9_7F4A_7C15) &>> (64 - Self.pairBits))
                let candidate = pairs[hash]
                pairs[hash] = here
                let other = pixels + Int(candidate)
                if Self.two(other) == pair, here &- candidate <= reach {
                    let distance = distance(x, candidate)
                    let found = Self.length(place, other, limit)
                    let isRun = best > 0 && bestDistance == Self.runDistance
                    if found > best &+ (isRun ? 1 : 0) || (found == best && distance < bestDistance) {
                        (best, bestDistance) = (found, distance)
                    }
                }
                let single = Int((pixel &* 0x9E37_79B1) &>> (32 - Self.singleBits))
                let last = singles[single]
                singles[single] = here
                if best <= 1 {
                    tokens[count] = onePixel(x, last, nearer: best == 1 ? bestDistance : nil, costs: literalCost)
                    count &+= 1
                    x &+= 1
                    continue
                }
            }
            tokens[count] = DeflateToken.match(length: 3 &* best, distance: bestDistance)
            count &+= 1
            x &+= best
        }
        deflate.count = count
        return x
    }

    /// The row's pixel `x` as three literals, or as a match if that takes less: whether it does is as good as chance, so
    /// no branch is to guess it.
    /// - Parameters:
    ///   - last: a place before it, maybe with the same pixel.
    ///   - nearer: how far away an equal pixel is, if one is known.
    @inline(__always)
    func onePixel(_ x: Int, _ last: UInt32, nearer: Int?, costs: UnsafePointer<UInt8>) -> UInt64 {
        // Unsafe: as in the two that call it.
        let place = UnsafePointer(pixels) + next + x
        let isEqual: UInt64 = pixels[Int(last)] == place[0] ? 1 : 0
        let isNear: UInt64 = UInt32(truncatingIfNeeded: next &+ x) &- last <= reach ? 1 : 0
        // What is out of reach has any distance; it is not taken.
        let distance = nearer ?? distance(x, last)
        let literals = Self.literals(place, 1, costs)
        let isCheaper: UInt64 = deflate.cost(length: 3, distance: distance) < literals ? 1 : 0
        let taken = 0 &- ((nearer == nil ? isEqual & isNear : 1) & isCheaper)
        let literal = DeflateToken.pixel(place[0])
        return literal ^ (literal ^ DeflateToken.match(length: 3, distance: distance)) & taken
    }

    @inline(__always)
    static func two(_ place: UnsafePointer<UInt32>) -> UInt64 {
        UnsafeRawPointer(place).loadUnaligned(as: UInt64.self)
    }

    /// How many bytes of the stream lie between a place that is at most `reach` back and the row's pixel `x`.
    @inline(__always)
    func distance(_ x: Int, _ earlier: UInt32) -> Int {
        // A row end is one byte, a pixel three.
        let back = next &- Int(earlier)
        let rowEnds = Int(truncatingIfNeeded: (UInt64(truncatingIfNeeded: back &+ width) &* perStride) &>> 40)
        return 3 &* (back &+ x) &- 2 &* rowEnds
    }

    /// What pixels take as literals, in eighths of a bit.
    @inline(__always)
    static func literals(
        _ place: UnsafePointer<UInt32>, _ count: Int, _ costs: UnsafePointer<UInt8>
    ) -> Int {
        var sum = 0
        for index in 0..<count { sum &+= LiteralCosts.cost(place[index], costs) }
        return sum
    }

    /// How many pixels are equal. Up to seven after `limit` are looked at.
    @inline(__always)
    static func length(_ one: UnsafePointer<UInt32>, _ other: UnsafePointer<UInt32>, _ limit: Int) -> Int {
        let (first, second) = (two(one) ^ two(other), two(one + 2) ^ two(other + 2))
        if first | second != 0 {
            // One bit for each of four pixels that differs, without a branch for any of them.
            let low: UInt32 = UInt32(truncatingIfNeeded: first) == 0 ? 0 : 1
            let next: UInt32 = first &>> 32 == 0 ? 0 : 2
            let third: UInt32 = UInt32(truncatingIfNeeded: second) == 0 ? 0 : 4
            return min(limit, (low | next | third | 8).trailingZeroBitCount)
        }
        var count = 4
        while count < limit {
            let differences = EightPixels.differences(one + count, other + count)
            if differences != 0 { return min(limit, count &+ differences.trailingZeroBitCount &>> 3) }
            count &+= 8
        }
        return limit
    }
}
