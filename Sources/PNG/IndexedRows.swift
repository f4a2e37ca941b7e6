import Glibc

/// The rows of a picture that has had at most 256 colours so far: its palette, and an index for each pixel.
///
/// Nothing is written until the whole picture is known to have so few; until then rows are kept: one that is equal to the
/// one above in one byte, others in groups of eight indices, without those groups that repeat the index before them.
final class IndexedRows {
    private enum Row {
        static let same: UInt8 = 0
        static let groups: UInt8 = 1
    }

    /// The most bytes of rows that are kept: a picture that needs more, such as noise in shades of grey, becomes RGB.
    static let limit = 5 << 20
    private static let group = 8
    private static let hashBits: UInt32 = 10
    /// Where no colour is: an index too large for its place, so that no pixel is equal to it.
    private static let noColour: UInt64 = 1 << 63

    private let width: Int
    private let groups: Int
    private(set) var palette: [UInt32] = []
    /// By a hash: a colour, and from bit 32 its index.
    private let colours: UnsafeMutablePointer<UInt64>
    private let previous: UnsafeMutablePointer<UInt32>
    /// The row's indices, filled up to whole groups.
    private let indices: UnsafeMutablePointer<UInt8>
    private var isFirst = true
    private var rows: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private var count = 0

    init(width: Int) {
        self.width = width
        groups = (width + Self.group - 1) / Self.group
        capacity = max(1 << 16, 4 * width)
        rows = .zeros(capacity)
        colours = .allocate(capacity: 1 << Int(Self.hashBits))
        colours.initialize(repeating: Self.noColour, count: 1 << Int(Self.hashBits))
        previous = .zeros(width)
        indices = .zeros(groups * Self.group)
    }

    deinit {
        free(rows)
        colours.deallocate()
        free(previous)
        free(indices)
    }

    /// - Returns: whether the row was kept; not so when it brings the 257th colour, or more bytes than the limit.
    func append(_ pixels: UnsafePointer<UInt32>) -> Bool {
        var difference: UInt32 = 0
        for x in 0..<width { difference |= pixels[x] ^ previous[x] }
        if difference & 0xFF_FFFF == 0, !isFirst {
            reserve(1)
            rows[count] = Row.same
            count += 1
            return true
        }
        guard count <= Self.limit, lookUpAtOnce(pixels) || lookUp(pixels) else { return false }
        for x in 0..<width { previous[x] = pixels[x] }
        isFirst = false
        keepGroups()
        return true
    }

    /// Fills the row's indices without a branch for each pixel.
    /// - Returns: whether each colour is in the first place of its hash.
    private func lookUpAtOnce(_ pixels: UnsafePointer<UInt32>) -> Bool {
        // Unsafe, here and below: a hash is below the number of places.
        let (colours, indices) = (self.colours, self.indices)
        var difference: UInt64 = 0
        for x in 0..<width {
            let pixel = pixels[x] & 0xFF_FFFF
            let entry = colours[Int((pixel &* 0x9E37_79B1) &>> (32 - Self.hashBits))]
            difference |= entry ^ UInt64(pixel)
            indices[x] = UInt8(truncatingIfNeeded: entry &>> 32)
        }
        // Bits of an index are no difference.
        return difference & (Self.noColour | 0xFFFF_FFFF) == 0
    }

    /// Fills the row's indices, and adds its new colours to the palette.
    private func lookUp(_ pixels: UnsafePointer<UInt32>) -> Bool {
        let mask = (1 << Int(Self.hashBits)) - 1
        for x in 0..<width {
            let pixel = pixels[x] & 0xFF_FFFF
            // At least three quarters of the places are free.
            var hash = Int((pixel &* 0x9E37_79B1) &>> (32 - Self.hashBits))
            while colours[hash] & (Self.noColour | 0xFFFF_FFFF) != UInt64(pixel) {
                if colours[hash] == Self.noColour {
                    guard palette.count < 256 else { return false }
                    colours[hash] = UInt64(palette.count) << 32 | UInt64(pixel)
                    palette.append(pixel)
                } else {
                    hash = (hash &+ 1) & mask
                }
            }
            indices[x] = UInt8(truncatingIfNeeded: colours[hash] &>> 32)
        }
        return true
    }

    /// After the row's kind comes a bit for each group, whether it follows, and these groups.
    private func keepGroups() {
        for x in width..<groups * Self.group { indices[x] = indices[width - 1] }
        let bits = (groups + 7) / 8
        reserve(1 + bits + groups * Self.group)
        rows[count] = Row.groups
        let flags = rows + count + 1
        flags.update(repeating: 0, count: bits)
        // Unsafe: as many groups as there is room for.
        let source = UnsafeRawPointer(indices)
        let target = UnsafeMutableRawPointer(flags + bits)
        var offset = 0
        var before: UInt64 = 0
        for group in 0..<groups {
            let word = source.loadUnaligned(fromByteOffset: group &* Self.group, as: UInt64.self).littleEndian
            target.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
            let isNew: UInt8 = word == Self.repeated(before) ? 0 : 1
            flags[group &>> 3] |= isNew &<< UInt8(truncatingIfNeeded: group & 7)
            offset &+= Self.group &* Int(isNew)
            before = word &>> 56
        }
        count += 1 + bits + offset
    }

    @inline(__always)
    private static func repeated(_ index: UInt64) -> UInt64 { index &* 0x0101_0101_0101_0101 }

    private func reserve(_ more: Int) {
        guard more > capacity - count else { return }
        capacity = max(capacity + capacity / 2, count + more)
        rows = rows.resized(to: capacity, keeping: count)
    }

    /// Gives each row's indices, from top to bottom.
    /// - Parameter body: takes them, and whether they are those of the row before.
    func forEach(_ body: (_ indices: UnsafePointer<UInt8>, _ isSame: Bool) -> Void) {
        let target = UnsafeMutableRawPointer(indices)
        let bits = (groups + 7) / 8
        var place = 0
        while place < count {
            let kind = rows[place]
            place += 1
            if kind == Row.groups {
                let flags = rows + place
                place += bits
                var before: UInt64 = 0
                for group in 0..<groups {
                    var word = Self.repeated(before)
                    if flags[group &>> 3] &>> UInt8(truncatingIfNeeded: group & 7) & 1 == 1 {
                        word = UnsafeRawPointer(rows + place).loadUnaligned(as: UInt64.self).littleEndian
                        place &+= Self.group
                    }
                    target.storeBytes(of: word.littleEndian, toByteOffset: group &* Self.group, as: UInt64.self)
                    before = word &>> 56
                }
            }
            body(UnsafePointer(indices), kind == Row.same)
        }
    }
}
