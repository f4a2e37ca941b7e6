import CPNG

/// A PNG as 8-bit RGB.
public struct DecodedPNG: Equatable {
    public struct Damaged: Error {
        let reason: String
    }

    public let width: Int
    public let height: Int
    /// Three bytes a pixel, rows from top to bottom.
    public let rgb: [UInt8]

    /// A word a pixel, 0x00RRGGBB.
    public var words: [UInt32] {
        stride(from: 0, to: rgb.count, by: 3).map { first in
            rgb[first..<(first + 3)].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    public init(_ png: [UInt8]) throws {
        var picture = cpng_picture()
        guard cpng_decode(png, png.count, &picture) == 1 else {
            let reason = withUnsafeBytes(of: picture.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            throw Damaged(reason: reason)
        }
        defer { cpng_picture_free(&picture) }
        width = Int(picture.width)
        height = Int(picture.height)
        rgb = [UInt8](UnsafeBufferPointer(start: picture.rgb, count: width * height * 3))
    }

    public init(width: Int, height: Int, pixel: (_ x: Int, _ y: Int) -> [UInt8]) {
        self.width = width
        self.height = height
        rgb = (0..<height).flatMap { y in (0..<width).flatMap { x in pixel(x, y) } }
    }
}
