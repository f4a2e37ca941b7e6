import Pictures

/// What the first bytes of a PNG say of it (PNG specification, 11.2.2).
struct PNGHeader: Sendable, Equatable {
    let size: PictureSize
    let isInterlaced: Bool

    /// How many bytes must be seen.
    static let length = 29

    /// Nil for what is no PNG, or has no pixels.
    init?(firstBytes bytes: some Collection<UInt8>) {
        let bytes = Array(bytes.prefix(Self.length))
        guard bytes.count == Self.length, ImageFormat(firstBytes: bytes) == .png else { return nil }
        func word(_ start: Int) -> Int { bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
        size = PictureSize(width: word(16), height: word(20))
        isInterlaced = bytes[28] != 0
        guard size.width > 0, size.height > 0 else { return nil }
    }
}
