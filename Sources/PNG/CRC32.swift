/// The checksum of a PNG chunk (PNG specification, 5.5 and annex D), eight bytes a step.
enum CRC32 {
    /// Eight tables of 256: what a byte does to the checksum when 0 to 7 bytes come after it.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : 0xEDB8_8320 ^ (value >> 1) }
            tables[byte] = value
        }
        for index in 256..<tables.count {
            let before = tables[index - 256]
            tables[index] = tables[Int(before & 255)] ^ (before >> 8)
        }
        return tables
    }()

    /// The checksum of `bytes`.
    static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        var checksum = ~UInt32(0)
        var offset = 0
        // Unsafe: checked indexing would double the time. Each index is a byte plus the start of one of eight tables.
        tables.withUnsafeBufferPointer { tables in
            guard let table = tables.baseAddress, let start = bytes.baseAddress else { return }
            while offset + 8 <= bytes.count {
                let word = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                let value = word ^ UInt64(checksum)
                let low =
                    table[1792 + Int(value & 255)] ^ table[1536 + Int((value >> 8) & 255)]
                    ^ table[1280 + Int((value >> 16) & 255)] ^ table[1024 + Int((value >> 24) & 255)]
                let high =
                    table[768 + Int((value >> 32) & 255)] ^ table[512 + Int((value >> 40) & 255)]
                    ^ table[256 + Int((value >> 48) & 255)] ^ table[Int(value >> 56)]
                checksum = low ^ high
                offset += 8
            }
            while offset < bytes.count {
                checksum = table[Int((checksum ^ UInt32(bytes[offset])) & 255)] ^ (checksum >> 8)
                offset += 1
            }
        }
        return ~checksum
    }
}
