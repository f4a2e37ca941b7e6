import CPNG

/// Follows the chunks of a PNG file (PNG specification, 5, 10.1 and 11): the signature, an IHDR that makes sense, chunks of the
/// lengths and checksums that they say, in their order, image data that begin as zlib's (RFC 1950) in one row of IDATs, IEND,
/// and nothing behind it.
struct PNGStructure: Sendable {
    static let firstByte: UInt8 = 0x89
    private static let signature: UInt64 = 0x8950_4E47_0D0A_1A0A
    /// Of a chunk and of a side, in bytes and pixels.
    private static let largest = 0x7FFF_FFFF
    private static let headerLength = 13
    /// An empty stream of zlib has so many bytes.
    private static let shortestData = 8

    private enum Place { case signature, chunk, content(left: Int), checksum, end }
    private enum Stage: Comparable { case beforeHeader, beforeData, data, afterData }

    private let maxPixels: Int
    private var place = Place.signature
    private var stage = Stage.beforeHeader
    private var number = ArrivingNumber()
    private var type = ChunkType.header
    private var checksum: UInt32 = 0
    private var header: [UInt8] = []
    private var hasPalette = false
    private var dataStart: [UInt8] = []
    private var dataLength = 0

    init(maxPixels: Int) {
        self.maxPixels = maxPixels
    }

    mutating func take(_ bytes: Span<UInt8>) throws(ImageFault) {
        var offset = 0
        while offset < bytes.count {
            switch place {
            case .signature:
                guard let signature = number.take(8, of: bytes, from: &offset) else { return }
                guard signature == Self.signature else { throw .notAnImage }
                place = .chunk
            case .chunk:
                guard let start = number.take(8, of: bytes, from: &offset) else { return }
                try begin(ChunkType(UInt32(truncatingIfNeeded: start)), length: Int(start >> 32))
            case .content(let left):
                let end = min(offset + left, bytes.count)
                try take(content: bytes.extracting(offset..<end))
                place = offset + left == end ? .checksum : .content(left: offset + left - end)
                offset = end
            case .checksum:
                guard let stated = number.take(4, of: bytes, from: &offset) else { return }
                guard stated == checksum else { throw .png("the checksum of a chunk \(type) is wrong") }
                if type == .header { try checkHeader() }
                place = type == .end ? .end : .chunk
            case .end: throw .png("there is more after its end")
            }
        }
    }

    func finish() throws(ImageFault) {
        switch place {
        case .end: return
        case .signature: throw .notAnImage
        default: throw .png("it is cut off")
        }
    }

    private mutating func begin(_ type: ChunkType, length: Int) throws(ImageFault) {
        guard type.isValid, length <= Self.largest else { throw .png("something stands in it that is no chunk") }
        try checkOrder(of: type)
        switch type {
        case .header:
            stage = .beforeData
            guard length == Self.headerLength else { throw .png("its IHDR has \(length) bytes") }
        case .palette:
            hasPalette = true
            guard (1...256).contains(length / 3), length.isMultiple(of: 3) else {
                throw .png("its PLTE has \(length) bytes")
            }
        case .data:
            stage = .data
            dataLength += length
        case .end:
            guard length == 0 else { throw .png("its IEND has \(length) bytes") }
            guard dataLength >= Self.shortestData else { throw .png("it has no image data") }
        default:
            guard type.isAncillary else { throw .png("nobody knows what its chunk \(type) means") }
            if stage == .data { stage = .afterData }
        }
        self.type = type
        checksum = type.checksum
        place = length == 0 ? .checksum : .content(left: length)
    }

    private func checkOrder(of type: ChunkType) throws(ImageFault) {
        let isInPlace =
            switch type {
            case .header: stage == .beforeHeader
            case .palette: stage == .beforeData && !hasPalette
            case .data: stage == .beforeData || stage == .data
            default: stage != .beforeHeader
            }
        guard isInPlace else { throw .png("its chunk \(type) stands out of place") }
        guard type == .data, header[9] == ColorType.palette, !hasPalette else { return }
        throw .png("its palette is missing")
    }

    private mutating func take(content: Span<UInt8>) throws(ImageFault) {
        // Unsafe: C reads exactly these bytes.
        checksum = content.withUnsafeBufferPointer { cpng_crc32(checksum, $0.baseAddress, $0.count) }
        switch type {
        case .header: for index in content.indices { header.append(content[index]) }
        case .data where dataStart.count < 2:
            for index in content.indices.prefix(2 - dataStart.count) { dataStart.append(content[index]) }
            if dataStart.count == 2 { try checkData() }
        default: break
        }
    }

    /// 11.2.1: sides, the depths that a color type allows, and the only methods that there are.
    private func checkHeader() throws(ImageFault) {
        func word(_ start: Int) -> Int { header[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
        let (width, height, depth, color) = (word(0), word(4), header[8], header[9])
        let sides = 1...Self.largest
        guard sides.contains(width), sides.contains(height), ColorType.depths[color]?.contains(depth) == true,
            header[10] == 0, header[11] == 0, header[12] <= 1
        else {
            throw .png("its IHDR says \(width) x \(height) pixels of color type \(color) with \(depth) bits")
        }
        guard width * height <= maxPixels else {
            throw .png("it has \(width) x \(height) pixels, more than the \(maxPixels) that are allowed")
        }
    }

    /// RFC 1950, section 2.2, and 10.1: deflate, a window of at most 32 KiB, no dictionary.
    private func checkData() throws(ImageFault) {
        let (method, flags) = (Int(dataStart[0]), Int(dataStart[1]))
        guard method & 15 == 8, method >> 4 <= 7, flags & 32 == 0, (method << 8 | flags).isMultiple(of: 31) else {
            throw .png("its image data are not compressed as PNG demands")
        }
    }

    private enum ColorType {
        static let palette: UInt8 = 3
        static let depths: [UInt8: Set<UInt8>] = [
            0: [1, 2, 4, 8, 16], 2: [8, 16], palette: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16],
        ]
    }
}

/// The name of a chunk: four letters, whose case says what those may do who do not know it (PNG specification, 5.4).
private struct ChunkType: Equatable, CustomStringConvertible {
    let code: UInt32

    static let header = ChunkType(0x4948_4452)
    static let palette = ChunkType(0x504C_5445)
    static let data = ChunkType(0x4944_4154)
    static let end = ChunkType(0x4945_4E44)

    init(_ code: UInt32) { self.code = code }

    private var letters: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: code >> $0) } }

    var isValid: Bool {
        letters.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0 & ~0x20) }
    }
    /// Whoever does not know it may pass over it.
    var isAncillary: Bool { code >> 24 & 0x20 != 0 }
    /// A chunk's checksum begins with its name.
    var checksum: UInt32 { letters.withUnsafeBufferPointer { cpng_crc32(0, $0.baseAddress, $0.count) } }
    var description: String { String(decoding: letters, as: UTF8.self) }
}
