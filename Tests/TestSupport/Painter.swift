import CX11

/// Puts pixel values of the visual's own form on a display's root window.
public final class Painter {
    public struct CannotPaint: Error {}

    public let width: Int
    public let height: Int
    private let display: OpaquePointer

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
