/// The palette and the image data of a picture of at most 256 colours, with 1, 2, 4 or 8 bits a pixel.
enum IndexedWriter {
    /// The least bits that can hold an index (PNG specification, 11.2.2).
    static func bitDepth(colours: Int) -> Int { colours <= 2 ? 1 : colours <= 4 ? 2 : colours <= 16 ? 4 : 8 }

    static func write(_ rows: IndexedRows, width: Int, to output: ChunkWriter, effort: PNGEncoder.Effort) {
        output.begin("PLTE")
        output.append(
            rows.palette.flatMap { colour in
                [16, 8, 0].map { UInt8(truncatingIfNeeded: colour >> $0) }
            })
        output.end()
        output.begin("IDAT")
        let bitDepth = bitDepth(colours: rows.palette.count)
        let bytesPerRow = 1 + (width * bitDepth + 7) / 8
        let deflate = DeflateWriter(output: output)
        let depth =
            switch effort {
            case .fast: 1
            case .normal: 2
            case .small: 64
            }
        let matcher = ByteMatcher(deflate: deflate, row: bytesPerRow, depth: depth)
        var adler = Adler32()
        rows.forEach { indices, _ in
            let bytes = matcher.reserve(bytesPerRow)
            bytes[0] = 0
            pack(indices, width, bitDepth, to: bytes + 1)
            adler.append(bytesPerRow, bytes: bytes)
            matcher.take(bytesPerRow)
        }
        matcher.flush()
        deflate.finish(adler: adler.value)
        output.end()
    }

    /// The first pixel in a byte's highest bits (PNG specification, 7.2).
    /// - Parameters:
    ///   - indices: with room up to a multiple of eight.
    ///   - bytes: with room for as many more as eight indices take.
    private static func pack(
        _ indices: UnsafePointer<UInt8>, _ width: Int, _ bitDepth: Int, to bytes: UnsafeMutablePointer<UInt8>
    ) {
        guard bitDepth < 8 else { return bytes.update(from: indices, count: width) }
        // Unsafe: eight indices at a time become `bitDepth` bytes, of which the next eight ones overwrite what is too much.
        let (source, target) = (UnsafeRawPointer(indices), UnsafeMutableRawPointer(bytes))
        let bits = UInt64(bitDepth)
        var offset = 0
        for x in stride(from: 0, to: width, by: 8) {
            var word = source.loadUnaligned(fromByteOffset: x, as: UInt64.self).littleEndian
            // Two indices into one byte; these bytes next to each other; then four, then eight.
            word = gather((word &<< bits | word &>> 8) & 0x00FF_00FF_00FF_00FF)
            if bitDepth < 4 { word = gather((word &<< (2 &* bits) | word &>> 8) & 0x00FF_00FF_00FF_00FF) }
            if bitDepth < 2 { word = (word &<< 4 | word &>> 8) & 0xFF }
            target.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
            offset &+= bitDepth
        }
    }

    /// The lower byte of each two, next to each other.
    @inline(__always)
    private static func gather(_ word: UInt64) -> UInt64 {
        let pairs = (word | word &>> 8) & 0x0000_FFFF_0000_FFFF
        return (pairs | pairs &>> 16) & 0xFFFF_FFFF
    }
}
