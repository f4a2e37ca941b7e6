import Glibc

/// Finds what repeats in rows of palette indices (LZ77).
///
/// Candidates are the byte to the left, the row above, the last place with the same eight bytes, which seldom disappoints,
/// and up to `depth` earlier ones with the same four.
final class ByteMatcher {
    private static let hashBits: UInt32 = 15
    private static let longBits: UInt64 = 14
    private static let window = DeflateToken.window
    private static let portion = 8 * window
    /// A match of so many bytes is taken without looking for a longer one.
    private static let enough = 64
    /// A shorter one waits for what the next byte finds.
    private static let lazy = 16

    private let deflate: DeflateWriter
    private let above: Int
    private let depth: Int
    private let buffer: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    /// Per hash of four bytes, the last place with it; per place, modulo the window, the one before. 0 is none.
    private let heads: UnsafeMutablePointer<UInt32>
    private let chain: UnsafeMutablePointer<UInt32>
    /// Per hash of eight bytes, the last place with it.
    private let longs: UnsafeMutablePointer<UInt32>
    /// What is before `start` has its tokens; after `end` is nothing.
    private var start = 1
    private var end = 1

    /// - Parameter row: the bytes of a row with its filter type; how far the row above is.
    init(deflate: DeflateWriter, row: Int, depth: Int) {
        self.deflate = deflate
        self.depth = depth
        above = row
        capacity = Self.window + max(Self.portion, 2 * row) + Self.window
        // Eight bytes more, so that whole words can be compared up to the end.
        buffer = .zeros(capacity + 8)
        heads = .zeros(1 << Self.hashBits)
        chain = .zeros(Self.window)
        longs = .zeros(1 << Int(Self.longBits))
    }

    deinit {
        free(buffer)
        free(heads)
        free(chain)
        free(longs)
    }

    /// Room for the next `count` bytes, at most a row's; they count once they are taken.
    func reserve(_ count: Int) -> UnsafeMutablePointer<UInt8> {
        if end + count > capacity {
            flush()
            slide()
        }
        return buffer + end
    }

    func take(_ count: Int) {
        end += count
        if end - start >= Self.window { flush() }
    }

    /// Moves the window to the front. Places move by whole windows, so that they keep their links' places.
    private func slide() {
        let shift = max(0, (end - Self.window - 1) / Self.window * Self.window)
        guard shift > 0 else { return }
        buffer.update(from: buffer + shift, count: end - shift)
        let less = UInt32(shift)
        for hash in 0..<1 << Int(Self.hashBits) { heads[hash] = heads[hash] > less ? heads[hash] - less : 0 }
        for hash in 0..<1 << Int(Self.longBits) { longs[hash] = longs[hash] > less ? longs[hash] - less : 0 }
        for place in 0..<Self.window { chain[place] = chain[place] > less ? chain[place] - less : 0 }
        start -= shift
        end -= shift
    }

    /// Makes tokens of all bytes taken.
    func flush() {
        while start < end {
            if deflate.count >= deflate.capacity { deflate.writeBlock(last: false) }
            deflate.count = match(tokens: deflate.tokens, from: deflate.count, to: deflate.capacity)
        }
    }

    /// - Returns: the number of tokens after; there is room for one more than `to`.
    private func match(tokens: UnsafeMutablePointer<UInt64>, from: Int, to: Int) -> Int {
        // Unsafe: places are from 1 to `end`, and words are loaded up to eight bytes after it, which exist.
        let (literalCost, lengthCost, distanceCost) = (deflate.literalCost, deflate.lengthCost, deflate.distanceCost)
        let (buffer, heads, chain, longs, end) = (self.buffer, self.heads, self.chain, self.longs, self.end)
        let (above, depth) = (self.above, self.depth)
        var place = start
        var count = from
        var (best, bestDistance) = (0, 0)
        // Where nothing has repeated for long, as in noise, only every other byte is looked at.
        var misses = 0
        while place < end, count < to {
            let limit = min(DeflateToken.longestMatch, end &- place)
            if best == 0, limit >= 4, misses < 64 || place & 1 == 0 {
                (best, bestDistance) = Self.longest(
                    buffer, heads, chain, longs, place, limit, above: above, depth: depth)
            }
            if best > 0, best < 8 {
                var literals = 0
                for index in 0..<best { literals &+= Int(literalCost[Int(buffer[place &+ index])]) }
                let symbol = DeflateToken.distanceSymbol(UInt32(truncatingIfNeeded: bestDistance &- 1))
                if literals <= Int(lengthCost[best &- 3]) &+ Int(distanceCost[symbol]) { best = 0 }
            }
            guard best > 0 else {
                tokens[count] = DeflateToken.literal(buffer[place])
                count &+= 1
                place &+= 1
                misses &+= 1
                continue
            }
            misses = 0
            if best < Self.lazy, depth > 1, end &- place > best &+ 4 {
                let next = Self.longest(
                    buffer, heads, chain, longs, place &+ 1, min(DeflateToken.longestMatch, end &- place &- 1),
                    above: above, depth: depth)
                if next.length > best {
                    tokens[count] = DeflateToken.literal(buffer[place])
                    count &+= 1
                    place &+= 1
                    (best, bestDistance) = next
                    continue
                }
            }
            tokens[count] = DeflateToken.match(length: best, distance: bestDistance)
            count &+= 1
            // The ends of a long match are enough to find it again.
            let after = place &+ best
            let last = min(after, end &- 4)
            var inside = place &+ 2
            if best > 32 {
                let head = min(place &+ 10, last)
                while inside < head {
                    Self.insert(buffer, heads, chain, longs, inside)
                    inside &+= 1
                }
                inside = max(inside, after &- 6)
            }
            while inside < last {
                Self.insert(buffer, heads, chain, longs, inside)
                inside &+= 1
            }
            place = after
            best = 0
        }
        start = place
        return count
    }

    @inline(__always)
    private static func word(_ buffer: UnsafeMutablePointer<UInt8>, _ place: Int) -> UInt32 {
        UnsafeRawPointer(buffer + place).loadUnaligned(as: UInt32.self)
    }

    @inline(__always)
    private static func insert(
        _ buffer: UnsafeMutablePointer<UInt8>, _ heads: UnsafeMutablePointer<UInt32>,
        _ chain: UnsafeMutablePointer<UInt32>, _ longs: UnsafeMutablePointer<UInt32>, _ place: Int
    ) {
        let hash = Int((word(buffer, place) &* 0x9E37_79B1) &>> (32 - hashBits))
        let head = heads[hash]
        if Int(head) != place {
            chain[place & (window - 1)] = head
            heads[hash] = UInt32(truncatingIfNeeded: place)
        }
        longs[longHash(buffer, place)] = UInt32(truncatingIfNeeded: place)
    }

    @inline(__always)
    private static func longHash(_ buffer: UnsafeMutablePointer<UInt8>, _ place: Int) -> Int {
        let eight = UnsafeRawPointer(buffer + place).loadUnaligned(as: UInt64.self)
        return Int((eight &* 0x9E37_79B9_7F4A_7C15) &>> (64 - longBits))
    }

    /// The longest match of at least four bytes, 0 without one; and notes the place.
    @inline(__always)
    private static func longest(
        _ buffer: UnsafeMutablePointer<UInt8>, _ heads: UnsafeMutablePointer<UInt32>,
        _ chain: UnsafeMutablePointer<UInt32>, _ longs: UnsafeMutablePointer<UInt32>, _ place: Int, _ limit: Int,
        above: Int, depth: Int
    ) -> (length: Int, distance: Int) {
        let four = word(buffer, place)
        var (best, distance) = (0, 0)
        if place > 1, word(buffer, place &- 1) == four {
            best = length(buffer, place, place &- 1, limit)
            distance = 1
        }
        if place > above, above <= window, best < limit, word(buffer, place &- above) == four {
            let found = length(buffer, place, place &- above, limit)
            if found > best + 1 { (best, distance) = (found, above) }
        }
        let hash = Int((four &* 0x9E37_79B1) &>> (32 - hashBits))
        var candidate = Int(heads[hash])
        if candidate != place {
            chain[place & (window - 1)] = UInt32(truncatingIfNeeded: candidate)
            heads[hash] = UInt32(truncatingIfNeeded: place)
        } else {
            candidate = Int(chain[place & (window - 1)])
        }
        let lowest = max(1, place &- window)
        let longHash = longHash(buffer, place)
        let long = Int(longs[longHash])
        longs[longHash] = UInt32(truncatingIfNeeded: place)
        if long >= lowest, long < place, best < limit, word(buffer, long) == four {
            let found = length(buffer, place, long, limit)
            if found > best { (best, distance) = (found, place &- long) }
        }
        var left = depth
        while candidate >= lowest, candidate < place, left > 0, best < enough, best < limit {
            if buffer[candidate &+ best] == buffer[place &+ best], word(buffer, candidate) == four {
                let found = length(buffer, place, candidate, limit)
                if found > best { (best, distance) = (found, place &- candidate) }
            }
            left &-= 1
            candidate = Int(chain[candidate & (window - 1)])
        }
        return (best, distance)
    }

    @inline(__always)
    private static func length(_ buffer: UnsafeMutablePointer<UInt8>, _ one: Int, _ other: Int, _ limit: Int) -> Int {
        var count = 0
        while count < limit {
            let difference =
                UnsafeRawPointer(buffer + (one &+ count)).loadUnaligned(as: UInt64.self)
                ^ UnsafeRawPointer(buffer + (other &+ count)).loadUnaligned(as: UInt64.self)
            if difference != 0 {
                return min(limit, count &+ difference.littleEndian.trailingZeroBitCount &>> 3)
            }
            count &+= 8
        }
        return limit
    }
}
