/// Comparisons of eight pixels at once, which the compiler makes of four vector instructions.
enum EightPixels {
    /// A byte for each of eight pixels, the first lowest: 0 where they are equal.
    /// - Parameter mask: the bits of the first eight pixels that count; the others count as 0.
    @inline(__always)
    static func differences(
        _ one: UnsafePointer<UInt32>, _ other: UnsafePointer<UInt32>, mask: UInt32 = .max
    ) -> UInt64 {
        let differ = load(one) & SIMD8(repeating: mask) .!= load(other)
        let mask = SIMD8<Int32>(repeating: 0).replacing(with: SIMD8<Int32>(repeating: -1), where: differ)
        return unsafeBitCast(SIMD8<UInt8>(truncatingIfNeeded: mask), to: UInt64.self).littleEndian
    }

    @inline(__always)
    private static func load(_ pixels: UnsafePointer<UInt32>) -> SIMD8<UInt32> {
        UnsafeRawPointer(pixels).loadUnaligned(as: SIMD8<UInt32>.self)
    }
}
