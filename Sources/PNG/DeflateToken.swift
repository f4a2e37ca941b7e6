/// A token of a deflate stream in 32 bits: one literal byte, the three literals of a pixel, or a match.
enum DeflateToken {
    static let match: UInt32 = 1 << 31
    static let pixel: UInt32 = 1 << 24
    static let longestMatch = 258
    static let window = 32_768
    static let endOfBlock = 256

    /// - Parameters:
    ///   - length: 3...258
    ///   - distance: 1...32_768
    @inline(__always)
    static func match(length: Int, distance: Int) -> UInt32 {
        match | UInt32(truncatingIfNeeded: (length &- 3) &<< 16 | (distance &- 1))
    }

    /// The symbol of a distance, less one (RFC 1951, 3.2.5): from four on, two symbols a power of two.
    @inline(__always)
    static func distanceSymbol(_ distance: UInt32) -> Int {
        guard distance >= 4 else { return Int(distance) }
        let exponent = 31 &- UInt32(truncatingIfNeeded: distance.leadingZeroBitCount)
        return Int(2 &* exponent &+ (distance &>> (exponent &- 1)) & 1)
    }

    /// The extra bits of a distance symbol.
    @inline(__always)
    static func distanceExtraBits(_ symbol: Int) -> Int { symbol < 4 ? 0 : symbol / 2 - 1 }

    /// The symbol of a length, less three (RFC 1951, 3.2.5), and how many extra bits follow: from eight on, four symbols
    /// a power of two; the last length has a symbol of its own.
    static func lengthSymbol(_ length: Int) -> (symbol: Int, extraBits: Int) {
        if length == 255 { return (285, 0) }
        if length < 8 { return (257 + length, 0) }
        let exponent = Int.bitWidth - 1 - length.leadingZeroBitCount
        return (257 + 4 * (exponent - 1) + (length >> (exponent - 2)) & 3, exponent - 2)
    }
}
