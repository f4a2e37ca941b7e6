import Files
import Glibc

/// One capture into a file, without a server or an account.
struct CaptureJob: Equatable, Sendable {
    var destination: PictureDestination
    var request = CaptureRequest()
    /// What is waited first.
    var delay = Duration.zero

    /// - Parameter text: a number of seconds from 0 to 86400, fractions too; nil for everything else.
    static func delay(_ text: String) -> Duration? {
        guard let seconds = Double(text), 0...86_400 ~= seconds else { return nil }
        return .seconds(seconds)
    }

    /// Waits, captures and writes. Blocks.
    ///
    /// - Parameters:
    ///   - display: as in the environment variable DISPLAY; `nil` or empty when that is not set.
    ///   - isWayland: whether the session is one of Wayland where there is no X server, see ``DisplayKind``.
    /// - Returns: the display that was opened. To let go of it closes it, which is one more question to the X server; a
    ///   process that ends at once can spare that.
    /// - Throws: `CaptureError` or `FileError`.
    func perform(display: String?, isWayland: Bool) throws -> X11Link {
        if delay > .zero { Self.wait(delay) }
        let link = try X11Link.open(
            display.flatMap { $0.isEmpty ? nil : $0 }, isWayland: isWayland, extensions: request.extensions,
            measuresIdleTime: false)
        let output = try PictureOutput(destination)
        try link.capture(request, to: output)
        try output.finish()
        return link
    }

    private static func wait(_ delay: Duration) {
        let (seconds, attoseconds) = delay.components
        var wanted = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        var rest = timespec()
        // A signal that the process survives, such as SIGCONT, does not shorten the wait.
        while nanosleep(&wanted, &rest) != 0, errno == EINTR { wanted = rest }
    }
}
