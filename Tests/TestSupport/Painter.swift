import CX11

/// Puts pixel values of the visual's own form on a display's root window.
public final class Painter {
    public struct CannotPaint: Error {}

    public let width: Int
    public let height: Int
    private let display: OpaquePointer
    private var window: Window?

    public init(_ displayName: String) throws {
        guard let display = XOpenDisplay(displayName) else { throw CannotPaint() }
        self.display = display
        let screen = XDefaultScreen(display)
        width = Int(XDisplayWidth(display, screen))
        height = Int(XDisplayHeight(display, screen))
    }

    deinit {
        XCloseDisplay(display)
    }

    /// The pixel that shows a colour, 0xRRGGBB, and the colour that it really shows: the nearest that the visual has.
    public func pixel(of colour: Int) throws -> (pixel: UInt, colour: [UInt8]) {
        var shown = XColor()
        (shown.red, shown.green, shown.blue) = (
            UInt16(colour >> 16 & 255) * 257, UInt16(colour >> 8 & 255) * 257, UInt16(colour & 255) * 257
        )
        guard XAllocColor(display, XDefaultColormap(display, XDefaultScreen(display)), &shown) != 0 else {
            throw CannotPaint()
        }
        return (shown.pixel, [shown.red, shown.green, shown.blue].map { UInt8((Double($0) / 257).rounded()) })
    }

    /// As a program does that locks the screen, or the X server when nobody has touched anything for long.
    public func forceScreenSaver(isOn: Bool) {
        XForceScreenSaver(display, isOn ? ScreenSaverActive : ScreenSaverReset)
        XSync(display, 0)
    }

    /// Puts the pointer at a place, as a square of one colour, 0xRRGGBB, whose upper left pixel is at that place.
    public func showPointer(x: Int, y: Int, side: Int, colour: Int) {
        let root = XDefaultRootWindow(display)
        let bits = [CChar](repeating: -1, count: (side + 7) / 8 * side)
        let shape = XCreateBitmapFromData(display, root, bits, UInt32(side), UInt32(side))
        func channel(_ shift: Int) -> UInt16 { UInt16(colour >> shift & 255) * 257 }
        var colour = XColor(
            pixel: 0, red: channel(16), green: channel(8), blue: channel(0), flags: CChar(DoRed | DoGreen | DoBlue),
            pad: 0)
        var background = colour
        XDefineCursor(display, root, XCreatePixmapCursor(display, shape, shape, &colour, &background, 0, 0))
        XWarpPointer(display, 0, root, 0, 0, 0, 0, Int32(x), Int32(y))
        XSync(display, 0)
    }

    /// Fills a rectangle of the root window.
    public func fill(x: Int, y: Int, width: Int, height: Int, pixel: UInt) {
        let context = XDefaultGC(display, XDefaultScreen(display))
        XSetForeground(display, context, pixel)
        XFillRectangle(
            display, XDefaultRootWindow(display), context, Int32(x), Int32(y), UInt32(width), UInt32(height))
        XSync(display, 0)
    }

    /// Puts a window of one colour on the screen, or gives one that is there another colour.
    public func showWindow(x: Int, y: Int, width: Int, height: Int, pixel: UInt) {
        if let window {
            XSetWindowBackground(display, window, pixel)
            XClearWindow(display, window)
        } else {
            let new = XCreateSimpleWindow(
                display, XDefaultRootWindow(display), Int32(x), Int32(y), UInt32(width), UInt32(height), 0, 0, pixel)
            XMapWindow(display, new)
            window = new
        }
        XSync(display, 0)
    }

    /// Sets every pixel and returns when the server has drawn it.
    public func paint(_ pixel: (_ x: Int, _ y: Int) -> UInt) throws {
        let screen = XDefaultScreen(display)
        guard
            let image = XGetImage(
                display, XDefaultRootWindow(display), 0, 0, UInt32(width), UInt32(height), XAllPlanes(), ZPixmap),
            let put = image.pointee.f.put_pixel
        else { throw CannotPaint() }
        defer { cx11_destroy_image(image) }
        for y in 0..<height {
            for x in 0..<width { _ = put(image, Int32(x), Int32(y), pixel(x, y)) }
        }
        XPutImage(
            display, XDefaultRootWindow(display), XDefaultGC(display, screen), image, 0, 0, 0, 0, UInt32(width),
            UInt32(height))
        XSync(display, 0)
    }
}
