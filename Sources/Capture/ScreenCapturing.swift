// Capture: what can be seen of a screen, and how long nobody has touched it, without a tracker and without a network.
// ScreenCapturing and IdleTimeTelling are the roles that others know; X11 holds what fills both. PixelFormat makes words of
// grabbed memory, PictureWriter a PNG of them, CaptureJob a file.

/// Takes pictures of the screen.
///
/// Nothing is known about the screen until a call has worked or failed: a display may go away and come back, so every
/// failed call may be repeated later.
public protocol ScreenCapturing: Sendable {
    /// The whole screen as it is now.
    func capture() async throws(CaptureError) -> CapturedImage

    /// The whole screen as it is now, as small as `limit` wants it; nil when it looks just as in `last`.
    func frame(after last: ScreenFrame?, within limit: ScreenFrame.Limit) async throws(CaptureError) -> ScreenFrame?
}
