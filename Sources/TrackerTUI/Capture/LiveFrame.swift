import PNG
import Pictures
import Shared

/// One picture for those who watch live.
struct LiveFrame: Equatable, Sendable {
    /// No larger, and never larger than the screen.
    static let limit = PictureSize(width: LiveViewFrame.largestWidth, height: LiveViewFrame.largestHeight)

    /// What the screen looked like, made smaller.
    let picture: Picture
    /// What is sent of it: a PNG that fits a packet.
    let image: CapturedImage

    /// A picture whose PNG would not fit, such as a photo, is sent with 256 colours; if it does not fit then, in half its
    /// size.
    init(_ picture: Picture, largestImage: Int = LiveViewFrame.largestImage) throws(CaptureError) {
        self.picture = picture
        var sent = picture
        var png = try Self.png(sent, fitting: largestImage)
        while png.count > largestImage, sent.size.width > 1 || sent.size.height > 1 {
            sent = sent.reduced(
                to: PictureSize(width: (sent.size.width + 1) / 2, height: (sent.size.height + 1) / 2))
            png = try Self.png(sent, fitting: largestImage)
        }
        image = CapturedImage(png: png, width: sent.size.width, height: sent.size.height)
    }

    /// With all its colours, or as few as a palette holds: the latter take a byte a pixel at most.
    private static func png(_ picture: Picture, fitting largestImage: Int) throws(CaptureError) -> [UInt8] {
        let png = try picture.png()
        return png.count <= largestImage ? png : try picture.reduced(toColours: 256).png()
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
