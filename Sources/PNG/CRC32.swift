/// The checksum of a PNG chunk (PNG specification, 5.5 and annex D), sixteen bytes a step.
enum CRC32 {
    /// Sixteen tables of 256: what a byte does to the checksum when 0 to 15 bytes come after it.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 16 * 256)
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
        // Unsafe: checked indexing would double the time. Each index is a byte plus the start of one of sixteen tables.
        tables.withUnsafeBufferPointer { tables in
            guard let table = tables.baseAddress, let start = bytes.baseAddress else { return }
            while offset + 16 <= bytes.count {
                let first = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                let second = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
                checksum = eight(first ^ UInt64(checksum), table + 8 * 256) ^ eight(second, table)
                offset += 16
            }
            while offset < bytes.count {
                checksum = table[Int((checksum ^ UInt32(bytes[offset])) & 255)] ^ (checksum >> 8)
                offset += 1
            }
        }
        return ~checksum
    }

    /// What eight bytes do, the first with the last of eight tables.
    @inline(__always)
    private static func eight(_ bytes: UInt64, _ table: UnsafePointer<UInt32>) -> UInt32 {
        let low =
            table[1792 + Int(bytes & 255)] ^ table[1536 + Int((bytes >> 8) & 255)]
            ^ table[1280 + Int((bytes >> 16) & 255)] ^ table[1024 + Int((bytes >> 24) & 255)]
        let high =
            table[768 + Int((bytes >> 32) & 255)] ^ table[512 + Int((bytes >> 40) & 255)]
            ^ table[256 + Int((bytes >> 48) & 255)] ^ table[Int(bytes >> 56)]
        return low ^ high
    }
}
