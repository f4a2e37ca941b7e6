/// The rows of a picture that has had at most 256 colours so far: its palette, and an index for each pixel.
///
/// Nothing is written until the whole picture is known to have so few; until then rows are kept: one that is equal to the
/// one above in one byte, of others those groups of eight indices that differ from the row above.
final class IndexedRows {
    /// The most bytes of rows that are kept: a picture that needs more, such as noise in shades of grey, becomes RGB.
    static let limit = 5 << 20
    /// Eight indices are a word, and eight pixels one comparison, see ``EightPixels``.
    static let group = 8
    /// Four times as many places as colours: nearly every colour is in the first place of its hash.
    private static let hashBits: UInt32 = 10
    /// Where no colour is: an index too large for its place, so that no pixel is equal to it.
    private static let noColour: UInt64 = 1 << 63

    private let width: Int
    private let groups: Int
    /// The bytes of a bit for each group.
    private let bits: Int
    private(set) var palette: [UInt32] = []
    /// By a hash: a colour, and from bit 32 its index.
    private let colours: UnsafeMutablePointer<UInt64>
    /// The last row's pixels, filled up to whole groups.
    private let row: UnsafeMutablePointer<UInt32>
    /// Per row a byte, whether it differs from the one above; if it does, a bit for each group, whether it does, and the
    /// indices of these groups.
    private let rows: UnsafeMutablePointer<UInt8>
    private var count = 0

    init(width: Int) {
        self.width = width
        groups = (width + Self.group - 1) / Self.group
        bits = (groups + 7) / 8
        // Room for all that may be kept, and one row more: what is never written to takes no memory.
        rows = .allocate(capacity: Self.limit + 1 + bits + groups * Self.group)
        colours = .allocate(capacity: 1 << Int(Self.hashBits))
        colours.initialize(repeating: Self.noColour, count: 1 << Int(Self.hashBits))
        row = .allocate(capacity: groups * Self.group)
        // No pixels, as a pixel's top byte is 0: all groups of the first row differ.
        row.initialize(repeating: .max, count: groups * Self.group)
    }

    deinit {
        rows.deallocate()
        colours.deallocate()
        row.deallocate()
    }

    /// - Returns: whether the row was kept; not so when it brings the 257th colour, or more bytes than the limit.
    func append(_ pixels: UnsafePointer<UInt32>) -> Bool {
        guard count <= Self.limit else { return false }
        let flags = rows + count + 1
        flags.update(repeating: 0, count: bits)
        // Unsafe: as many groups as there is room for.
        let target = UnsafeMutableRawPointer(flags + bits)
        var offset = 0
        for group in 0..<groups {
            if isTheSame(pixels, group) { continue }
            let place = row + group &* Self.group
            guard let indices = lookUpAtOnce(place) ?? lookUp(place) else { return false }
            target.storeBytes(of: indices.littleEndian, toByteOffset: offset, as: UInt64.self)
            flags[group &>> 3] |= 1 &<< UInt8(truncatingIfNeeded: group & 7)
            offset &+= Self.group
        }
        rows[count] = offset == 0 ? 0 : 1
        count += 1 + (offset == 0 ? 0 : bits + offset)
        return true
    }

    /// - Returns: whether a group is the one of the row above; if not, it is copied, and filled up.
    @inline(__always)
    private func isTheSame(_ pixels: UnsafePointer<UInt32>, _ group: Int) -> Bool {
        let first = group &* Self.group
        let place = row + first
        guard first &+ Self.group > width else {
            if EightPixels.differences(pixels + first, UnsafePointer(place), mask: 0xFF_FFFF) == 0 { return true }
            for x in 0..<Self.group { place[x] = pixels[first &+ x] & 0xFF_FFFF }
            return false
        }
        var difference: UInt32 = 0
        for x in 0..<Self.group {
            let pixel = pixels[min(first &+ x, width &- 1)] & 0xFF_FFFF
            difference |= pixel ^ place[x]
            place[x] = pixel
        }
        return difference == 0
    }

    /// - Returns: a group's indices, the first lowest; nil unless each colour is in the first place of its hash.
    @inline(__always)
    private func lookUpAtOnce(_ pixels: UnsafeMutablePointer<UInt32>) -> UInt64? {
        // Unsafe, here and below: a hash is below the number of places.
        var difference: UInt64 = 0
        var indices: UInt64 = 0
        for x in 0..<Self.group {
            let entry = colours[Self.hash(pixels[x])]
            difference |= entry ^ UInt64(pixels[x])
            indices |= ((entry &>> 32) & 255) &<< UInt64(8 &* x)
        }
        // Bits of an index are no difference.
        return difference & (Self.noColour | 0xFFFF_FFFF) == 0 ? indices : nil
    }

    /// Adds a group's new colours to the palette.
    /// - Returns: nil when there are too many.
    private func lookUp(_ pixels: UnsafeMutablePointer<UInt32>) -> UInt64? {
        let mask = (1 << Int(Self.hashBits)) - 1
        var indices: UInt64 = 0
        for x in 0..<Self.group {
            let pixel = pixels[x]
            // At least three quarters of the places are free.
            var hash = Self.hash(pixel)
            while colours[hash] & (Self.noColour | 0xFFFF_FFFF) != UInt64(pixel) {
                if colours[hash] == Self.noColour {
                    guard palette.count < 256 else { return nil }
                    colours[hash] = UInt64(palette.count) << 32 | UInt64(pixel)
                    palette.append(pixel)
                } else {
                    hash = (hash &+ 1) & mask
                }
            }
            indices |= (colours[hash] >> 32) << UInt64(8 * x)
        }
        return indices
    }

    @inline(__always)
    private static func hash(_ pixel: UInt32) -> Int { Int((pixel &* 0x9E37_79B1) &>> (32 - hashBits)) }

    /// Gives each row, from top to bottom, by what differs from the one above.
    func forEach(_ body: (_ changes: RowChanges) -> Void) {
        var place = 0
        while place < count {
            let isDifferent = rows[place] != 0
            place += 1
            let indices = UnsafeRawPointer(rows + place + bits)
            let changes = RowChanges(
                bytes: isDifferent ? bits : 0, flags: UnsafePointer(rows + place), indices: indices)
            if isDifferent { place += bits + Self.group * changes.count }
            body(changes)
        }
    }
}

/// The groups of a row's palette indices that differ from the row above.
struct RowChanges {
    /// So many bytes of flags, a bit for each group.
    fileprivate let bytes: Int
    fileprivate let flags: UnsafePointer<UInt8>
    fileprivate let indices: UnsafeRawPointer

    fileprivate var count: Int {
        var sum = 0
        for byte in 0..<bytes { sum &+= flags[byte].nonzeroBitCount }
        return sum
    }

    /// - Parameter body: takes a group's number and its eight indices, the first lowest; the last group is filled up.
    @inline(__always)
    func forEach(_ body: (_ group: Int, _ indices: UInt64) -> Void) {
        // Unsafe: as many groups follow as bits are set.
        var offset = 0
        for byte in 0..<bytes {
            var flags = self.flags[byte]
            while flags != 0 {
                let word = indices.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
                body(8 &* byte &+ flags.trailingZeroBitCount, word)
                flags &= flags &- 1
                offset &+= 8
            }
        }
    }
}
