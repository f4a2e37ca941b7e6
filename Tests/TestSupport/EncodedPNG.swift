import CPNG

/// Real PNGs for tests.
public enum EncodedPNG {
    public struct Failed: Error {}

    /// The picture as the client would send it.
    public static func bytes(of picture: DecodedPNG) throws -> [UInt8] {
        guard let writer = cpng_writer_create(UInt32(picture.width), UInt32(picture.height)) else { throw Failed() }
        defer { cpng_writer_destroy(writer) }
        guard cpng_writer_append(writer, picture.rgb, UInt32(picture.height)) == 1, cpng_writer_finish(writer) == 1
        else { throw Failed() }
        var count = 0
        return Array(UnsafeBufferPointer(start: cpng_writer_bytes(writer, &count), count: count))
    }

    /// A picture of that size, with something to see.
    public static func bytes(width: Int = 64, height: Int = 48) throws -> [UInt8] {
        try bytes(
            of: DecodedPNG(width: width, height: height) { x, y in
                [UInt8(truncatingIfNeeded: x * 5), UInt8(truncatingIfNeeded: y * 3), UInt8(truncatingIfNeeded: x ^ y)]
            })
    }
}
