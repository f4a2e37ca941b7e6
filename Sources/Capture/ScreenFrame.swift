import PNG
public import Pictures

/// The whole screen at one moment for those who watch it: no larger than what carries it to them takes.
public struct ScreenFrame: Equatable, Sendable {
    /// What a frame has at most.
    public struct Limit: Equatable, Sendable {
        /// Pixels.
        public let size: PictureSize
        /// Of the PNG.
        public let bytes: Int

        public init(width: Int, height: Int, bytes: Int) {
            size = PictureSize(width: width, height: height)
            self.bytes = bytes
        }
    }

    /// What the screen looked like, made smaller.
    public let picture: Picture
    /// What is sent of it.
    public let image: CapturedImage

    /// A picture whose PNG has more than so many bytes, such as a photo, is sent with 256 colours; if it has more then, in
    /// half its size, and so on down to one pixel.
    /// - Throws: `encodingFailed`.
    public init(_ picture: Picture, bytes limit: Int) throws(CaptureError) {
        self.picture = picture
        var sent = picture
        var png = try Self.png(sent, bytes: limit)
        while png.count > limit, sent.size.width > 1 || sent.size.height > 1 {
            sent = sent.reduced(
                to: PictureSize(width: (sent.size.width + 1) / 2, height: (sent.size.height + 1) / 2))
            png = try Self.png(sent, bytes: limit)
        }
        image = CapturedImage(png: png, width: sent.size.width, height: sent.size.height)
    }

    /// With all its colours, or as few as a palette holds: the latter take a byte a pixel at most.
    private static func png(_ picture: Picture, bytes limit: Int) throws(CaptureError) -> [UInt8] {
        let png = try picture.png()
        return png.count <= limit ? png : try picture.reduced(toColours: 256).png()
    }
}

extension Picture {
    /// A complete PNG file.
    func png() throws(CaptureError) -> [UInt8] {
        try CaptureError.encoding { () throws(PNGError) in
            var encoder = try PNGEncoder(width: size.width, height: size.height)
            try encoder.append(pixels.span)
            return try encoder.finish()
        }
    }
}
