/// The checksum of a zlib stream (RFC 1950, 8.2).
///
/// Its second sum weighs each byte by the number of bytes from it to the end. Both sums are kept for four lanes of
/// 32 bits at once and weighed only at the end of a portion, so that a step needs no multiplication.
struct Adler32 {
    private static let modulus: UInt64 = 65_521
    /// Steps after which a lane's weighed sum, at most 255 * n * n / 2, still fits into 32 bits.
    private static let steps = 4096

    private var sum: UInt64 = 1
    private var weighed: UInt64 = 0

    var value: UInt32 { UInt32(weighed << 16 | sum) }

    mutating func append(_ byte: UInt8) {
        sum = (sum + UInt64(byte)) % Self.modulus
        weighed = (weighed + sum) % Self.modulus
    }

    /// Copies pixels with their top byte cleared, and appends each as three bytes: red, green, blue.
    mutating func append(_ count: Int, pixels from: UnsafePointer<UInt32>, copiedTo to: UnsafeMutablePointer<UInt32>) {
        let source = UnsafeRawPointer(from)
        let target = UnsafeMutableRawPointer(to)
        let byte = SIMD4<UInt32>(repeating: 255)
        let colour = SIMD4<UInt32>(repeating: 0xFF_FFFF)
        var done = 0
        while count - done >= 4 {
            let portion = min((count - done) / 4, Self.steps)
            var sums = (SIMD4<UInt32>.zero, SIMD4<UInt32>.zero, SIMD4<UInt32>.zero)
            var weights = sums
            for step in 0..<portion {
                // Unsafe: sixteen bytes from pixel `done + 4 * step`, of which there are at least four more.
                let offset = 4 * done + 16 * step
                let four = source.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt32>.self) & colour
                target.storeBytes(of: four, toByteOffset: offset, as: SIMD4<UInt32>.self)
                weights.0 &+= sums.0
                weights.1 &+= sums.1
                weights.2 &+= sums.2
                sums.0 &+= four &>> 16
                sums.1 &+= (four &>> 8) & byte
                sums.2 &+= four & byte
            }
            weigh(bytes: 12 * portion)
            add(sums.0, weights.0, perStep: 12, first: 0, between: 3)
            add(sums.1, weights.1, perStep: 12, first: 1, between: 3)
            add(sums.2, weights.2, perStep: 12, first: 2, between: 3)
            reduce()
            done += 4 * portion
        }
        while done < count {
            let pixel = from[done] & 0xFF_FFFF
            to[done] = pixel
            append(UInt8(pixel >> 16))
            append(UInt8((pixel >> 8) & 255))
            append(UInt8(pixel & 255))
            done += 1
        }
    }

    /// Appends bytes as they are.
    mutating func append(_ count: Int, bytes: UnsafePointer<UInt8>) {
        let source = UnsafeRawPointer(bytes)
        let byte = SIMD4<UInt32>(repeating: 255)
        var done = 0
        while count - done >= 16 {
            let portion = min((count - done) / 16, Self.steps)
            var sums = (SIMD4<UInt32>.zero, SIMD4<UInt32>.zero, SIMD4<UInt32>.zero, SIMD4<UInt32>.zero)
            var weights = sums
            for step in 0..<portion {
                // Unsafe: sixteen bytes from `done + 16 * step`, of which there are at least as many more.
                let four = source.loadUnaligned(fromByteOffset: done + 16 * step, as: SIMD4<UInt32>.self)
                weights.0 &+= sums.0
                weights.1 &+= sums.1
                weights.2 &+= sums.2
                weights.3 &+= sums.3
                sums.0 &+= four & byte
                sums.1 &+= (four &>> 8) & byte
                sums.2 &+= (four &>> 16) & byte
                sums.3 &+= four &>> 24
            }
            weigh(bytes: 16 * portion)
            add(sums.0, weights.0, perStep: 16, first: 0, between: 4)
            add(sums.1, weights.1, perStep: 16, first: 1, between: 4)
            add(sums.2, weights.2, perStep: 16, first: 2, between: 4)
            add(sums.3, weights.3, perStep: 16, first: 3, between: 4)
            reduce()
            done += 16 * portion
        }
        while done < count {
            append(bytes[done])
            done += 1
        }
    }

    /// What all bytes before count for when so many more come.
    private mutating func weigh(bytes: Int) {
        weighed += UInt64(bytes) * sum
    }

    /// - Parameters:
    ///   - first: where in a step the byte of lane 0 is.
    ///   - between: from a lane's byte to the next lane's.
    private mutating func add(
        _ sums: SIMD4<UInt32>, _ weights: SIMD4<UInt32>, perStep: UInt64, first: UInt64, between: UInt64
    ) {
        for lane in 0..<4 {
            sum += UInt64(sums[lane])
            weighed += perStep * UInt64(weights[lane])
            weighed += (perStep - first - between * UInt64(lane)) * UInt64(sums[lane])
        }
    }

    private mutating func reduce() {
        sum %= Self.modulus
        weighed %= Self.modulus
    }
}
