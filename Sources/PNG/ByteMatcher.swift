import Glibc

/// Finds what repeats in rows of palette indices (LZ77).
///
/// Candidates are the byte to the left, the row above, the last place with the same four bytes, and the last ``depth`` ones
/// with the same eight: in text much is equal for four bytes, little of it for as long as a word. The figures are
/// those of a terminal with a bitmap font unless they say otherwise.
final class ByteMatcher {
    /// At 11 a screen of two colours has 1.1 % more bytes, at 15 it has 0.3 % fewer.
    private static let fourBits: UInt32 = 13
    /// From 12 to 16 no byte changes: a chain passes by what only has the same hash.
    private static let eightBits: UInt64 = 14
    private static let window = DeflateToken.window
    /// How much is taken before the window moves to the front, and with it all places in the tables: at 128 KiB that takes 2 % more
    /// instructions, at 32 KiB 15 %; at 1 MiB 2 % fewer, in four times the memory.
    private static let portion = 8 * window
    /// A match of so many bytes is taken without looking for a longer one. At 32: 0.4 % more bytes; at 258: 0.4 % fewer, 2 %
    /// more instructions.
    private static let enough = 96
    /// A shorter match waits for what the next byte finds. At 0: 3.6 % more bytes, 9 % fewer instructions; at 64: 0.3 % fewer,
    /// 2 % more.
    private static let lazy = 24
    /// How many places with the same eight bytes are looked at. At 16: 0.8 % more bytes, 4 % fewer instructions; at 64: 0.4 %
    /// fewer, 6 % more. At 16 another program's picture is smaller.
    private static let depth = 32
    /// How many of them by the byte after a short match. At 2: 0.6 % more bytes, 2 % fewer instructions; at 32: 0.5 % fewer,
    /// 5 % more.
    private static let lazyDepth = 8
    /// After so many bytes that repeat nothing only every other one is looked at: else noise takes most of its time here. No
    /// screen has so many, but at 16 one of two colours has 0.3 % more bytes.
    private static let hopeless = 64
    /// Of a longer match only the first ten bytes and the last six are put into the tables: they are enough to find it again.
    /// If all were: 0.5 % fewer bytes, 41 % more instructions. Two or thirty bytes at an end change 0.2 %.
    private static let long = 64

    private let deflate: DeflateWriter
    private let above: Int
    private let buffer: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    /// Per hash of four bytes, the last place with it. 0 is none, here and below.
    private let fours: UnsafeMutablePointer<UInt32>
    /// Per hash of eight bytes, the last place with it; per place, modulo the window, how far away the one before is.
    private let eights: UnsafeMutablePointer<UInt32>
    private let chain: UnsafeMutablePointer<UInt16>
    /// What is before `start` has its tokens; after `end` is nothing.
    private var start = 1
    private var end = 1

    /// - Parameter row: the bytes of a row with its filter type; how far the row above is.
    init(deflate: DeflateWriter, row: Int) {
        self.deflate = deflate
        above = row
        capacity = Self.window + max(Self.portion, 2 * row) + Self.window
        // Eight bytes more, so that whole words can be compared up to the end.
        buffer = .zeros(capacity + 8)
        fours = .zeros(1 << Int(Self.fourBits))
        eights = .zeros(1 << Int(Self.eightBits))
        chain = .zeros(Self.window)
    }

    deinit {
        free(buffer)
        free(fours)
        free(eights)
        free(chain)
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
        for (table, count) in [(fours, 1 << Int(Self.fourBits)), (eights, 1 << Int(Self.eightBits))] {
            let less = UInt32(shift)
            for index in 0..<count { table[index] = max(table[index], less) - less }
        }
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

    /// - Returns: the number of tokens after, at most `to`.
    private func match(tokens: UnsafeMutablePointer<UInt64>, from: Int, to: Int) -> Int {
        // Unsafe: places are from 1 to `end`, and words are loaded up to eight bytes after it, which exist.
        let deflate = self.deflate
        let literalCost = deflate.literalCost
        let (buffer, fours, eights, chain, end) = (self.buffer, self.fours, self.eights, self.chain, self.end)
        let above = self.above
        var place = start
        var count = from
        var (best, bestDistance) = (0, 0)
        var misses = 0
        while place < end, count < to {
            let limit = min(DeflateToken.longestMatch, end &- place)
            if best == 0, limit >= 4, misses < Self.hopeless || place & 1 == 0 {
                (best, bestDistance) = Self.longest(
                    buffer, fours, eights, chain, place, limit, over: 0, above: above, depth: Self.depth)
            }
            if best > 0, best < 8 {
                var literals = 0
                for index in 0..<best { literals &+= Int(literalCost[Int(buffer[place &+ index])]) }
                if literals <= deflate.cost(length: best, distance: bestDistance) { best = 0 }
            }
            guard best > 0 else {
                tokens[count] = DeflateToken.literal(buffer[place])
                count &+= 1
                place &+= 1
                misses &+= 1
                continue
            }
            misses = 0
            if best < Self.lazy, end &- place > best &+ 4 {
                let next = Self.longest(
                    buffer, fours, eights, chain, place &+ 1, min(DeflateToken.longestMatch, end &- place &- 1),
                    over: best, above: above, depth: Self.lazyDepth)
                if next.length > 0 {
                    tokens[count] = DeflateToken.literal(buffer[place])
                    count &+= 1
                    place &+= 1
                    (best, bestDistance) = next
                    continue
                }
            }
            tokens[count] = DeflateToken.match(length: best, distance: bestDistance)
            count &+= 1
            Self.insertInside(buffer, fours, eights, chain, place, best, end: end)
            place &+= best
            best = 0
        }
        start = place
        return count
    }

    @inline(__always)
    private static func word(_ buffer: UnsafeMutablePointer<UInt8>, _ place: Int) -> UInt32 {
        UnsafeRawPointer(buffer + place).loadUnaligned(as: UInt32.self)
    }

    /// - Returns: how far away the place before with the same hash of eight bytes is; 0 if there is none within the window.
    @inline(__always)
    @discardableResult
    private static func insert(
        _ buffer: UnsafeMutablePointer<UInt8>, _ fours: UnsafeMutablePointer<UInt32>,
        _ eights: UnsafeMutablePointer<UInt32>, _ chain: UnsafeMutablePointer<UInt16>, _ place: Int
    ) -> Int {
        fours[hash(word(buffer, place))] = UInt32(truncatingIfNeeded: place)
        let hash = Int((eight(buffer, place) &* 0x9E37_79B9_7F4A_7C15) &>> (64 - eightBits))
        let distance = place &- Int(eights[hash])
        // It may be in the chain already.
        guard distance > 0 else { return Int(chain[place & (window - 1)]) }
        let before = distance <= window ? distance : 0
        chain[place & (window - 1)] = UInt16(truncatingIfNeeded: before)
        eights[hash] = UInt32(truncatingIfNeeded: place)
        return before
    }

    /// Notes the places within a match, from its third on; of a long match, see ``long``, those at its ends.
    @inline(__always)
    private static func insertInside(
        _ buffer: UnsafeMutablePointer<UInt8>, _ fours: UnsafeMutablePointer<UInt32>,
        _ eights: UnsafeMutablePointer<UInt32>, _ chain: UnsafeMutablePointer<UInt16>, _ place: Int, _ length: Int,
        end: Int
    ) {
        let after = place &+ length
        let last = min(after, end &- 4)
        var inside = place &+ 2
        if length > long {
            let head = min(place &+ 10, last)
            while inside < head {
                insert(buffer, fours, eights, chain, inside)
                inside &+= 1
            }
            inside = max(inside, after &- 6)
        }
        while inside < last {
            insert(buffer, fours, eights, chain, inside)
            inside &+= 1
        }
    }

    @inline(__always)
    private static func eight(_ buffer: UnsafeMutablePointer<UInt8>, _ place: Int) -> UInt64 {
        UnsafeRawPointer(buffer + place).loadUnaligned(as: UInt64.self)
    }

    @inline(__always)
    private static func hash(_ four: UInt32) -> Int { Int((four &* 0x9E37_79B1) &>> (32 - fourBits)) }

    /// The longest match of at least four bytes and of more than `over`, 0 without one; and notes the place.
    @inline(__always)
    private static func longest(
        _ buffer: UnsafeMutablePointer<UInt8>, _ fours: UnsafeMutablePointer<UInt32>,
        _ eights: UnsafeMutablePointer<UInt32>, _ chain: UnsafeMutablePointer<UInt16>, _ place: Int, _ limit: Int,
        over: Int, above: Int, depth: Int
    ) -> (length: Int, distance: Int) {
        let four = word(buffer, place)
        var (best, distance) = (over, 0)
        if place > 1, word(buffer, place &- 1) == four {
            let found = length(buffer, place, place &- 1, limit)
            if found > best { (best, distance) = (found, 1) }
        }
        if place > above, above <= window, best < limit, word(buffer, place &- above) == four {
            let found = length(buffer, place, place &- above, limit)
            if found > best &+ (distance > 0 ? 1 : 0) { (best, distance) = (found, above) }
        }
        let lowest = max(1, place &- window)
        let last = Int(fours[hash(four)])
        var back = insert(buffer, fours, eights, chain, place)
        if last >= lowest, last < place, best < limit, word(buffer, last) == four {
            let found = length(buffer, place, last, limit)
            if found > best { (best, distance) = (found, place &- last) }
        }
        var (candidate, left) = (place &- back, depth)
        while back > 0, candidate >= lowest, left > 0, best < enough, best < limit {
            // A longer match has these eight bytes, too, and they are the most likely to differ.
            let offset = max(0, best &- 7)
            if eight(buffer, candidate &+ offset) == eight(buffer, place &+ offset) {
                let found = length(buffer, place, candidate, limit)
                if found > best { (best, distance) = (found, place &- candidate) }
            }
            left &-= 1
            back = Int(chain[candidate & (window - 1)])
            candidate &-= back
        }
        return distance > 0 ? (best, distance) : (0, 0)
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
