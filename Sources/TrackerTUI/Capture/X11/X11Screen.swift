import Files

/// The screen of an X11 display. Opens the display at the first call and again after the X server went away.
actor X11Screen: ScreenCapturing {
    private let executor = BlockingExecutor(label: "X11")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let displayName: String?
    private let isWayland: Bool
    private let extensions: [OptionalExtension]
    private var link: X11Link?

    /// - Parameters:
    ///   - display: as in the environment variable DISPLAY; `nil` or empty when that is not set.
    ///   - isWayland: whether the session is one of Wayland where there is no X server, see ``DisplayKind``.
    ///   - extensions: those that captures will need, see ``CaptureRequest/extensions``.
    init(display: String?, isWayland: Bool = false, extensions: [OptionalExtension] = []) {
        self.extensions = extensions
        self.isWayland = isWayland
        displayName = display.flatMap { $0.isEmpty ? nil : $0 }
    }

    nonisolated var hasDisplay: Bool { displayName != nil }

    isolated deinit {
        // Closing the display is a round trip, which belongs on this actor's thread.
        link = nil
    }

    /// To be called before the process ends: closing the display on this thread while exit(3) is on another crashes in
    /// libXext, whose locks are gone by then. The next call opens the display again.
    func close() { link = nil }

    func capture() throws(CaptureError) -> CapturedImage {
        try onLink { link throws(CaptureError) in try link.capture() }
    }

    /// What `request` names, as it is now.
    func capture(_ request: CaptureRequest) throws(CaptureError) -> CapturedImage {
        try onLink { link throws(CaptureError) in try link.capture(request) }
    }

    func liveFrame(after last: LiveFrame?) throws(CaptureError) -> LiveFrame? {
        let picture = try onLink { link throws(CaptureError) in try link.livePicture() }
        return picture == last?.picture ? nil : try LiveFrame(picture)
    }

    func idleTime() throws(CaptureError) -> Duration {
        do throws(CaptureError) {
            return try onLink { link throws(CaptureError) in try link.idleTime() }
        } catch .wayland {
            throw .idleOfWayland
        }
    }

    /// What the display is; nil where it cannot be opened and the session is not one of Wayland either.
    func kind() -> DisplayKind? {
        do throws(CaptureError) {
            return try onLink { link throws(CaptureError) in link.connection.kind }
        } catch .wayland {
            return .wayland
        } catch {
            return nil
        }
    }

    /// Captures once, since only a grab that worked tells that grabs work, and says how it went.
    func diagnose() throws(CaptureError) -> ScreenDiagnosis {
        let image = try capture()
        return try onLink { link throws(CaptureError) in
            ScreenDiagnosis(
                width: image.width, height: image.height, depth: try RootWindow(link.connection).depth,
                sharedMemoryRefusal: link.sharedMemoryRefusal,
                extensions: Dictionary(
                    uniqueKeysWithValues: extensions.map { ($0, link.connection.state(of: $0)) }))
        }
    }

    private func onLink<Result>(_ body: (X11Link) throws(CaptureError) -> Result) throws(CaptureError) -> Result {
        let current = try openLink()
        defer { if current.connection.isGone { link = nil } }
        return try body(current)
    }

    private func openLink() throws(CaptureError) -> X11Link {
        if let link { return link }
        let opened = try X11Link.open(
            displayName, isWayland: isWayland, extensions: extensions, measuresIdleTime: true)
        link = opened
        return opened
    }
}

/// What is known of a screen that has been captured.
struct ScreenDiagnosis: Equatable, Sendable {
    /// Pixels.
    var width: Int
    var height: Int
    /// Bits of a pixel that carry colour.
    var depth: Int
    /// Why pixels travel through the socket (XGetImage) instead of shared memory; `nil` when memory is shared.
    var sharedMemoryRefusal: String?
    /// Of those that the screen was made with.
    var extensions: [OptionalExtension: OptionalExtension.State] = [:]
}
