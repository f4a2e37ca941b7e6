/// A picture in memory, or the upper part of one that still arrives.
public struct Picture: Equatable, Sendable {
    public let size: PictureSize
    /// 0x00RRGGBB each, rows from top to bottom.
    public private(set) var pixels: [UInt32] = []

    /// Nothing of a picture yet; there is room for all of it.
    public init(size: PictureSize) {
        self.size = size
        pixels.reserveCapacity(size.width * size.height)
    }

    /// Appends whole rows.
    /// - Parameter words: 0xXXRRGGBB each, of which the top byte is forgotten: pictures that look the same are equal.
    public mutating func append(_ words: Span<UInt32>) {
        words.withUnsafeBufferPointer { words in pixels.append(contentsOf: words.lazy.map { $0 & 0x00ff_ffff }) }
    }

    /// - Parameter target: no side is longer than this picture's.
    public func reduced(to target: PictureSize) -> Picture {
        var average = AreaAverage(from: size, to: target)
        var picture = Picture(size: target)
        average.append(pixels.span) { picture.append($0) }
        return picture
    }

    /// The same picture with so many colours at most; see ``ColourReduction``.
    /// - Parameter limit: 1 to 256.
    public func reduced(toColours limit: Int) -> Picture {
        var picture = self
        ColourReduction.reduce(&picture.pixels, to: limit)
        return picture
    }
}
