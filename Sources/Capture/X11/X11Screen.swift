import Files

/// The screen of an X11 display. Opens the display at the first call and again after the X server went away.
///
/// Not public: what uses a public actor with an isolated deinit from another module, Swift 6.3 cannot optimize ("circular
/// reference").
package actor X11Screen: ScreenCapturing, IdleTimeTelling {
    private let executor = BlockingExecutor(label: "X11")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let displayName: String?
    private let isWayland: Bool
    private let extensions: [X11Extension]
    private var open: OpenX11Screen?

    /// - Parameters:
    ///   - display: as in the environment variable DISPLAY; `nil` or empty when that is not set.
    ///   - isWayland: whether the session is one of Wayland where there is no X server, see ``DisplayKind``.
    ///   - extensions: those that captures will use.
    package init(display: String?, isWayland: Bool = false, extensions: [X11Extension] = []) {
        self.extensions = extensions
        self.isWayland = isWayland
        displayName = display.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Whether a display is named.
    package nonisolated var hasDisplay: Bool { displayName != nil }

    isolated deinit {
        // Closing the display is a round trip, which belongs on this actor's thread.
        open = nil
    }

    /// To be called before the process ends: closing the display on this thread while exit(3) is on another crashes in
    /// libXext, whose locks are gone by then. The next call opens the display again.
    package func close() { open = nil }

    package func capture() throws(CaptureError) -> CapturedImage {
        try onScreen { screen throws(CaptureError) in try screen.capture() }
    }

    package func frame(
        after last: ScreenFrame?, within limit: ScreenFrame.Limit
    ) throws(CaptureError) -> ScreenFrame? {
        let picture = try onScreen { screen throws(CaptureError) in try screen.picture(fitting: limit.size) }
        return picture == last?.picture ? nil : try ScreenFrame(picture, bytes: limit.bytes)
    }

    package func idleTime() throws(CaptureError) -> Duration {
        do throws(CaptureError) {
            return try onScreen { screen throws(CaptureError) in try screen.idleTime() }
        } catch .unsupportedSession {
            throw .idleOfWayland
        }
    }

    /// What the display is; nil where it cannot be opened and the session is not one of Wayland either.
    package func kind() -> DisplayKind? {
        do throws(CaptureError) {
            return try onScreen { screen throws(CaptureError) in screen.connection.kind }
        } catch {
            return isWayland ? .wayland : nil
        }
    }

    /// Captures once, since only a grab that worked tells that grabs work, and says how it went.
    package func diagnose() throws(CaptureError) -> ScreenDiagnosis {
        let image = try capture()
        return try onScreen { screen throws(CaptureError) in
            ScreenDiagnosis(
                width: image.width, height: image.height, depth: try RootWindow(screen.connection).depth,
                sharedMemoryRefusal: screen.sharedMemoryRefusal,
                extensions: Dictionary(
                    uniqueKeysWithValues: extensions.map { ($0, screen.connection.state(of: $0)) }))
        }
    }

    private func onScreen<Result>(_ body: (OpenX11Screen) throws(CaptureError) -> Result) throws(CaptureError) -> Result
    {
        let screen = try openScreen()
        defer { if screen.connection.isGone { open = nil } }
        return try body(screen)
    }

    private func openScreen() throws(CaptureError) -> OpenX11Screen {
        if let open { return open }
        let opened = try OpenX11Screen.open(
            displayName, isWayland: isWayland, extensions: extensions, measuresIdleTime: true)
        open = opened
        return opened
    }
}

/// What is known of a screen that has been captured.
public struct ScreenDiagnosis: Equatable, Sendable {
    /// Pixels.
    public var width: Int
    public var height: Int
    /// Bits of a pixel that carry colour.
    public var depth: Int
    /// Why pixels travel through the socket (XGetImage) instead of shared memory; `nil` when memory is shared.
    public var sharedMemoryRefusal: String?
    /// Of those that the screen was made with.
    public var extensions: [X11Extension: X11Extension.State] = [:]
}
