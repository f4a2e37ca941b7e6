import TestSupport

/// PNGs put together by hand, so that each part can be wrong.
struct HandmadePNG {
    var width = 3
    var height = 2
    var depth: UInt8 = 8
    /// 0 gray, 2 RGB, 3 palette.
    var color: UInt8 = 0
    var isInterlaced = false
    /// What is compressed: each row after its filter's byte.
    var rows: [UInt8] = [0, 1, 2, 3, 0, 4, 5, 6]
    var checksumOfRows: UInt32?
    /// Between IHDR and IDAT.
    var extra: [UInt8] = []
    var hasEnd = true

    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    var bytes: [UInt8] {
        let header =
            Self.word(UInt32(width)) + Self.word(UInt32(height)) + [depth, color, 0, 0, isInterlaced ? 1 : 0]
        return Self.signature + Self.chunk("IHDR", header) + extra + Self.chunk("IDAT", compressed)
            + (hasEnd ? Self.chunk("IEND", []) : [])
    }

    static func chunk(_ type: String, _ content: [UInt8], checksum: UInt32? = nil) -> [UInt8] {
        let checked = Array(type.utf8) + content
        return word(UInt32(content.count)) + checked + word(checksum ?? crc32(checked))
    }

    /// One stored block (RFC 1950, RFC 1951).
    private var compressed: [UInt8] {
        let count = UInt16(rows.count)
        let length = [UInt8(count & 0xFF), UInt8(count >> 8), UInt8(~count & 0xFF), UInt8(~count >> 8)]
        return [0x78, 0x01, 0x01] + length + rows + Self.word(checksumOfRows ?? Self.adler32(rows))
    }

    private static func word(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc = ~UInt32(0)
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }

    private static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65521
            high = (high + low) % 65521
        }
        return high << 16 | low
    }
}

/// The parts of a JPEG. What its scan holds is no picture; nothing here decodes it.
enum HandmadeJPEG {
    static let start: [UInt8] = [0xFF, 0xD8]
    static let tables: [UInt8] = [0xFF, 0xDB, 0, 4, 1, 2]
    static let frame: [UInt8] = [0xFF, 0xC0, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0]
    static let scan: [UInt8] = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]
    /// With a stuffed byte and a restart.
    static let data: [UInt8] = [0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56]
    static let end: [UInt8] = [0xFF, 0xD9]

    static let whole = start + tables + frame + scan + data + end
}

/// What is found wrong both as it arrives, by its structure alone, and by `verify`, which decodes PNGs.
enum DamagedImages {
    /// A PNG with each of its bytes flipped, and images that were cut off behind each.
    static func all() throws -> [(damage: String, bytes: [UInt8])] {
        let png = try EncodedPNG.bytes(width: 9, height: 7)
        let flipped = png.indices.map { index in
            var bytes = png
            bytes[index] ^= 0x10
            return ("byte \(index) of \(png.count)", bytes)
        }
        let cutOff = [png, HandmadeJPEG.whole].flatMap { image in
            image.indices.map { ("\($0) bytes of \(image.count)", Array(image.prefix($0))) }
        }
        return flipped + cutOff
    }
}
