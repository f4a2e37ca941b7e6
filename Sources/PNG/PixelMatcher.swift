import Glibc

/// Finds what repeats in RGB rows, in whole pixels (LZ77).
///
/// Candidates are the pixel to the left, the row above, and the last places with the same pixels. Rows are kept one after
/// the other, each with one more word after it that is no pixel, where the next one's filter type is in the stream of bytes.
final class PixelMatcher {
    /// What ends a row: no pixel, as a pixel's top byte is 0.
    static let rowEnd: UInt32 = 0xFF00_0000
    /// The longest match in pixels.
    private static let longestMatch = DeflateToken.longestMatch / 3
    /// 32 KiB. A table of 12 bits costs 0.1 to 0.3 % more bytes; one of 15 saves 0.1 to 0.2 % for up to 5 % more instructions.
    private static let pairBits: UInt64 = 13
    /// 16 KiB. A table of 11 bits costs a photograph 0.7 % more bytes, a page 0.2 to 0.5 %; one of 14 saves 0.6 and 0.2 % for 2 %
    /// more instructions.
    private static let singleBits: UInt32 = 12
    /// More pixels and row ends than 32 KiB can be, even if each row has but one pixel.
    private static let window = 16_400
    /// How many pixels are taken before the window moves to the front, and with it all places in the tables: at 4,096 that takes 60 %
    /// more instructions of a page; at four times as many 6 % fewer, but four times the memory to look at, which takes longer.
    private static let portion = 1 << 15
    /// A pixel's place to the left of it is three bytes away.
    private static let runDistance = 3
    /// Of so many filtered rows two are searched, and by the second, which sees the first, the others are judged. At 12: up to
    /// 0.4 % fewer bytes of photographs, 2 to 6 % more instructions; at 192: up to 0.4 % more, up to 5 % fewer.
    private static let trial = 48
    /// Filtered rows are searched, for more than runs, where that saves one of so many bits. At 10: sharp photographs have 4.2 %
    /// more bytes for 33 % fewer instructions; searched everywhere, they have 0.7 % fewer for 14 % more.
    private static let worth = 60
    /// Filtered rows whose pixels take less, in eighths of a bit, are soft. If none were, a soft photograph would have 5.5 % more
    /// bytes; if all were, a sharp one would have 3.8 % more.
    private static let soft = 80
    /// After so many pixels of a soft row that repeat nothing only every other one is looked up, then every third... At 8: up to
    /// 0.8 % more bytes; without end: up to 0.3 % fewer, 3 to 6 % more instructions.
    private static let patience = 32
    /// So many equal pixels are always worth a match, and none longer is looked for. At 4 a terminal has 0.4 % more bytes,
    /// and a page 0.4 % fewer; if a longer one were always looked for, both would have 0.2 % fewer for 1 % more instructions.
    private static let enough = 12
    /// A row with edges is mixed when its matches spare one of so many tokens. At half of the row, desktops have 1.1 to 1.4 % more
    /// bytes for 5 % fewer instructions; at a twentieth, photographs 0.6 % fewer for 7 % more.
    private static let mixed = 4

    /// What filtered rows are like.
    private enum FilteredKind {
        /// Whatever repeats is looked for: two pixels, or one.
        case sharp
        /// Four equal pixels are looked for: fewer seldom pay.
        case soft
        /// Soft, with windows on it: at edges as in sharp rows.
        case mixed
    }

    private let deflate: DeflateWriter
    private let width: Int
    private let stride: Int
    private let keep: Int
    private let capacity: Int
    private let pixels: UnsafeMutablePointer<UInt32>
    /// The index in `pixels` of the last place with a hash; 0 is none.
    private let pairs: UnsafeMutablePointer<UInt32>
    private let singles: UnsafeMutablePointer<UInt32>
    /// How far back in `pixels` the window can reach.
    private let reach: UInt32
    /// 2^40 / stride, rounded up: exact for what is divided, at most twice the window and a row.
    private let perStride: UInt64
    /// Where the next row will be.
    private var next = 1
    private var isFirst = true
    private var filteredRows = 0
    private var isSearched = true
    /// Whether the last filtered row had edges and enough of it was in matches, see ``mixed``: windows, which are worth a search
    /// even where the trial says that the photograph around them is not.
    private var isMixed = false

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

    /// Makes tokens of the row that was filled, without its filter type.
    /// - Parameter costs: those of the row's literals if it is filtered.
    func encode(costs: LiteralCosts?) {
        guard let costs else { return tokenize { encode(from: $0) } }
        let turn = filteredRows % Self.trial
        filteredRows += 1
        // A row that is more than a block cannot be tried.
        if turn == 1, width <= deflate.capacity {
            let start = deflate.room(for: width)
            tokenize { encodeRuns(from: $0) }
            let runs = deflate.bits(from: start)
            deflate.count = start
            search(costs)
            isSearched = deflate.bits(from: start) < runs - runs / Self.worth
        } else {
            let start = deflate.count
            if turn == 0 || isSearched || isMixed {
                search(costs)
            } else {
                tokenize { encodeRuns(from: $0) }
            }
            // Not so where a block ended within the row.
            if deflate.count > start {
                isMixed = costs.hasEdges && Self.mixed * (deflate.count - start) < (Self.mixed - 1) * width
            }
        }
    }

    private func search(_ costs: LiteralCosts) {
        if costs.perPixel >= Self.soft {
            tokenize { encodeFiltered(from: $0, costs: costs, kind: .sharp) }
        } else if isMixed {
            tokenize { encodeFiltered(from: $0, costs: costs, kind: .mixed) }
        } else {
            tokenize { encodeFiltered(from: $0, costs: costs, kind: .soft) }
        }
    }

    @inline(__always)
    private func tokenize(_ from: (Int) -> Int) {
        var x = 0
        while x < width {
            if deflate.count >= deflate.capacity { deflate.writeBlock(last: false) }
            x = from(x)
        }
    }

    private func encode(from: Int) -> Int {
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

    /// Nothing but runs of four pixels or more.
    private func encodeRuns(from: Int) -> Int {
        // Unsafe: places are in the row or the word before it.
        let (tokens, capacity, width) = (deflate.tokens, deflate.capacity, self.width)
        let row = UnsafePointer(pixels) + next
        var (count, x) = (deflate.count, from)
        while x < width, count < capacity {
            let start = min(Self.nextRun(row, from: x, width: width), x &+ capacity &- count)
            // Simple enough to become vector instructions.
            for index in 0..<start &- x { tokens[count &+ index] = DeflateToken.pixel(row[x &+ index]) }
            count &+= start &- x
            x = start
            guard x < width, count < capacity else { break }
            let found = Self.length(row + x, row + x - 1, min(Self.longestMatch, width &- x))
            tokens[count] = DeflateToken.match(length: 3 &* found, distance: Self.runDistance)
            count &+= 1
            x &+= found
        }
        deflate.count = count
        return x
    }

    /// Where four pixels come next of which each is equal to the one before; `width` if nowhere.
    @inline(__always)
    private static func nextRun(_ row: UnsafePointer<UInt32>, from: Int, width: Int) -> Int {
        var x = from
        while x &+ 4 <= width {
            // A byte for each pixel that is equal to the one before; then for four of these in a row.
            var equal = ~EightPixels.differences(row + x, row + x - 1)
            equal &= equal &>> 8
            equal &= equal &>> 16
            if equal != 0 { return x &+ equal.trailingZeroBitCount &>> 3 }
            x &+= 5
        }
        return width
    }

    /// Whatever repeats and pays.
    /// - Parameter kind: a constant, so that each kind gets code of its own.
    @inline(__always)
    private func encodeFiltered(from: Int, costs: LiteralCosts, kind: FilteredKind) -> Int {
        // Unsafe: places are in the row, which has a row end and more words after it, or in the window before it.
        let (pixels, pairs, singles) = (UnsafePointer(self.pixels), self.pairs, self.singles)
        let (tokens, capacity, width, deflate) = (deflate.tokens, deflate.capacity, self.width, self.deflate)
        let literalCost = kind != .sharp ? UnsafePointer(costs.costs) : UnsafePointer(deflate.literalCost)
        let (perPixel, reach) = (costs.perPixel, self.reach)
        let row = pixels + next
        var (count, x) = (deflate.count, from)
        var misses = 0
        while x < width, count < capacity {
            let place = row + x
            let here = UInt32(truncatingIfNeeded: next &+ x)
            let isEdge = kind == .mixed && LiteralCosts.cost(place[0], literalCost) > LiteralCosts.edge
            let isSoft = kind == .soft || kind == .mixed && !isEdge
            let (first, second) = (Self.two(place), isSoft ? Self.two(place + 2) : 0)
            let key = isSoft ? first &+ second &* 0xD6E8_FEB8_6659_FD93 : first
            // Two places of each hash are kept, the last one first.
            let hash = Int((key &* 0x9E37_79B9_7F4A_7C15) &>> (64 - Self.pairBits)) & ~1
            let (newer, older) = (pairs[hash], pairs[hash &+ 1])
            pairs[hash] = here
            pairs[hash &+ 1] = newer
            let (newerPlace, olderPlace) = (pixels + Int(newer), pixels + Int(older))
            var newerDiffers = Self.two(newerPlace) ^ first
            var olderDiffers = Self.two(olderPlace) ^ first
            var leftDiffers = Self.two(place - 1) ^ first
            if isSoft {
                newerDiffers |= Self.two(newerPlace + 2) ^ second
                olderDiffers |= Self.two(olderPlace + 2) ^ second
                leftDiffers |= Self.two(place + 1) ^ second
            }
            // One branch for all three, as most often it is none.
            if (newerDiffers == 0 ? 1 : 0) | (olderDiffers == 0 ? 1 : 0) | (leftDiffers == 0 ? 1 : 0) != 0 {
                let limit = min(Self.longestMatch, width &- x)
                var (best, bestDistance) = (0, 0)
                if newerDiffers == 0, here &- newer <= reach {
                    (best, bestDistance) = (Self.length(place, newerPlace, limit), distance(x, newer))
                }
                if olderDiffers == 0, here &- older <= reach {
                    let found = Self.length(place, olderPlace, limit)
                    if found > best { (best, bestDistance) = (found, distance(x, older)) }
                }
                if leftDiffers == 0 {
                    let found = Self.length(place, place - 1, limit)
                    if found &+ 1 >= best { (best, bestDistance) = (found, Self.runDistance) }
                }
                var gain = best &* perPixel
                if best > 0, best < Self.enough {
                    let cost = deflate.cost(length: 3 &* best, distance: bestDistance)
                    // The mean says enough of most soft ones that are too short.
                    let isTooShort = isSoft && 3 &* gain < 2 &* cost
                    gain = isTooShort ? 0 : Self.literals(place, best, literalCost) &- cost
                }
                if gain > 0 {
                    tokens[count] = DeflateToken.match(length: 3 &* best, distance: bestDistance)
                    x &+= best
                    count &+= 1
                    misses = 0
                    continue
                }
            }
            if isSoft {
                misses &+= 1
                let taken = misses > Self.patience ? 1 &+ min(3, misses / Self.patience) : 1
                let end = min(width, x &+ min(taken, capacity &- count))
                while x < end {
                    tokens[count] = DeflateToken.pixel(row[x])
                    x &+= 1
                    count &+= 1
                }
            } else {
                let single = Int((place[0] &* 0x9E37_79B1) &>> (32 - Self.singleBits))
                let last = singles[single]
                singles[single] = here
                tokens[count] = onePixel(x, last, nearer: nil, costs: literalCost)
                count &+= 1
                x &+= 1
            }
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
    private func onePixel(_ x: Int, _ last: UInt32, nearer: Int?, costs: UnsafePointer<UInt8>) -> UInt64 {
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
    private static func two(_ place: UnsafePointer<UInt32>) -> UInt64 {
        UnsafeRawPointer(place).loadUnaligned(as: UInt64.self)
    }

    /// How many bytes of the stream lie between a place that is at most `reach` back and the row's pixel `x`.
    @inline(__always)
    private func distance(_ x: Int, _ earlier: UInt32) -> Int {
        // A row end is one byte, a pixel three.
        let back = next &- Int(earlier)
        let rowEnds = Int(truncatingIfNeeded: (UInt64(truncatingIfNeeded: back &+ width) &* perStride) &>> 40)
        return 3 &* (back &+ x) &- 2 &* rowEnds
    }

    /// What pixels take as literals, in eighths of a bit.
    @inline(__always)
    private static func literals(
        _ place: UnsafePointer<UInt32>, _ count: Int, _ costs: UnsafePointer<UInt8>
    ) -> Int {
        var sum = 0
        for index in 0..<count { sum &+= LiteralCosts.cost(place[index], costs) }
        return sum
    }

    /// How many pixels are equal. Up to seven after `limit` are looked at.
    @inline(__always)
    private static func length(_ one: UnsafePointer<UInt32>, _ other: UnsafePointer<UInt32>, _ limit: Int) -> Int {
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
