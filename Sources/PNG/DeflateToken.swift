/// A token of a deflate stream in 64 bits: one literal byte, the three literals of a pixel, or a match.
///
/// It is made of three indices into one table of codes, 16 bits each, the first lowest, and in the highest 16 bits the
/// extra bits of a distance, of which the third index tells the number. So all tokens are counted and written the same way,
/// without a branch that guesses their kind.
enum DeflateToken {
    /// The indices: 256 literals, 256 lengths less three, the distances' symbols, and those without a code, from `nothing`
    /// on, for no extra bits to 13.
    static let lengths = 256
    static let distances = 512
    static let nothing = 542
    static let indices = 556

    static let longestMatch = 258
    static let window = 32_768
    static let endOfBlock = 256

    /// A token's part, the lowest first: three indices and a distance's extra bits. To read each from memory takes less than to
    /// shift them out of a word.
    @inline(__always)
    static func part(_ part: Int, of token: UnsafePointer<UInt64>) -> Int {
        let isLittleEndian = 1.littleEndian == 1
        let offset = 2 &* (isLittleEndian ? part : 3 &- part)
        return Int(UnsafeRawPointer(token).load(fromByteOffset: offset, as: UInt16.self))
    }

    @inline(__always)
    static func literal(_ byte: UInt8) -> UInt64 { UInt64(byte) | UInt64(nothing) &<< 16 | UInt64(nothing) &<< 32 }

    /// - Parameter pixel: red, green and blue from bit 16, 8 and 0; the top byte is 0.
    @inline(__always)
    static func pixel(_ pixel: UInt32) -> UInt64 {
        let pixel = UInt64(pixel)
        return pixel &>> 16 | (pixel & 0xFF00) &<< 8 | (pixel & 0xFF) &<< 32
    }

    /// - Parameters:
    ///   - length: 3...258
    ///   - distance: 1...32_768
    @inline(__always)
    static func match(length: Int, distance: Int) -> UInt64 {
        let distance = UInt32(truncatingIfNeeded: distance &- 1)
        let extraBits = extraBits(distance)
        let symbol = distanceSymbol(distance)
        let extra = UInt64(distance & ((1 &<< extraBits) &- 1))
        let (first, second) = (lengths &- 3 &+ length, distances &+ symbol)
        return UInt64(truncatingIfNeeded: first) | UInt64(truncatingIfNeeded: second) &<< 16
            | UInt64(truncatingIfNeeded: nothing &+ Int(extraBits)) &<< 32 | extra &<< 48
    }

    /// The symbol of a distance, less one (RFC 1951, 3.2.5): from two on, two symbols a power of two.
    @inline(__always)
    static func distanceSymbol(_ distance: UInt32) -> Int {
        let extraBits = extraBits(distance)
        let symbol = 2 &* (extraBits &+ 1) &+ (distance &>> extraBits) & 1
        return Int(symbol &- (distance < 2 ? 2 : 0))
    }

    /// How many extra bits a distance has, less one.
    @inline(__always)
    private static func extraBits(_ distance: UInt32) -> UInt32 {
        30 &- UInt32(truncatingIfNeeded: (distance | 2).leadingZeroBitCount)
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
