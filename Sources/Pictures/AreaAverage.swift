/// Makes a picture smaller: each pixel of the result is the exact average of the area that it stands for (a box filter with
/// fractional weights), rounded to nearest, halves up. Rows arrive from top to bottom in portions of any size; a row of
/// the result comes out as soon as its area is complete. Holds a few rows, and allocates nothing after `init`.
///
/// A pixel is a word whose four bytes are averaged each for itself, whatever they mean.
///
/// Lengths are counted in units of which a pixel of the source and a pixel of the result both have a whole number: with
/// g the greatest common divisor of both widths, `target / g` and `source / g`. So all weights are whole.
public struct AreaAverage: Sendable {
    /// Sums of weighted bytes stay within 32 bits down a column and within 64 over an area.
    public static let longestSide = 65_535

    private let source: PictureSize
    private let target: PictureSize
    private let across: Ratio
    private let down: Ratio
    private let quotient: Quotient

    /// One row of the result.
    private var row: [UInt32]
    /// Weighted sums down the columns of the area of the row that comes next, a number a byte.
    private var sums: [UInt32]
    /// The units of that row's area that are still missing.
    private var missing: Int
    /// When sides are exactly halved: the upper row of a pair whose lower one has not arrived.
    private var upper: [UInt32]
    private var hasUpper = false

    private struct Ratio {
        /// The units of one pixel of the source and of one of the result.
        let source: Int
        let target: Int

        init(_ source: Int, to target: Int) {
            var (a, b) = (source, target)
            while b > 0 { (a, b) = (b, a % b) }
            (self.source, self.target) = (target / a, source / a)
        }
    }

    /// Division by the same number again and again, by multiplication.
    private struct Quotient {
        let divisor: UInt64
        private let inverse: UInt64

        init(by divisor: Int) {
            self.divisor = UInt64(divisor)
            inverse = .max / self.divisor
        }

        /// Exact below 2^48: the estimate is then too small by one at most.
        @inline(__always)
        func of(_ value: UInt64) -> UInt64 {
            let estimate = value.multipliedFullWidth(by: inverse).high
            return value &- estimate &* divisor < divisor ? estimate : estimate &+ 1
        }
    }

    /// - Precondition: no side of the result is longer than the source's, all have 1 to ``longestSide`` pixels.
    public init(from source: PictureSize, to target: PictureSize) {
        precondition(
            1...source.width ~= target.width && 1...source.height ~= target.height
                && max(source.width, source.height) <= Self.longestSide)
        self.source = source
        self.target = target
        across = Ratio(source.width, to: target.width)
        down = Ratio(source.height, to: target.height)
        quotient = Quotient(by: across.target * down.target)
        missing = down.target
        let isHalf = source.width == 2 * target.width && source.height == 2 * target.height
        row = [UInt32](repeating: 0, count: target.width)
        sums = [UInt32](repeating: 0, count: isHalf ? 0 : 4 * source.width)
        upper = [UInt32](repeating: 0, count: isHalf ? source.width : 0)
    }

    /// - Parameters:
    ///   - pixels: whole rows of the source without padding.
    ///   - body: takes one row of the result.
    /// - Throws: what `body` throws.
    public mutating func append<Failure: Error>(
        _ pixels: Span<UInt32>, _ body: (Span<UInt32>) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(pixels.count.isMultiple(of: source.width))
        for start in stride(from: 0, to: pixels.count, by: source.width) {
            let line = pixels.extracting(start..<(start + source.width))
            if upper.isEmpty {
                try add(line, body)
            } else {
                try pair(line, body)
            }
        }
    }
}

// MARK: Any ratio

extension AreaAverage {
    private mutating func add<Failure: Error>(
        _ line: Span<UInt32>, _ body: (Span<UInt32>) throws(Failure) -> Void
    ) throws(Failure) {
        var units = down.source
        while units > 0 {
            let share = min(units, missing)
            sums.withUnsafeMutableBufferPointer { sums in
                line.withUnsafeBytes { Self.add($0, times: UInt16(share), to: sums) }
            }
            units -= share
            missing -= share
            guard missing == 0 else { return }
            missing = down.target
            Self.finish(&sums, into: &row, across, quotient)
            try body(row.span)
        }
    }

    /// Of 16-bit factors the processor multiplies twice as many at a time.
    private static func add(
        _ line: UnsafeRawBufferPointer, times weight: UInt16, to sums: UnsafeMutableBufferPointer<UInt32>
    ) {
        guard let from = line.baseAddress, let to = sums.baseAddress else { return }
        for index in 0..<sums.count {
            let byte = from.load(fromByteOffset: index, as: UInt8.self)
            to[index] = to[index] &+ UInt32(UInt16(byte)) &* UInt32(weight)
        }
    }

    /// Adds the columns up, and clears them for the next area.
    private static func finish(
        _ sums: inout [UInt32], into row: inout [UInt32], _ across: Ratio, _ quotient: Quotient
    ) {
        sums.withUnsafeMutableBytes { sums in
            row.withUnsafeMutableBufferPointer { row in
                var x = 0
                var left = across.source
                for target in 0..<row.count {
                    var area = SIMD4<UInt64>(repeating: quotient.divisor / 2)
                    var units = across.target
                    while units > 0 {
                        let share = min(units, left)
                        let column = sums.loadUnaligned(fromByteOffset: 16 &* x, as: SIMD4<UInt32>.self)
                        area &+= SIMD4<UInt64>(truncatingIfNeeded: column) &* UInt64(share)
                        units &-= share
                        left &-= share
                        if left == 0 { (x, left) = (x &+ 1, across.source) }
                    }
                    var pixel: UInt32 = 0
                    for lane in 0..<4 {
                        pixel |= UInt32(truncatingIfNeeded: quotient.of(area[lane])) &<< UInt32(8 &* lane)
                    }
                    row[target] = pixel.littleEndian
                }
            }
            sums.initializeMemory(as: UInt8.self, repeating: 0)
        }
    }
}

// MARK: Exact halves

extension AreaAverage {
    private mutating func pair<Failure: Error>(
        _ line: Span<UInt32>, _ body: (Span<UInt32>) throws(Failure) -> Void
    ) throws(Failure) {
        hasUpper.toggle()
        if hasUpper {
            line.withUnsafeBytes { line in upper.withUnsafeMutableBytes { $0.copyMemory(from: line) } }
        } else {
            Self.halve(upper, line, into: &row)
            try body(row.span)
        }
    }

    /// Two pixels are one 64-bit word; of its eight bytes every other one is taken at a time, so that each has 16 bits for
    /// the sum of four.
    private static func halve(_ upper: [UInt32], _ lower: Span<UInt32>, into row: inout [UInt32]) {
        let mask: UInt64 = 0x00ff_00ff_00ff_00ff
        row.withUnsafeMutableBufferPointer { row in
            upper.withUnsafeBytes { upper in
                lower.withUnsafeBytes { lower in
                    guard let to = row.baseAddress, let upper = upper.baseAddress, let lower = lower.baseAddress
                    else { return }
                    for x in 0..<row.count {
                        let a = upper.loadUnaligned(fromByteOffset: 8 &* x, as: UInt64.self)
                        let b = lower.loadUnaligned(fromByteOffset: 8 &* x, as: UInt64.self)
                        let odd = ((a &>> 8) & mask) &+ ((b &>> 8) & mask)
                        to[x] = quarter((a & mask) &+ (b & mask)) | quarter(odd) &<< 8
                    }
                }
            }
        }
    }

    /// Adds both pixels' sums and divides by four, to nearest.
    @inline(__always)
    private static func quarter(_ sums: UInt64) -> UInt32 {
        (UInt32(truncatingIfNeeded: sums &+ (sums &>> 32)) &+ 0x0002_0002) &>> 2 & 0x00ff_00ff
    }
}
