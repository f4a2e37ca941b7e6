import CX11
import Pictures

/// The whole screen as the X server describes it at one moment: it changes when monitors do.
struct RootWindow {
    /// Pixels.
    let width: Int
    let height: Int
    /// Bits of a pixel that carry colour.
    let depth: Int
    let visual: UnsafeMutablePointer<Visual>
    /// 0x00RRGGBB of each number that a pixel can be; `nil` where pixels have masks.
    private let colours: [UInt32]?
    /// The colours of a pixel are parts of it.
    var hasMasks: Bool { colours == nil }

    var size: PictureSize { PictureSize(width: width, height: height) }

    /// Of a DirectColor screen the colour map is taken as the even ramp that it starts with. Where pixels are numbers
    /// of colours (PseudoColor, GrayScale and their static forms), the root window's own colour map says which.
    ///
    /// - Throws: `screenWentAway`, `unreadable`, or `unsupportedPixels` for pixels of more than 8 bits that are numbers.
    init(_ connection: X11Connection) throws(CaptureError) {
        var attributes = XWindowAttributes()
        let answered = XGetWindowAttributes(connection.display, connection.root, &attributes)
        try connection.checkServer()
        guard answered != 0, let visual = attributes.visual else {
            throw .grabFailed(reason: connection.takeError() ?? "it does not describe its root window")
        }
        width = Int(attributes.width)
        height = Int(attributes.height)
        depth = Int(attributes.depth)
        self.visual = visual
        let hasMasks = [TrueColor, DirectColor].contains(visual.pointee.class)
        colours = hasMasks ? nil : try Self.colours(of: attributes.colormap, depth: depth, connection)
    }

    /// Pixels. Cheaper than to describe the window again.
    ///
    /// - Throws: `screenWentAway`, `unreadable`.
    static func size(_ connection: X11Connection) throws(CaptureError) -> PictureSize {
        var (root, x, y) = (Window(), Int32(), Int32())
        var (width, height, border, depth) = (UInt32(), UInt32(), UInt32(), UInt32())
        let answered = XGetGeometry(
            connection.display, connection.root, &root, &x, &y, &width, &height, &border, &depth)
        try connection.checkServer()
        guard answered != 0 else {
            throw .grabFailed(reason: connection.takeError() ?? "it does not describe its root window")
        }
        return PictureSize(width: Int(width), height: Int(height))
    }

    private static func colours(
        of map: Colormap, depth: Int, _ connection: X11Connection
    ) throws(CaptureError) -> [UInt32] {
        guard 1...8 ~= depth else {
            throw .unsupportedPixels("a visual of \(depth) bits without masks for red, green and blue")
        }
        var colours = (0..<(1 << depth)).map { number in
            XColor(pixel: UInt(number), red: 0, green: 0, blue: 0, flags: 0, pad: 0)
        }
        _ = connection.takeError()
        XQueryColors(connection.display, map, &colours, Int32(colours.count))
        try connection.checkServer()
        if let error = connection.takeError() { throw .grabFailed(reason: error) }
        return colours.map { colour in
            [colour.red, colour.green, colour.blue].reduce(0) { $0 << 8 | (UInt32($1) * 255 + 32767) / 65535 }
        }
    }

    /// How the pixels of an image of this window lie in memory.
    func pixelFormat(of image: UnsafeMutablePointer<XImage>) throws(CaptureError) -> PixelFormat {
        let bits = Int(image.pointee.bits_per_pixel)
        if let colours {
            guard let format = PixelFormat(bitsPerPixel: bits, colours: colours) else {
                throw .unsupportedPixels("pixels of \(bits) bits that are numbers of colours")
            }
            return format
        }
        let visual = visual.pointee
        guard
            let format = PixelFormat(
                bitsPerPixel: bits, isBigEndian: image.pointee.byte_order == MSBFirst,
                redMask: visual.red_mask, greenMask: visual.green_mask, blueMask: visual.blue_mask)
        else {
            let masks = [visual.red_mask, visual.green_mask, visual.blue_mask].map { String($0, radix: 16) }
            throw .unsupportedPixels(
                "pixels of \(bits) bits with the masks \(masks.joined(separator: ", "))")
        }
        return format
    }
}
