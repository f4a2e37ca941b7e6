/// A canonical Huffman code of limited length (RFC 1951, 3.2.2) for up to 288 symbols; its memory is used again.
final class HuffmanCode {
    static let maximumSymbols = 288

    /// Per symbol, how often it occurs; set by the caller.
    let counts: UnsafeMutablePointer<UInt32>
    /// Per symbol, how many bits it has; 0 where it does not occur.
    let lengths: UnsafeMutablePointer<UInt8>
    /// Per symbol, its bits, first bit lowest.
    let bits: UnsafeMutablePointer<UInt16>
    let symbols: Int
    private let limit: Int
    /// The symbols that occur, by frequency: count << 9 | symbol. Two halves, to sort from one into the other.
    private let sorted: UnsafeMutablePointer<UInt64>
    /// The tree while it is built: weights of inner nodes, then depths. And the parent of each.
    private let weights: UnsafeMutablePointer<UInt32>
    private let parents: UnsafeMutablePointer<Int>
    private let leafParents: UnsafeMutablePointer<Int>

    init(symbols: Int, limit: Int) {
        self.symbols = symbols
        self.limit = limit
        let room = Self.maximumSymbols
        counts = .allocate(capacity: room)
        lengths = .allocate(capacity: room)
        bits = .allocate(capacity: room)
        sorted = .allocate(capacity: 2 * room)
        weights = .allocate(capacity: room)
        parents = .allocate(capacity: room)
        leafParents = .allocate(capacity: room)
        counts.initialize(repeating: 0, count: room)
        lengths.initialize(repeating: 0, count: room)
        bits.initialize(repeating: 0, count: room)
    }

    deinit {
        counts.deallocate()
        lengths.deallocate()
        bits.deallocate()
        sorted.deallocate()
        weights.deallocate()
        parents.deallocate()
        leafParents.deallocate()
    }

    func clearCounts() { counts.update(repeating: 0, count: symbols) }

    /// Gives every symbol that occurs its length and bits. At least two symbols get a code, so that it is complete.
    func build() {
        lengths.update(repeating: 0, count: symbols)
        var used = 0
        for symbol in 0..<symbols where counts[symbol] > 0 {
            sorted[used] = UInt64(counts[symbol]) << 9 | UInt64(symbol)
            used += 1
        }
        if used < 2 {
            let symbol = used == 1 ? Int(sorted[0] & 511) : 0
            lengths[symbol] = 1
            lengths[symbol == 0 ? 1 : 0] = 1
        } else {
            sort(used)
            assignLengths(used)
        }
        assignBits()
    }

    /// By the lower byte of the counts, then by the higher: a block's symbols are fewer than 2^16.
    private func sort(_ used: Int) {
        var (from, to) = (sorted, sorted + Self.maximumSymbols)
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 257) { places in
            for shift: UInt64 in [9, 17] {
                places.initialize(repeating: 0)
                for index in 0..<used { places[Int(from[index] >> shift & 255) + 1] += 1 }
                for byte in 1...256 { places[byte] += places[byte - 1] }
                for index in 0..<used {
                    let byte = Int(from[index] >> shift & 255)
                    to[places[byte]] = from[index]
                    places[byte] += 1
                }
                swap(&from, &to)
            }
        }
    }

    /// Huffman's tree by two queues, the leaves and the inner nodes, both in order of weight; then lengths beyond the
    /// limit are cut and others lengthened until the code fits again (Kraft's sum is one).
    private func assignLengths(_ used: Int) {
        var (leaf, inner) = (0, 0)
        for node in 0..<used - 1 {
            var weight: UInt32 = 0
            for _ in 0..<2 {
                if leaf < used, inner == node || UInt32(sorted[leaf] >> 9) <= weights[inner] {
                    weight &+= UInt32(sorted[leaf] >> 9)
                    leafParents[leaf] = node
                    leaf += 1
                } else {
                    weight &+= weights[inner]
                    parents[inner] = node
                    inner += 1
                }
            }
            weights[node] = weight
        }
        // From here `weights` holds depths.
        weights[used - 2] = 0
        for node in stride(from: used - 3, through: 0, by: -1) { weights[node] = weights[parents[node]] + 1 }
        // Unsafe: a depth is less than 288, the number of symbols.
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 16) { perLength in
            perLength.initialize(repeating: 0)
            for leaf in 0..<used { perLength[min(Int(weights[leafParents[leaf]]) + 1, limit)] += 1 }
            var sum = 0
            for length in 1...limit { sum += perLength[length] << (limit - length) }
            while sum > 1 << limit {
                var length = limit - 1
                while perLength[length] == 0 { length -= 1 }
                perLength[length] -= 1
                perLength[length + 1] += 2
                perLength[limit] -= 1
                sum -= 1
            }
            var next = 0
            for length in stride(from: limit, through: 1, by: -1) {
                for _ in 0..<perLength[length] {
                    lengths[Int(sorted[next] & 511)] = UInt8(length)
                    next += 1
                }
            }
        }
    }

    /// From the lengths alone (RFC 1951, 3.2.2).
    func assignBits() {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 17) { next in
            next.initialize(repeating: 0)
            for symbol in 0..<symbols where lengths[symbol] > 0 { next[Int(lengths[symbol]) + 1] += 1 }
            var code: UInt32 = 0
            for length in 1...15 {
                code = (code + next[length]) << 1
                next[length] = code
            }
            for symbol in 0..<symbols {
                let length = Int(lengths[symbol])
                guard length > 0 else { continue }
                bits[symbol] = Self.reversed(next[length], length)
                next[length] += 1
            }
        }
    }

    private static func reversed(_ code: UInt32, _ length: Int) -> UInt16 {
        var value = code
        value = (value & 0x5555) << 1 | (value >> 1) & 0x5555
        value = (value & 0x3333) << 2 | (value >> 2) & 0x3333
        value = (value & 0x0F0F) << 4 | (value >> 4) & 0x0F0F
        value = (value & 0x00FF) << 8 | (value >> 8) & 0x00FF
        return UInt16(value >> (16 - UInt32(length)))
    }
}
