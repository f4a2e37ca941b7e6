// Capture: what the client can see of the employee's screen. ScreenCapturing is the role the rest of the client knows,
// X11 holds its live implementation, PixelFormat makes words of grabbed memory, PNG a file of them, AreaAverage makes it
// smaller for live view.

import Files
import PNG
import Pictures

/// Takes pictures of the screen and tells how long nobody has touched it.
///
/// Nothing is known about the screen until a call has worked or failed: a display may go away and come back, so every
/// failed call may be repeated later.
protocol ScreenCapturing: Sendable {
    /// The whole screen as it is now.
    func capture() async throws(CaptureError) -> CapturedImage

    /// The whole screen as it is now, for those who watch live; nil when it looks just as in `last`.
    func liveFrame(after last: LiveFrame?) async throws(CaptureError) -> LiveFrame?

    /// Time since the last key press or pointer movement, in whole milliseconds.
    func idleTime() async throws(CaptureError) -> Duration
}

/// One picture of the screen.
struct CapturedImage: Equatable, Sendable {
    /// A complete PNG file: 8-bit RGB or, with up to 256 colours, a palette; no alpha.
    var png: [UInt8]
    /// Pixels.
    var width: Int
    var height: Int
    /// Nil when there is something to see.
    var concealment: Concealment?
}

/// Why a picture may show nothing of the employee's work. It is kept and sent as any other.
enum Concealment: Hashable, Sendable {
    /// As most programs that lock the screen turn it on.
    case screenSaver
    /// 0xRRGGBB.
    case oneColour(UInt32)
}

extension Concealment: CustomStringConvertible {
    var description: String {
        switch self {
        case .screenSaver: "screen saver on"
        case .oneColour(0): "all black"
        case .oneColour: "one colour"
        }
    }
}

/// Why the screen could not be seen. `description` is a sentence for the employee.
enum CaptureError: Error, Equatable, Sendable {
    case noDisplay
    case cannotOpenDisplay(name: String)
    case serverWentAway(name: String)
    case noScreenSaverExtension
    case unsupportedVisual(description: String)
    case grabFailed(reason: String)
    case encodingFailed(reason: String)
    case missingExtension(OptionalExtension, OptionalExtension.State)
    case noSuchMonitor(name: String, others: [String])
    case outsideScreen(ScreenArea, PictureSize)
    case screenKeepsChanging
    /// The session is one of Wayland, see ``DisplayKind``.
    case wayland
    case idleOfWayland
}

extension CaptureError {
    /// What the encoder has against a picture, as an error of the capture.
    static func encoding<Result: ~Copyable>(
        _ body: () throws(PNGError) -> Result
    ) throws(CaptureError) -> Result {
        do throws(PNGError) {
            return try body()
        } catch {
            throw .encodingFailed(reason: error.description)
        }
    }
}

extension CaptureError: CustomStringConvertible {
    var description: String {
        switch self {
        case .noDisplay:
            "There is no screen to capture: DISPLAY is not set."
        case .cannotOpenDisplay(let name):
            "The display \(name) cannot be opened: no X server answers there, or it refuses this user."
        case .serverWentAway(let name):
            "The X server of display \(name) went away."
        case .noScreenSaverExtension:
            "Idle time is unknown: the X server has no screen saver extension (MIT-SCREEN-SAVER)."
        case .unsupportedVisual(let description):
            "The screen has \(description); such screens cannot be captured."
        case .grabFailed(let reason):
            "The X server did not hand over the screen: \(reason)."
        case .encodingFailed(let reason):
            "The screen could not be written as PNG: \(reason)."
        case .missingExtension(let missing, .noLibrary):
            "The library \(missing.library) is not installed, or too old."
        case .missingExtension(let missing, _):
            "The X server does not have the extension \(missing.name), or an old version of it."
        case .noSuchMonitor(let name, let others):
            others.isEmpty
                ? "There is no monitor \(name.printable), nor any other."
                : "There is no monitor \(name.printable), but \(others.joined(separator: ", ").printable)."
        case .outsideScreen(let area, let size):
            "The region \(area.geometry) is not inside the screen, which has \(size.width) x \(size.height) pixels."
        case .screenKeepsChanging:
            "The screen was resized each time that it was captured."
        case .wayland:
            "Wayland sessions cannot be captured yet."
        case .idleOfWayland:
            "Idle time is unknown in a Wayland session."
        }
    }
}
