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

    var size: PictureSize { PictureSize(width: width, height: height) }

    /// - Throws: `serverWentAway`, `grabFailed`, or `unsupportedVisual` for a screen whose pixels are not red, green
    ///   and blue but numbers of colours (PseudoColor, GrayScale and their static forms).
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
        guard [TrueColor, DirectColor].contains(visual.pointee.class) else {
            throw .unsupportedVisual(description: "a visual of \(depth) bits without masks for red, green and blue")
        }
    }

    /// How the pixels of an image of this window lie in memory.
    func pixelFormat(of image: UnsafeMutablePointer<XImage>) throws(CaptureError) -> PixelFormat {
        let bits = Int(image.pointee.bits_per_pixel)
        let visual = visual.pointee
        guard
            let format = PixelFormat(
                bitsPerPixel: bits, isBigEndian: image.pointee.byte_order == MSBFirst,
                redMask: visual.red_mask, greenMask: visual.green_mask, blueMask: visual.blue_mask)
        else {
            let masks = [visual.red_mask, visual.green_mask, visual.blue_mask].map { String($0, radix: 16) }
            throw .unsupportedVisual(
                description: "pixels of \(bits) bits with the masks \(masks.joined(separator: ", "))")
        }
        return format
    }
}
