/// Tokens in, a deflate stream in image data chunks out (RFC 1951).
///
/// Tokens are collected into a block, which is written with Huffman codes of its own, with the fixed ones, or, when it
/// is nothing but literals, stored: whatever is shortest.
final class DeflateWriter {
    /// The tokens of the present block. Whoever adds some counts them in `count`, and calls `writeBlock` before there
    /// are more than `capacity`.
    let tokens: UnsafeMutablePointer<UInt64>
    var count = 0
    /// At most 21,845, so that a stored block, of 65,535 bytes at most, has room for as many pixels. At 6,000: pages have 0.5 %
    /// fewer bytes, two colours 0.5 % more, for 4 % more instructions; at 21,845: pages and desktops have 0.3 to 0.5 % more.
    let capacity = 12_000
    /// What a literal, a length (less three), and a distance symbol take, in eighths of a bit, by the codes of the block
    /// before.
    let literalCost: UnsafeMutablePointer<UInt8>
    let lengthCost: UnsafeMutablePointer<UInt8>
    /// The most for the symbols of no distance, up to 63, which ``DeflateToken/distanceSymbol(_:)`` gives for any number.
    let distanceCost: UnsafeMutablePointer<UInt8>

    private let output: ChunkWriter
    /// Bits not yet written, the first lowest; fewer than eight between calls.
    private var buffer: UInt64 = 0
    private var bufferCount: UInt64 = 0
    private let literals = HuffmanCode(symbols: 288, limit: 15)
    private let distances = HuffmanCode(symbols: 30, limit: 15)
    private let header = DeflateHeader()
    /// Per index of a token: how many bits it has, and from bit 8 these; extra bits among them, of which a length's stand
    /// here, a distance's in the token.
    private let codes: UnsafeMutablePointer<UInt32>
    /// Per index, how many tokens have it first, second and third: three tables, one after the other.
    private let counts: UnsafeMutablePointer<UInt32>
    /// Per length (less three) its symbol, and the extra bits' number from bit 16.
    private let lengthSymbols: UnsafeMutablePointer<UInt32>

    init(output: ChunkWriter) {
        self.output = output
        tokens = .allocate(capacity: capacity)
        literalCost = .allocate(capacity: 256)
        lengthCost = .allocate(capacity: 256)
        distanceCost = .allocate(capacity: 64)
        distanceCost.initialize(repeating: .max, count: 64)
        codes = .allocate(capacity: DeflateToken.indices)
        for extraBits in 0..<14 { codes[DeflateToken.nothing + extraBits] = UInt32(extraBits) }
        counts = .allocate(capacity: 3 * DeflateToken.indices)
        lengthSymbols = .allocate(capacity: 256)
        for length in 0..<256 {
            let (symbol, extraBits) = DeflateToken.lengthSymbol(length)
            lengthSymbols[length] = UInt32(symbol | extraBits << 16)
            lengthCost[length] = UInt8(8 * (6 + extraBits))
            literalCost[length] = 8 * 8
        }
        for symbol in 0..<32 { distanceCost[symbol] = UInt8(8 * (5 + DeflateToken.distanceExtraBits(symbol))) }
        // The zlib header: a window of 32 KiB, and a check (RFC 1950, 2.2).
        output.append([0x78, 0x9C])
    }

    deinit {
        tokens.deallocate()
        literalCost.deallocate()
        lengthCost.deallocate()
        distanceCost.deallocate()
        codes.deallocate()
        counts.deallocate()
        lengthSymbols.deallocate()
    }

    @inline(__always)
    func add(_ token: UInt64) {
        if count == capacity { writeBlock(last: false) }
        tokens[count] = token
        count += 1
    }

    /// Writes the block if so many more tokens would not fit.
    /// - Returns: where the next token will be.
    func room(for more: Int) -> Int {
        if count + more > capacity { writeBlock(last: false) }
        return count
    }

    /// What the tokens from `start` on would take with codes of their own, without these.
    func bits(from start: Int) -> Int {
        countSymbols(from: start)
        return extraBits() + buildCodes()
    }

    /// What a match takes, in eighths of a bit.
    @inline(__always)
    func cost(length: Int, distance: Int) -> Int {
        let symbol = DeflateToken.distanceSymbol(UInt32(truncatingIfNeeded: distance &- 1))
        return Int(lengthCost[length &- 3]) &+ Int(distanceCost[symbol])
    }

    /// Writes the last block, and the zlib stream's checksum.
    func finish(adler: UInt32) {
        writeBlock(last: true)
        if bufferCount > 0 { output.append([UInt8(truncatingIfNeeded: buffer)]) }
        output.append(adler)
    }

    func writeBlock(last: Bool) {
        let bytes = countSymbols(from: 0)
        let extraBits = self.extraBits()
        var dynamic = 3 + extraBits + buildCodes()
        header.build(literals: literals, distances: distances)
        dynamic += header.bitCount
        var fixed = 3 + extraBits
        for symbol in 0..<286 { fixed += Int(literals.counts[symbol]) * Self.fixedLength(symbol) }
        for symbol in 0..<30 { fixed += Int(distances.counts[symbol]) * 5 }
        rememberCosts()
        if let bytes, 8 * bytes + 42 <= min(dynamic, fixed) {
            writeStored(bytes, last: last)
        } else {
            let usesFixed = fixed <= dynamic
            var target = output.reserve((min(dynamic, fixed) + 7) / 8 + 16)
            let start = target
            put(last ? 1 : 0, 1, &target)
            put(usesFixed ? 1 : 2, 2, &target)
            if usesFixed {
                setFixedCodes()
            } else {
                for index in 0..<header.count {
                    put(UInt64(header.bits[index] & 0xFFFF), UInt64(header.bits[index] >> 16), &target)
                }
            }
            writeTokens(&target)
            output.take(target - start)
        }
        count = 0
    }

    /// - Returns: how many bytes the block stands for if it has no match.
    @discardableResult
    private func countSymbols(from start: Int) -> Int? {
        let (counts, indices) = (counts, DeflateToken.indices)
        counts.update(repeating: 0, count: 3 * indices)
        // Unsafe: the indices of a token are below the number of them by its construction.
        let (seconds, thirds) = (counts + indices, counts + 2 * indices)
        for index in start..<count {
            let token = tokens + index
            counts[DeflateToken.part(0, of: token)] &+= 1
            seconds[DeflateToken.part(1, of: token)] &+= 1
            thirds[DeflateToken.part(2, of: token)] &+= 1
        }
        literals.clearCounts()
        var (bytes, matches): (UInt32, UInt32) = (0, 0)
        for literal in 0..<256 {
            literals.counts[literal] = counts[literal] + seconds[literal] + thirds[literal]
            bytes += literals.counts[literal]
        }
        literals.counts[DeflateToken.endOfBlock] = 1
        for length in 0..<256 {
            literals.counts[Int(lengthSymbols[length] & 0xFFFF)] += counts[DeflateToken.lengths + length]
            matches += counts[DeflateToken.lengths + length]
        }
        for symbol in 0..<30 { distances.counts[symbol] = seconds[DeflateToken.distances + symbol] }
        return matches > 0 ? nil : Int(bytes)
    }

    /// - Returns: what the counted symbols take with codes made for them, in bits.
    private func buildCodes() -> Int {
        literals.build()
        distances.build()
        var bits = 0
        for symbol in 0..<286 { bits += Int(literals.counts[symbol]) * Int(literals.lengths[symbol]) }
        for symbol in 0..<30 { bits += Int(distances.counts[symbol]) * Int(distances.lengths[symbol]) }
        return bits
    }

    private func extraBits() -> Int {
        var sum = 0
        // From the ninth length symbol on four have the same number; the last has none.
        for symbol in 265..<285 { sum += Int(literals.counts[symbol]) * ((symbol - 261) / 4) }
        for symbol in 4..<30 { sum += Int(distances.counts[symbol]) * DeflateToken.distanceExtraBits(symbol) }
        return sum
    }

    private func rememberCosts() {
        // A symbol that did not occur is taken to cost a little more than the usual; three bits more or less do not change a
        // screen by 0.1 %, a sharp photograph by 0.5 %.
        for literal in 0..<256 {
            let length = literals.lengths[literal]
            literalCost[literal] = 8 * (length > 0 ? length : 12)
        }
        for length in 0..<256 {
            let bits = literals.lengths[Int(lengthSymbols[length] & 0xFFFF)]
            lengthCost[length] = 8 * ((bits > 0 ? bits : 10) + UInt8(lengthSymbols[length] >> 16))
        }
        for symbol in 0..<30 {
            let bits = distances.lengths[symbol]
            distanceCost[symbol] = 8 * ((bits > 0 ? bits : 7) + UInt8(DeflateToken.distanceExtraBits(symbol)))
        }
    }

    private static func fixedLength(_ symbol: Int) -> Int {
        symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8
    }

    private func setFixedCodes() {
        for symbol in 0..<288 { literals.lengths[symbol] = UInt8(Self.fixedLength(symbol)) }
        literals.assignBits()
        for symbol in 0..<30 { distances.lengths[symbol] = 5 }
        distances.assignBits()
    }

    private func setCodes() {
        for literal in 0..<256 {
            codes[literal] = UInt32(literals.bits[literal]) << 8 | UInt32(literals.lengths[literal])
        }
        for length in 0..<256 {
            let symbol = Int(lengthSymbols[length] & 0xFFFF)
            let extraBits = lengthSymbols[length] >> 16
            let extra = length == 255 ? 0 : UInt32(length) & ((1 << extraBits) - 1)
            let count = UInt32(literals.lengths[symbol])
            codes[DeflateToken.lengths + length] =
                (UInt32(literals.bits[symbol]) | extra << count) << 8 | (count + extraBits)
        }
        for symbol in 0..<30 {
            codes[DeflateToken.distances + symbol] =
                UInt32(distances.bits[symbol]) << 8 | UInt32(distances.lengths[symbol])
        }
    }

    /// At most 57 bits. Eight bytes are written, of which the whole ones stay.
    @inline(__always)
    private func put(_ bits: UInt64, _ count: UInt64, _ target: inout UnsafeMutablePointer<UInt8>) {
        buffer |= bits &<< bufferCount
        bufferCount &+= count
        UnsafeMutableRawPointer(target).storeBytes(of: buffer.littleEndian, as: UInt64.self)
        target += Int(bufferCount &>> 3)
        buffer &>>= bufferCount & 56
        bufferCount &= 7
    }

    private func writeTokens(_ target: inout UnsafeMutablePointer<UInt8>) {
        // Unsafe: the room was reserved by the block's exact size, and eight bytes more than the last store needs.
        setCodes()
        let (codes, tokens) = (codes, tokens)
        var (bits, bitCount, to) = (buffer, bufferCount, target)
        for index in 0..<count {
            let token = tokens + index
            let first = UInt64(codes[DeflateToken.part(0, of: token)])
            let second = UInt64(codes[DeflateToken.part(1, of: token)])
            let third = UInt64(codes[DeflateToken.part(2, of: token)])
            let extra = UInt64(truncatingIfNeeded: DeflateToken.part(3, of: token))
            // At most 48 bits: a length of 20, a distance of 15 and 13 more. A shift looks at the lowest six bits of its
            // count, so that codes can be counted with their bits above.
            let two = first &+ second
            let code = first &>> 8 | (second &>> 8) &<< first | (third &>> 8 | extra) &<< two
            let count = (two &+ third) & 0xFF
            bits |= code &<< bitCount
            bitCount &+= count
            UnsafeMutableRawPointer(to).storeBytes(of: bits.littleEndian, as: UInt64.self)
            to += Int(bitCount &>> 3)
            bits &>>= bitCount & 56
            bitCount &= 7
        }
        (buffer, bufferCount, target) = (bits, bitCount, to)
        let end = DeflateToken.endOfBlock
        put(UInt64(literals.bits[end]), UInt64(literals.lengths[end]), &target)
    }

    /// Only a block of nothing but literals, at most 65_535 of them.
    private func writeStored(_ bytes: Int, last: Bool) {
        var target = output.reserve(bytes + 16)
        let start = target
        put(last ? 1 : 0, 3, &target)
        if bufferCount > 0 { put(0, 8 - bufferCount, &target) }
        put(UInt64(bytes) | UInt64(~bytes & 0xFFFF) << 16, 32, &target)
        for index in 0..<count {
            let token = tokens[index]
            target[0] = UInt8(truncatingIfNeeded: token)
            target += 1
            guard (token >> 32) & 0xFFFF != DeflateToken.nothing else { continue }
            target[0] = UInt8(truncatingIfNeeded: token >> 16)
            target[1] = UInt8(truncatingIfNeeded: token >> 32)
            target += 2
        }
        output.take(target - start)
    }
}
