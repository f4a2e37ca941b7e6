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
            case .normal: 6
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
    private static func pack(
        _ indices: UnsafePointer<UInt8>, _ width: Int, _ bitDepth: Int, to bytes: UnsafeMutablePointer<UInt8>
    ) {
        guard bitDepth < 8 else { return bytes.update(from: indices, count: width) }
        let perByte = 8 / bitDepth
        let whole = width / perByte
        // Unsafe: `whole` times so many pixels are in the row.
        for byte in 0..<whole {
            var value: UInt8 = 0
            for index in 0..<perByte { value = value &<< UInt8(bitDepth) | indices[byte &* perByte &+ index] }
            bytes[byte] = value
        }
        let rest = width - whole * perByte
        guard rest > 0 else { return }
        var value: UInt8 = 0
        for index in 0..<rest { value = value << UInt8(bitDepth) | indices[whole * perByte + index] }
        bytes[whole] = value << UInt8((perByte - rest) * bitDepth)
    }
}
