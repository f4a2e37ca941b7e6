import Files
import Glibc

/// One capture into a file.
public struct CaptureJob: Equatable, Sendable {
    public var destination: PictureDestination
    public var request: CaptureRequest
    /// What is waited first.
    public var delay: Duration

    public init(destination: PictureDestination, request: CaptureRequest = CaptureRequest(), delay: Duration = .zero) {
        self.destination = destination
        self.request = request
        self.delay = delay
    }

    /// Waits, captures and writes. Blocks.
    ///
    /// - Parameters:
    ///   - display: as in the environment variable DISPLAY; `nil` or empty when that is not set.
    ///   - isWayland: whether the session is one of Wayland where there is no X server, see ``DisplayKind``.
    /// - Returns: the display that was opened. To let go of it closes it, which is one more question to the X server; a
    ///   process that ends at once can spare that.
    /// - Throws: `CaptureError` or `FileError`.
    public func perform(display: String?, isWayland: Bool) throws -> AnyObject {
        if delay > .zero { Self.wait(delay) }
        let screen = try OpenX11Screen.open(
            display.flatMap { $0.isEmpty ? nil : $0 }, isWayland: isWayland, extensions: request.extensions,
            measuresIdleTime: false)
        let output = try PictureOutput(destination)
        try screen.capture(request, to: output)
        try output.finish()
        return screen
    }

    private static func wait(_ delay: Duration) {
        let (seconds, attoseconds) = delay.components
        var wanted = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        var rest = timespec()
        // A signal that the process survives, such as SIGCONT, does not shorten the wait.
        while nanosleep(&wanted, &rest) != 0, errno == EINTR { wanted = rest }
    }
}
