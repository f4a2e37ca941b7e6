/// How the pixels of a row compare with those to the left and above.
struct RowStatistics {
    /// How many are equal to one of both.
    private(set) var equal = 0
    /// How many are equal to neither, but near the one to the left or above: no channel differs by four or more.
    private(set) var near = 0

    /// - Parameters:
    ///   - row: pixels with a top byte of 0; the word before them is read, too.
    init(_ row: UnsafePointer<UInt32>, above: UnsafePointer<UInt32>, width: Int) {
        // Unsafe: words from the one before the row to its last. Comparisons are made by borrows, as those of SIMD
        // vectors are slow: a difference of 0 less one has its highest bit set.
        let one = SIMD4<UInt32>(repeating: 1)
        let three = SIMD4<UInt32>(repeating: 0x03_0303)
        let high = SIMD4<UInt32>(repeating: 0xF8_F8F8)
        let (row, above) = (UnsafeRawPointer(row), UnsafeRawPointer(above))
        var (equals, nears) = (SIMD4<UInt32>.zero, SIMD4<UInt32>.zero)
        let whole = width & ~3
        var x = 0
        while x < whole {
            let four = row.loadUnaligned(fromByteOffset: 4 &* x, as: SIMD4<UInt32>.self)
            let left = row.loadUnaligned(fromByteOffset: 4 &* x &- 4, as: SIMD4<UInt32>.self)
            let up = above.loadUnaligned(fromByteOffset: 4 &* x, as: SIMD4<UInt32>.self)
            equals &+= (((four ^ left) &- one) | ((four ^ up) &- one)) &>> 31
            nears &+= (Self.distances(four, left, three, high) | Self.distances(four, up, three, high)) &>> 31
            x &+= 4
        }
        equal = Int(equals[0] &+ equals[1] &+ equals[2] &+ equals[3])
        near = Int(nears[0] &+ nears[1] &+ nears[2] &+ nears[3])
        near -= min(near, equal)
        guard whole > 0 else { return }
        // The last pixels, fewer than four, are taken to be like the others.
        (equal, near) = (equal * width / whole, near * width / whole)
    }

    /// The highest bit of a lane is set where every channel differs by less than four.
    @inline(__always)
    private static func distances(
        _ one: SIMD4<UInt32>, _ other: SIMD4<UInt32>, _ three: SIMD4<UInt32>, _ high: SIMD4<UInt32>
    ) -> SIMD4<UInt32> {
        // Each channel's difference plus three, without borrows between channels, by their lower seven bits and eighth.
        let eighth = SIMD4<UInt32>(repeating: 0x80_8080)
        let difference = ((one | eighth) &- (other & ~eighth)) ^ ((one ^ ~other) & eighth)
        let shifted = ((difference & ~eighth) &+ three) ^ (difference & eighth)
        // 0...6, so that all bits but the lowest three are clear.
        return (shifted & high) &- SIMD4<UInt32>(repeating: 1)
    }
}
