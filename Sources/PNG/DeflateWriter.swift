/// Tokens in, a deflate stream in image data chunks out (RFC 1951).
///
/// Tokens are collected into a block, which is written with Huffman codes of its own, with the fixed ones, or, when it
/// is nothing but literals, stored: whatever is shortest.
final class DeflateWriter {
    private static let usualTokens = 20_000
    /// So that a stored block, of at most 65_535 bytes, always has room.
    private static let maximumTokens = 21_845

    /// The tokens of the present block. Whoever adds some counts them in `count`, and calls `writeBlock` before there
    /// are more than `capacity`.
    let tokens: UnsafeMutablePointer<UInt32>
    var count = 0
    let capacity: Int
    /// What a literal, a length (less three), and a distance symbol take, in eighths of a bit, by the codes of the block
    /// before.
    let literalCost: UnsafeMutablePointer<UInt8>
    let lengthCost: UnsafeMutablePointer<UInt8>
    let distanceCost: UnsafeMutablePointer<UInt8>

    private let output: ChunkWriter
    /// Bits not yet written, the first lowest; fewer than eight between calls.
    private var buffer: UInt64 = 0
    private var bufferCount: UInt64 = 0
    private let literals = HuffmanCode(symbols: 288, limit: 15)
    private let distances = HuffmanCode(symbols: 30, limit: 15)
    private let header = DeflateHeader()
    /// Per literal, per length (less three): its bits and, from bit 24, how many.
    private let literalCodes: UnsafeMutablePointer<UInt32>
    private let lengthCodes: UnsafeMutablePointer<UInt32>
    /// Per length (less three) its symbol, and the extra bits' number from bit 16.
    private let lengthSymbols: UnsafeMutablePointer<UInt32>

    init(output: ChunkWriter) {
        self.output = output
        capacity = Self.usualTokens
        tokens = .allocate(capacity: Self.maximumTokens)
        literalCost = .allocate(capacity: 256)
        lengthCost = .allocate(capacity: 256)
        distanceCost = .allocate(capacity: 32)
        literalCodes = .allocate(capacity: 256)
        lengthCodes = .allocate(capacity: 256)
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
        literalCodes.deallocate()
        lengthCodes.deallocate()
        lengthSymbols.deallocate()
    }

    @inline(__always)
    func add(_ token: UInt32) {
        if count == capacity { writeBlock(last: false) }
        tokens[count] = token
        count += 1
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
        let bytes = countSymbols()
        literals.build()
        distances.build()
        header.build(literals: literals, distances: distances)
        let extraBits = self.extraBits()
        var dynamic = 3 + header.bitCount + extraBits
        var fixed = 3 + extraBits
        for symbol in 0..<286 {
            dynamic += Int(literals.counts[symbol]) * Int(literals.lengths[symbol])
            fixed += Int(literals.counts[symbol]) * Self.fixedLength(symbol)
        }
        for symbol in 0..<30 {
            dynamic += Int(distances.counts[symbol]) * Int(distances.lengths[symbol])
            fixed += Int(distances.counts[symbol]) * 5
        }
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
    private func countSymbols() -> Int? {
        literals.clearCounts()
        distances.clearCounts()
        let (literalCounts, distanceCounts) = (literals.counts, distances.counts)
        // Unsafe: a literal is a byte; length and distance symbols are below 286 and 30 by their construction.
        var (matches, pixels) = (0, 0)
        for index in 0..<count {
            let token = tokens[index]
            if token & DeflateToken.match != 0 {
                literalCounts[Int(lengthSymbols[Int((token >> 16) & 255)] & 0xFFFF)] &+= 1
                distanceCounts[DeflateToken.distanceSymbol(token & 0x7FFF)] &+= 1
                matches &+= 1
            } else {
                if token & DeflateToken.pixel != 0 {
                    literalCounts[Int((token >> 16) & 255)] &+= 1
                    literalCounts[Int((token >> 8) & 255)] &+= 1
                    pixels &+= 1
                }
                literalCounts[Int(token & 255)] &+= 1
            }
        }
        literalCounts[DeflateToken.endOfBlock] = 1
        return matches > 0 ? nil : count + 2 * pixels
    }

    private func extraBits() -> Int {
        var sum = 0
        // From the ninth length symbol on four have the same number; the last has none.
        for symbol in 265..<285 { sum += Int(literals.counts[symbol]) * ((symbol - 261) / 4) }
        for symbol in 4..<30 { sum += Int(distances.counts[symbol]) * DeflateToken.distanceExtraBits(symbol) }
        return sum
    }

    private func rememberCosts() {
        // A symbol that did not occur is taken to cost a little more than the usual.
        for literal in 0..<256 {
            let length = literals.lengths[literal]
            literalCost[literal] = 8 * (length > 0 ? length : 12)
            literalCodes[literal] = UInt32(literals.bits[literal]) | UInt32(length) << 24
        }
        for length in 0..<256 {
            let symbol = Int(lengthSymbols[length] & 0xFFFF)
            let extraBits = lengthSymbols[length] >> 16
            let bits = literals.lengths[symbol]
            lengthCost[length] = 8 * ((bits > 0 ? bits : 10) + UInt8(extraBits))
            setLengthCode(length, bits: UInt32(literals.bits[symbol]), count: UInt32(bits))
        }
        for symbol in 0..<30 {
            let bits = distances.lengths[symbol]
            distanceCost[symbol] = 8 * ((bits > 0 ? bits : 7) + UInt8(DeflateToken.distanceExtraBits(symbol)))
        }
    }

    /// With the extra bits of the length.
    private func setLengthCode(_ length: Int, bits: UInt32, count: UInt32) {
        let extraBits = lengthSymbols[length] >> 16
        let extra = length == 255 ? 0 : UInt32(length) & ((1 << extraBits) - 1)
        lengthCodes[length] = bits | extra << count | (count + extraBits) << 24
    }

    private static func fixedLength(_ symbol: Int) -> Int {
        symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8
    }

    private func setFixedCodes() {
        for symbol in 0..<288 { literals.lengths[symbol] = UInt8(Self.fixedLength(symbol)) }
        literals.assignBits()
        for symbol in 0..<30 { distances.lengths[symbol] = 5 }
        distances.assignBits()
        for literal in 0..<256 {
            literalCodes[literal] = UInt32(literals.bits[literal]) | UInt32(literals.lengths[literal]) << 24
        }
        for length in 0..<256 {
            let symbol = Int(lengthSymbols[length] & 0xFFFF)
            setLengthCode(length, bits: UInt32(literals.bits[symbol]), count: UInt32(literals.lengths[symbol]))
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
        let (literalCodes, lengthCodes, tokens) = (literalCodes, lengthCodes, tokens)
        let (distanceBits, distanceLengths) = (distances.bits, distances.lengths)
        var (bits, bitCount, to) = (buffer, bufferCount, target)
        for index in 0..<count {
            let token = tokens[index]
            if token & DeflateToken.match != 0 {
                let length = lengthCodes[Int((token &>> 16) & 255)]
                let distance = token & 0x7FFF
                let symbol = DeflateToken.distanceSymbol(distance)
                let extraBits = UInt64(DeflateToken.distanceExtraBits(symbol))
                bits |= UInt64(length & 0xFF_FFFF) &<< bitCount
                bitCount &+= UInt64(length &>> 24)
                bits |= UInt64(distanceBits[symbol]) &<< bitCount
                bitCount &+= UInt64(distanceLengths[symbol])
                bits |= (UInt64(distance) & ((1 &<< extraBits) &- 1)) &<< bitCount
                bitCount &+= extraBits
            } else {
                if token & DeflateToken.pixel != 0 {
                    let first = literalCodes[Int((token &>> 16) & 255)]
                    bits |= UInt64(first & 0xFFFF) &<< bitCount
                    bitCount &+= UInt64(first &>> 24)
                    let second = literalCodes[Int((token &>> 8) & 255)]
                    bits |= UInt64(second & 0xFFFF) &<< bitCount
                    bitCount &+= UInt64(second &>> 24)
                }
                let third = literalCodes[Int(token & 255)]
                bits |= UInt64(third & 0xFFFF) &<< bitCount
                bitCount &+= UInt64(third &>> 24)
            }
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
            if token & DeflateToken.pixel != 0 {
                target[0] = UInt8(truncatingIfNeeded: token >> 16)
                target[1] = UInt8(truncatingIfNeeded: token >> 8)
                target += 2
            }
            target[0] = UInt8(truncatingIfNeeded: token)
            target += 1
        }
        output.take(target - start)
    }
}
