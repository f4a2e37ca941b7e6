/// Pixels.
public struct PictureSize: Equatable, Sendable {
    public var width: Int
    public var height: Int

    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// The largest size of the same shape, to the nearest pixel, that fits into `limit`; never larger than this one.
    public func fitted(into limit: PictureSize) -> PictureSize {
        if width <= limit.width, height <= limit.height { return self }
        let isWide = width * limit.height >= height * limit.width
        return isWide
            ? PictureSize(width: limit.width, height: max((height * limit.width + width / 2) / width, 1))
            : PictureSize(width: max((width * limit.height + height / 2) / height, 1), height: limit.height)
    }
}
