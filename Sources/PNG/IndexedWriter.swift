/// The palette and the image data of a picture of at most 256 colours, with 1, 2, 4 or 8 bits a pixel.
enum IndexedWriter {
    /// The least bits that can hold an index (PNG specification, 11.2.2).
    static func bitDepth(colours: Int) -> Int { colours <= 2 ? 1 : colours <= 4 ? 2 : colours <= 16 ? 4 : 8 }

    static func write(_ rows: IndexedRows, width: Int, to output: ChunkWriter) {
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
        let matcher = ByteMatcher(deflate: deflate, row: bytesPerRow)
        var adler = Adler32()
        // Up to seven bytes more for a whole group at the end.
        var row = [UInt8](repeating: 0, count: bytesPerRow + 8)
        rows.forEach { changes in
            let bytes = matcher.reserve(bytesPerRow)
            row.withUnsafeMutableBufferPointer { buffer in
                guard let row = buffer.baseAddress else { return }
                pack(changes, bitDepth, to: row + 1)
                bytes.update(from: row, count: bytesPerRow)
            }
            adler.append(bytesPerRow, bytes: bytes)
            matcher.take(bytesPerRow)
        }
        matcher.flush()
        deflate.finish(adler: adler.value)
        output.end()
    }

    /// The first pixel in a byte's highest bits (PNG specification, 7.2).
    /// - Parameter bytes: those of the row above, with room for seven more.
    private static func pack(_ changes: RowChanges, _ bitDepth: Int, to bytes: UnsafeMutablePointer<UInt8>) {
        // Unsafe: a group's indices become `bitDepth` bytes; eight are read and written.
        let target = UnsafeMutableRawPointer(bytes)
        let bits = UInt64(bitDepth)
        let mask = UInt64.max &>> (64 &- 8 &* bits)
        changes.forEach { group, indices in
            var word = indices
            // Two indices into one byte; these bytes next to each other; then four, then eight.
            if bitDepth < 8 { word = gather((word &<< bits | word &>> 8) & 0x00FF_00FF_00FF_00FF) }
            if bitDepth < 4 { word = gather((word &<< (2 &* bits) | word &>> 8) & 0x00FF_00FF_00FF_00FF) }
            if bitDepth < 2 { word = word &<< 4 | word &>> 8 }
            let offset = group &* bitDepth
            let before = target.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
            word = before & ~mask | word & mask
            target.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
        }
    }

    /// The lower byte of each two, next to each other.
    @inline(__always)
    private static func gather(_ word: UInt64) -> UInt64 {
        let pairs = (word | word &>> 8) & 0x0000_FFFF_0000_FFFF
        return (pairs | pairs &>> 16) & 0xFFFF_FFFF
    }
}
