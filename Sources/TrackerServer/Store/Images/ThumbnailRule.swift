import Pictures

/// Which images are made smaller. Pure.
struct ThumbnailRule: Sendable {
    /// Of the image.
    let maxPixels: Int

    /// All of an interlaced image is in memory while it is made smaller, four bytes a pixel.
    static let interlacedPixels = 16_777_216
    /// Of the small picture: of the images that are so narrow and so high nobody sees the whole.
    static let resultPixels = 8_388_608

    /// The size at most so wide, in the shape of the image; nil where that is sent as it is.
    func size(of image: PNGHeader, width: Int) -> PictureSize? {
        let (source, longest) = (image.size, AreaAverage.longestSide)
        guard source.width > width, source.width <= longest, source.height <= longest,
            source.width * source.height <= (image.isInterlaced ? min(maxPixels, Self.interlacedPixels) : maxPixels)
        else { return nil }
        let size = source.fitted(into: PictureSize(width: width, height: longest))
        return size.width * size.height <= Self.resultPixels ? size : nil
    }
}
