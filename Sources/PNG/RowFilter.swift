/// The filters of 8-bit RGB rows (PNG specification, 9), and which of them suits a row.
///
/// A filter's worth is guessed by the sum of the absolute differences it leaves (PNG specification, 12.7).
final class RowFilter {
    enum Kind: UInt8 {
        case sub = 1
        case up, average, paeth
    }

    private let count: Int
    /// The row, and the one above it: three zero bytes, then the bytes.
    private var row: UnsafeMutablePointer<UInt8>
    private var above: UnsafeMutablePointer<UInt8>

    init(width: Int) {
        count = 3 * width
        row = .allocate(capacity: count + 8)
        above = .allocate(capacity: count + 8)
        row.initialize(repeating: 0, count: count + 8)
        above.initialize(repeating: 0, count: count + 8)
    }

    deinit {
        row.deallocate()
        above.deallocate()
    }

    /// The row that was set last becomes the one above.
    func advance() { swap(&row, &above) }

    func setRow(_ pixels: UnsafePointer<UInt32>) { Self.unpack(pixels, count / 3, to: row + 3) }

    func setAbove(_ pixels: UnsafePointer<UInt32>) { Self.unpack(pixels, count / 3, to: above + 3) }

    private static func unpack(_ pixels: UnsafePointer<UInt32>, _ width: Int, to bytes: UnsafeMutablePointer<UInt8>) {
        // Unsafe: each pixel is stored as four bytes of which the next pixel, or the room after the last, takes one.
        let target = UnsafeMutableRawPointer(bytes)
        for index in 0..<width {
            let value = pixels[index].byteSwapped &>> 8
            target.storeBytes(of: value.littleEndian, toByteOffset: 3 &* index, as: UInt32.self)
        }
    }

    /// The filter that leaves the smallest differences.
    func best() -> Kind {
        // Unsafe, here and below: all indices are within the row and the three bytes before it.
        let (row, above) = (UnsafePointer(row) + 3, UnsafePointer(above) + 3)
        var (sub, up, average, paeth): (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        for index in 0..<count { sub &+= Self.distance(row[index], row[index - 3]) }
        for index in 0..<count { up &+= Self.distance(row[index], above[index]) }
        for index in 0..<count {
            let middle = (UInt16(row[index - 3]) &+ UInt16(above[index])) &>> 1
            average &+= Self.distance(row[index], UInt8(truncatingIfNeeded: middle))
        }
        for index in 0..<count {
            paeth &+= Self.distance(row[index], Self.paeth(row[index - 3], above[index], above[index - 3]))
        }
        let least = min(sub, up, average, paeth)
        return least == paeth ? .paeth : least == sub ? .sub : least == up ? .up : .average
    }

    /// Writes the row's differences.
    func apply(_ kind: Kind, to target: UnsafeMutablePointer<UInt8>) {
        let (row, above) = (UnsafePointer(row) + 3, UnsafePointer(above) + 3)
        switch kind {
        case .sub:
            for index in 0..<count { target[index] = row[index] &- row[index - 3] }
        case .up:
            for index in 0..<count { target[index] = row[index] &- above[index] }
        case .average:
            for index in 0..<count {
                let middle = (UInt16(row[index - 3]) &+ UInt16(above[index])) &>> 1
                target[index] = row[index] &- UInt8(truncatingIfNeeded: middle)
            }
        case .paeth:
            for index in 0..<count {
                target[index] = row[index] &- Self.paeth(row[index - 3], above[index], above[index - 3])
            }
        }
    }

    @inline(__always)
    private static func distance(_ one: UInt8, _ other: UInt8) -> UInt32 {
        UInt32((Int32(one) &- Int32(other)).magnitude)
    }

    /// Of left, above and above left the one nearest to left + above - above left (PNG specification, 9.4).
    @inline(__always)
    private static func paeth(_ left: UInt8, _ above: UInt8, _ corner: UInt8) -> UInt8 {
        let fromLeft = Int16(above) &- Int16(corner)
        let fromAbove = Int16(left) &- Int16(corner)
        let toLeft = fromLeft.magnitude
        let toAbove = fromAbove.magnitude
        let toCorner = (fromLeft &+ fromAbove).magnitude
        let second = toAbove <= toCorner ? above : corner
        return toLeft <= toAbove && toLeft <= toCorner ? left : second
    }
}
