/// What the literals of filtered rows take, guessed from a sample of all bytes of the rows before.
///
/// The codes of the block before would mislead where most bytes are small: what matches take away makes the rest look
/// rare, which would make more matches look worth their bits.
final class LiteralCosts {
    /// One pixel of so many is counted, in each row others. At 4: 0.1 % fewer bytes, 2 to 3 % more instructions; at 64: up to 0.3 %
    /// more bytes.
    private static let between = 16
    /// After so many rows the costs are made anew, and what was counted loses half its weight. At 32: up to 0.3 % more bytes.
    private static let rows = 8

    /// Of each byte, in eighths of a bit.
    let costs: UnsafeMutablePointer<UInt8>
    /// A pixel that takes more, in eighths of a bit, is the edge of a letter or a frame. At 120 and at 255 a desktop with a drawn
    /// wallpaper has 1.2 and 1.4 % more bytes.
    static let edge = 180
    /// Of so many pixels one is an edge where there are windows. At 64 such a desktop has 1 % more bytes; if every row
    /// had edges, a soft photograph would take 1 % more instructions.
    private static let perEdge = 256

    /// Whether there were edges among the rows before.
    private(set) var hasEdges = false
    /// The mean of three bytes, in eighths of a bit.
    private(set) var perPixel = 3 * 64
    private let counts: UnsafeMutablePointer<UInt32>
    private var edges = 0
    private var rowCount = 0

    init() {
        costs = .allocate(capacity: 256)
        costs.initialize(repeating: 64, count: 256)
        counts = .allocate(capacity: 256)
        counts.initialize(repeating: 0, count: 256)
    }

    deinit {
        costs.deallocate()
        counts.deallocate()
    }

    func count(_ row: UnsafePointer<UInt32>, width: Int) {
        var x = rowCount % Self.between
        while x < width {
            let pixel = row[x]
            edges &+= Self.cost(pixel, costs) > Self.edge ? 1 : 0
            counts[Int((pixel &>> 16) & 255)] &+= 1
            counts[Int((pixel &>> 8) & 255)] &+= 1
            counts[Int(pixel & 255)] &+= 1
            x &+= Self.between
        }
        rowCount &+= 1
        guard rowCount % Self.rows == 0 else { return }
        hasEdges = edges * Self.between * Self.perEdge >= Self.rows * width
        edges = 0
        update()
    }

    /// What a pixel takes as three literals, in eighths of a bit.
    @inline(__always)
    static func cost(_ pixel: UInt32, _ costs: UnsafePointer<UInt8>) -> Int {
        // Unsafe: one of 256 for each byte.
        Int(costs[Int((pixel &>> 16) & 255)]) &+ Int(costs[Int((pixel &>> 8) & 255)]) &+ Int(costs[Int(pixel & 255)])
    }

    private func update() {
        var total: UInt32 = 0
        for byte in 0..<256 { total &+= counts[byte] &+ 1 }
        let all = Self.logarithm(total)
        var sum: UInt64 = 0
        for byte in 0..<256 {
            // Half a bit at least, since matches stand for many of the commonest; at most what a byte can say.
            costs[byte] = UInt8(min(255, max(4, all - Self.logarithm(counts[byte] &+ 1))))
            sum &+= UInt64(counts[byte]) &* UInt64(costs[byte])
            counts[byte] &>>= 1
        }
        perPixel = Int(3 &* sum / UInt64(total))
    }

    /// To the base of two, in eighths; a straight line between powers of two.
    private static func logarithm(_ value: UInt32) -> Int {
        let exponent = 31 - value.leadingZeroBitCount
        let fraction = (UInt64(value) << 32) >> UInt64(exponent) & 0xFFFF_FFFF
        return 8 * exponent + Int(fraction >> 29)
    }
}
