/// Finds what repeats in unfiltered RGB rows, in whole pixels (LZ77).
///
/// Candidates are the pixel to the left, the row above, and the last places with the same two pixels or the same one.
/// Rows are kept one after the other, each with one more word after it that is no pixel, where its filter type is in
/// the stream of bytes.
final class PixelMatcher {
    /// What ends a row: no pixel, as a pixel's top byte is 0.
    static let rowEnd: UInt32 = 0xFF00_0000
    /// The longest match in pixels.
    private static let longestMatch = DeflateToken.longestMatch / 3
    private static let pairBits: UInt64 = 13
    private static let singleBits: UInt32 = 12
    /// More pixels and row ends than 32 KiB can be, if rows have at least 32 pixels.
    private static let window = 11_400
    private static let portion = 1 << 17
    /// A pixel's place to the left of it is three bytes away.
    private static let runDistance = 3

    private let deflate: DeflateWriter
    private let width: Int
    private let stride: Int
    private let keep: Int
    private let capacity: Int
    private let pixels: UnsafeMutablePointer<UInt32>
    /// The last place with a hash: its index in `pixels`, in the upper half, and in the stream of bytes modulo 2^32.
    private let pairs: UnsafeMutablePointer<UInt64>
    private let singles: UnsafeMutablePointer<UInt64>
    /// Where the next row will be.
    private var next: Int

    init(deflate: DeflateWriter, width: Int) {
        self.deflate = deflate
        self.width = width
        stride = width + 1
        keep = max(Self.window, 2 * stride)
        capacity = keep + max(Self.portion, 2 * stride)
        // Two words more, as pixels are compared in pairs.
        pixels = .allocate(capacity: capacity + 2)
        pixels.initialize(repeating: 0, count: capacity + 2)
        pairs = .allocate(capacity: 1 << Int(Self.pairBits))
        pairs.initialize(repeating: 0, count: 1 << Int(Self.pairBits))
        singles = .allocate(capacity: 1 << Int(Self.singleBits))
        singles.initialize(repeating: 0, count: 1 << Int(Self.singleBits))
        // The first row has a black one above it, for filters.
        next = 1 + stride
        pixels[0] = Self.rowEnd
        pixels[stride] = Self.rowEnd
    }

    deinit {
        pixels.deallocate()
        pairs.deallocate()
        singles.deallocate()
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

    func endRow() { next += stride }

    /// The row above the one that was begun.
    var above: UnsafePointer<UInt32> { UnsafePointer(pixels + (next - stride)) }

    private static func move(_ table: UnsafeMutablePointer<UInt64>, _ count: Int, by shift: Int) {
        let less = UInt64(shift) << 32
        for index in 0..<count { table[index] = table[index] >= less + 1 << 32 ? table[index] - less : 0 }
    }

    /// Makes tokens of the row, which is not filtered, without its filter type.
    /// - Parameters:
    ///   - position: where in the stream of bytes, modulo 2^32, its first pixel is.
    ///   - afterPlain: whether the row above is not filtered either.
    func encode(position: UInt32, afterPlain: Bool) {
        var x = 0
        while x < width {
            if deflate.count >= deflate.capacity { deflate.writeBlock(last: false) }
            x = encode(from: x, position: position, afterPlain: afterPlain)
        }
    }

    private func encode(from: Int, position: UInt32, afterPlain: Bool) -> Int {
        // Unsafe: places are in the row, which has a row end and two more words after it, or in the window before it.
        let (pixels, pairs, singles) = (UnsafePointer(self.pixels), self.pairs, self.singles)
        let (tokens, capacity, width) = (deflate.tokens, deflate.capacity, self.width)
        let (literalCost, lengthCost, distanceCost) = (deflate.literalCost, deflate.lengthCost, deflate.distanceCost)
        let row = pixels + next
        let aboveDistance = 3 &* width &+ 1
        let above = afterPlain && aboveDistance <= DeflateToken.window ? stride : 0
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
            if best < 12, best < limit {
                let byte = UInt64(position &+ UInt32(truncatingIfNeeded: 3 &* x))
                let entry = UInt64(truncatingIfNeeded: next &+ x) &<< 32 | byte
                let pair = UnsafeRawPointer(place).loadUnaligned(as: UInt64.self)
                let hash = Int((pair &* 0x9E37_79B9_7F4A_7C15) &>> (64 - Self.pairBits))
                let candidate = pairs[hash]
                pairs[hash] = entry
                let distance = Int(
                    UInt32(truncatingIfNeeded: byte) &- UInt32(truncatingIfNeeded: candidate))
                if candidate != 0, distance <= DeflateToken.window {
                    let other = pixels + Int(candidate &>> 32)
                    if UnsafeRawPointer(other).loadUnaligned(as: UInt64.self) == pair {
                        let found = Self.length(place, other, limit)
                        if found > best &+ (bestDistance == 3 && best > 0 ? 1 : 0)
                            || (found == best && distance < bestDistance)
                        {
                            (best, bestDistance) = (found, distance)
                        }
                    }
                }
                let single = Int((pixel &* 0x9E37_79B1) &>> (32 - Self.singleBits))
                if best == 0 {
                    let candidate = singles[single]
                    let distance = Int(
                        UInt32(truncatingIfNeeded: byte) &- UInt32(truncatingIfNeeded: candidate))
                    if candidate != 0, distance <= DeflateToken.window, pixels[Int(candidate &>> 32)] == pixel {
                        (best, bestDistance) = (1, distance)
                    }
                }
                singles[single] = entry
                if best == 1, bestDistance > 3 {
                    let literals =
                        Int(literalCost[Int(pixel &>> 16)]) &+ Int(literalCost[Int((pixel &>> 8) & 255)])
                        &+ Int(literalCost[Int(pixel & 255)])
                    let symbol = DeflateToken.distanceSymbol(UInt32(truncatingIfNeeded: bestDistance &- 1))
                    if literals <= Int(lengthCost[0]) &+ Int(distanceCost[symbol]) { best = 0 }
                }
            }
            if best == 0 {
                tokens[count] = pixel | DeflateToken.pixel
                x &+= 1
            } else {
                tokens[count] = DeflateToken.match(length: 3 &* best, distance: bestDistance)
                x &+= best
            }
            count &+= 1
        }
        deflate.count = count
        return x
    }

    /// How many pixels are equal. Up to one after `limit` is looked at.
    @inline(__always)
    private static func length(_ one: UnsafePointer<UInt32>, _ other: UnsafePointer<UInt32>, _ limit: Int) -> Int {
        var count = 0
        while count < limit {
            let difference =
                UnsafeRawPointer(one + count).loadUnaligned(as: UInt64.self)
                ^ UnsafeRawPointer(other + count).loadUnaligned(as: UInt64.self)
            if difference != 0 {
                let first = UInt32(truncatingIfNeeded: difference.littleEndian) == 0 ? 1 : 0
                return min(limit, count &+ first)
            }
            count &+= 2
        }
        return limit
    }
}
