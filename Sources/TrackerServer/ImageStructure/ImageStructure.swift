// Images: what makes a file's bytes an image. It is seen in their structure, as they pass by; what the pixels are, only
// `verify` looks at.

/// Follows the structure of an image as its bytes come, in whatever pieces, and says what is wrong as soon as it shows: the
/// format, the size in pixels, the lengths of the parts, their order and checksums, the end. Pure.
struct ImageStructure: Sendable {
    private let maxPixels: Int
    private var png: PNGStructure?
    private var jpeg: JPEGStructure?

    init(maxPixels: Int) {
        self.maxPixels = maxPixels
    }

    mutating func take(_ bytes: Span<UInt8>) throws(ImageFault) {
        if png == nil, jpeg == nil, !bytes.isEmpty {
            switch bytes[0] {
            case PNGStructure.firstByte: png = PNGStructure(maxPixels: maxPixels)
            case JPEGStructure.firstByte: jpeg = JPEGStructure(maxPixels: maxPixels, allowsMore: false)
            default: throw .notAnImage
            }
        }
        try png?.take(bytes)
        try jpeg?.take(bytes)
    }

    /// To be called when all bytes have come.
    /// - Throws: ``ImageFault`` when they were not all of an image.
    func finish() throws(ImageFault) -> ImageFormat {
        if let png {
            try png.finish()
            return .png
        }
        guard let jpeg else { throw .empty }
        try jpeg.finish()
        return .jpeg
    }
}

/// A number of up to eight bytes, the highest first, that may come in pieces.
struct ArrivingNumber: Sendable {
    private var value: UInt64 = 0
    private var count = 0

    /// Takes what is missing of `size` bytes from `offset` on.
    /// - Returns: the number once it is whole; nil when the bytes end before.
    mutating func take(_ size: Int, of bytes: Span<UInt8>, from offset: inout Int) -> UInt64? {
        while count < size {
            guard offset < bytes.count else { return nil }
            value = value << 8 | UInt64(bytes[offset])
            count += 1
            offset += 1
        }
        defer { self = ArrivingNumber() }
        return value
    }
}
