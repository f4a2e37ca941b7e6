/// The filters of 8-bit RGB rows (PNG specification, 9), for pixels of one word each, the top byte 0.
enum RowFilter: UInt8 {
    case none = 0
    case sub, up, average, paeth

    /// Writes the row's differences, of which the top byte is 0, too.
    /// - Parameters:
    ///   - row: `width` pixels; before the first of a row is a word of 0.
    ///   - above: the same of the row above; 0 above the first.
    func apply(
        _ row: UnsafePointer<UInt32>, above: UnsafePointer<UInt32>, width: Int, to target: UnsafeMutablePointer<UInt32>
    ) {
        // Unsafe: bytes of the words from the one before the row to its last. The loops are simple enough to become
        // vector instructions.
        let count = 4 &* width
        let row = UnsafeRawPointer(row).assumingMemoryBound(to: UInt8.self)
        let above = UnsafeRawPointer(above).assumingMemoryBound(to: UInt8.self)
        let target = UnsafeMutableRawPointer(target).assumingMemoryBound(to: UInt8.self)
        switch self {
        case .none:
            target.update(from: row, count: count)
        case .sub:
            for index in 0..<count { target[index] = row[index] &- row[index &- 4] }
        case .up:
            for index in 0..<count { target[index] = row[index] &- above[index] }
        case .average:
            for index in 0..<count {
                let (left, up) = (row[index &- 4], above[index])
                target[index] = row[index] &- ((left & up) &+ ((left ^ up) &>> 1))
            }
        case .paeth:
            for index in 0..<count {
                target[index] = row[index] &- Self.paeth(row[index &- 4], above[index], above[index &- 4])
            }
        }
    }

    /// How large the differences are: the sum of their absolute values as signed bytes, by which a filter's worth is
    /// guessed (PNG specification, 12.7).
    /// - Parameter width: at most 127 pixels, of which the sum fits 16 bits.
    static func weight(_ differences: UnsafePointer<UInt32>, width: Int) -> UInt32 {
        let bytes = UnsafeRawPointer(differences).assumingMemoryBound(to: Int8.self)
        var sum: UInt16 = 0
        for index in 0..<4 &* width { sum &+= UInt16(bytes[index].magnitude) }
        return UInt32(sum)
    }

    /// Of left, above and above left the one nearest to left + above - above left (PNG specification, 9.4).
    @inline(__always)
    private static func paeth(_ left: UInt8, _ above: UInt8, _ corner: UInt8) -> UInt8 {
        // In bytes alone: where above and left are on the same side of the corner, it is the farthest of the three.
        let toLeft = distance(above, corner)
        let toAbove = distance(left, corner)
        let isBetween = (above >= corner) != (left >= corner)
        let toCorner = isBetween ? distance(toLeft, toAbove) : 255
        let second = toAbove <= toCorner ? above : corner
        return toLeft <= min(toAbove, toCorner) ? left : second
    }

    @inline(__always)
    private static func distance(_ one: UInt8, _ other: UInt8) -> UInt8 { max(one, other) &- min(one, other) }
}
