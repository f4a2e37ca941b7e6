/// CRC-32C: the reflected polynomial 0x82F63B78.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }

    static func checksum(of bytes: Span<UInt8>) -> UInt32 {
        let table = table
        var crc = ~UInt32(0)
        for index in bytes.indices { crc = crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[index])] }
        return ~crc
    }

    /// Eight lower-case digits.
    static func hexadecimal(_ checksum: UInt32) -> some Sequence<UInt8> {
        (0..<8).lazy.map { index in
            let digit = UInt8(checksum >> UInt32(28 - 4 * index) & 15)
            return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
