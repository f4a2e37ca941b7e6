/// The header of a block with Huffman codes of its own: their lengths, run-length coded and Huffman coded in turn
/// (RFC 1951, 3.2.7).
final class DeflateHeader {
    /// The order in which the lengths of the code length code are written.
    private static let order: [Int] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    private static let maximumLengths = 286 + 30

    /// What is to be written: bits, and from bit 16 how many.
    let bits: UnsafeMutablePointer<UInt32>
    private(set) var count = 0
    private(set) var bitCount = 0
    private let code = HuffmanCode(symbols: 19, limit: 7)
    /// The lengths of both codes; then run-length coded, each a symbol and from bit 8 its extra bits.
    private let lengths: UnsafeMutablePointer<UInt8>
    private let runs: UnsafeMutablePointer<UInt16>
    private var runCount = 0

    init() {
        bits = .allocate(capacity: 2 * Self.maximumLengths + 32)
        lengths = .allocate(capacity: Self.maximumLengths)
        runs = .allocate(capacity: Self.maximumLengths)
    }

    deinit {
        bits.deallocate()
        lengths.deallocate()
        runs.deallocate()
    }

    func build(literals: HuffmanCode, distances: HuffmanCode) {
        var literalCount = 286
        while literalCount > 257, literals.lengths[literalCount - 1] == 0 { literalCount -= 1 }
        var distanceCount = 30
        while distanceCount > 1, distances.lengths[distanceCount - 1] == 0 { distanceCount -= 1 }
        for symbol in 0..<literalCount { lengths[symbol] = literals.lengths[symbol] }
        for symbol in 0..<distanceCount { lengths[literalCount + symbol] = distances.lengths[symbol] }
        code.clearCounts()
        findRuns(literalCount + distanceCount)
        code.build()

        var orderCount = 19
        while orderCount > 4, code.lengths[Self.order[orderCount - 1]] == 0 { orderCount -= 1 }
        (count, bitCount) = (0, 0)
        put(literalCount - 257, 5)
        put(distanceCount - 1, 5)
        put(orderCount - 4, 4)
        for symbol in Self.order.prefix(orderCount) { put(Int(code.lengths[symbol]), 3) }
        for run in 0..<runCount {
            let symbol = Int(runs[run] & 255)
            put(Int(code.bits[symbol]), Int(code.lengths[symbol]))
            if symbol >= 16 { put(Int(runs[run] >> 8), symbol == 16 ? 2 : symbol == 17 ? 3 : 7) }
        }
    }

    private func put(_ value: Int, _ length: Int) {
        bits[count] = UInt32(value | length << 16)
        count += 1
        bitCount += length
    }

    private func findRuns(_ total: Int) {
        runCount = 0
        var index = 0
        while index < total {
            let length = lengths[index]
            var run = 1
            while index + run < total, lengths[index + run] == length { run += 1 }
            index += run
            if length == 0 {
                while run >= 3 {
                    let part = min(run, 138)
                    if part < 11 { add(17, extra: part - 3) } else { add(18, extra: part - 11) }
                    run -= part
                }
            } else {
                add(Int(length), extra: 0)
                run -= 1
                while run >= 3 {
                    let part = min(run, 6)
                    add(16, extra: part - 3)
                    run -= part
                }
            }
            for _ in 0..<run { add(Int(length), extra: 0) }
        }
    }

    private func add(_ symbol: Int, extra: Int) {
        runs[runCount] = UInt16(symbol | extra << 8)
        runCount += 1
        code.counts[symbol] += 1
    }
}
