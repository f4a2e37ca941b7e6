import CPNG
import CPNGWriter

/// Real PNGs for tests.
public enum EncodedPNG {
    public struct Failed: Error {}

    /// The picture as the client would send it.
    public static func bytes(of picture: DecodedPNG) throws -> [UInt8] {
        guard let writer = png_writer_create(UInt32(picture.width), UInt32(picture.height)) else { throw Failed() }
        defer { png_writer_destroy(writer) }
        guard png_writer_append(writer, picture.rgb, UInt32(picture.height)) == 1, png_writer_finish(writer) == 1
        else { throw Failed() }
        var count = 0
        return Array(UnsafeBufferPointer(start: png_writer_bytes(writer, &count), count: count))
    }

    /// A picture of that size, with something to see.
    public static func bytes(width: Int = 64, height: Int = 48) throws -> [UInt8] {
        try bytes(
            of: DecodedPNG(width: width, height: height) { x, y in
                [UInt8(truncatingIfNeeded: x * 5), UInt8(truncatingIfNeeded: y * 3), UInt8(truncatingIfNeeded: x ^ y)]
            })
    }

    /// Bytes of ``file(around:)`` beside the content.
    public static let overhead = 59

    /// A file with the structure of a PNG of one pixel, around image data that nobody could decode: for those who do not look at
    /// pixels.
    ///
    /// - Parameter content: at least 6 bytes.
    public static func file(around content: [UInt8]) -> [UInt8] {
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        return signature + chunk("IHDR", [0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])
            + chunk("IDAT", [0x78, 0x01] + content)
            + chunk("IEND", [])
    }

    private static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        let checked = Array(type.utf8) + content
        return word(UInt32(content.count)) + checked + word(cpng_crc32(0, checked, checked.count))
    }

    private static func word(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
