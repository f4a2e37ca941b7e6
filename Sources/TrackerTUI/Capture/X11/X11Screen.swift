import CX11
import Files
import Pictures

/// The screen of an X11 display. Opens the display at the first call and again after the X server went away.
actor X11Screen: ScreenCapturing {
    /// What was made of the screen, and the version of it that it shows.
    private struct Seen<Picture> {
        let version: Int
        let picture: Picture
    }

    /// An open display and what has been prepared on it.
    private final class Link {
        let connection: X11Connection
        let reader: BandReader
        let history: ScreenHistory
        var lastImage: Seen<CapturedImage>?
        var lastPicture: Seen<RGBPicture>?
        private var preparedScreenSaver: ScreenSaver?

        init(displayName: String, extensions: Set<OptionalExtension>) throws(CaptureError) {
            connection = try X11Connection(name: displayName, extensions: extensions)
            reader = BandReader(connection)
            history = ScreenHistory(connection)
        }

        func screenSaver() throws(CaptureError) -> ScreenSaver {
            if let preparedScreenSaver { return preparedScreenSaver }
            let screenSaver = try ScreenSaver(connection)
            preparedScreenSaver = screenSaver
            return screenSaver
        }
    }

    private let executor = BlockingExecutor(label: "X11")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let displayName: String?
    private let extensions: Set<OptionalExtension>
    private var link: Link?

    /// - Parameters:
    ///   - display: as in the environment variable DISPLAY; `nil` or empty when that is not set.
    ///   - extensions: those that captures will need, see ``CaptureRequest/extensions``.
    init(display: String?, extensions: Set<OptionalExtension> = []) {
        self.extensions = extensions
        displayName = display.flatMap { $0.isEmpty ? nil : $0 }
    }

    isolated deinit {
        // Closing the display is a round trip, which belongs on this actor's thread.
        link = nil
    }

    func capture() throws(CaptureError) -> CapturedImage {
        try onScreen { (link, window, version) throws(CaptureError) in
            if let last = link.lastImage, last.version == version { return last.picture }
            let image = try Self.image(of: CaptureRequest(), link, window)
            link.lastImage = version.map { Seen(version: $0, picture: image) }
            return image
        }
    }

    /// What `request` names, as it is now.
    func capture(_ request: CaptureRequest) throws(CaptureError) -> CapturedImage {
        try onScreen { (link, window, _) throws(CaptureError) in try Self.image(of: request, link, window) }
    }

    private static func image(
        of request: CaptureRequest, _ link: Link, _ window: RootWindow
    ) throws(CaptureError) -> CapturedImage {
        let area = try link.connection.area(of: request.part, on: window)
        let pointer = request.showsPointer ? try link.connection.pointer() : nil
        var writer = try PictureWriter(area, pointer: pointer, scale: request.scale)
        try link.reader.read(area, of: window) { rows throws(CaptureError) in try writer.append(rows) }
        return try writer.finish()
    }

    func liveFrame(after last: LiveFrame?) throws(CaptureError) -> LiveFrame? {
        let picture = try onScreen { (link, window, version) throws(CaptureError) in
            if let last = link.lastPicture, last.version == version { return last.picture }
            let picture = try link.reader.readReduced(window, to: window.size.fitted(into: LiveFrame.limit))
            link.lastPicture = version.map { Seen(version: $0, picture: picture) }
            return picture
        }
        return picture == last?.picture ? nil : try LiveFrame(picture)
    }

    func idleTime() throws(CaptureError) -> Duration {
        try onLink { link throws(CaptureError) in
            try link.screenSaver().idleTime()
        }
    }

    /// Captures once, since only a grab that worked tells that grabs work, and says how it went.
    func diagnose() throws(CaptureError) -> ScreenDiagnosis {
        let image = try capture()
        return try onLink { link throws(CaptureError) in
            ScreenDiagnosis(
                width: image.width, height: image.height, depth: try RootWindow(link.connection).depth,
                sharedMemoryRefusal: link.reader.sharedMemoryRefusal,
                extensions: Dictionary(
                    uniqueKeysWithValues: extensions.map { ($0, link.connection.state(of: $0)) }))
        }
    }

    /// How often the screen may be resized during a capture before that fails.
    private static let attempts = 3

    /// Runs `body` again when the screen was resized meanwhile: rows of a screen before and after are no picture.
    ///
    /// - Parameter body: is given the version of the screen that it sees, see ``ScreenHistory``.
    /// - Throws: `screenKeepsChanging`, and what `body` throws while the screen stays as it is.
    private func onScreen<Result>(
        _ body: (Link, RootWindow, Int?) throws(CaptureError) -> Result
    ) throws(CaptureError) -> Result {
        try onLink { link throws(CaptureError) in
            for _ in 1...Self.attempts {
                let window = try RootWindow(link.connection)
                let version = link.history.version(of: window)
                let result = Swift.Result { () throws(CaptureError) in try body(link, window, version) }
                // Its answer comes after all events until then.
                let size = try RootWindow.size(link.connection)
                if !link.history.wasResized(), size == window.size { return try result.get() }
            }
            throw .screenKeepsChanging
        }
    }

    private func onLink<Result>(_ body: (Link) throws(CaptureError) -> Result) throws(CaptureError) -> Result {
        let current = try openLink()
        defer { if current.connection.isGone { link = nil } }
        return try body(current)
    }

    private func openLink() throws(CaptureError) -> Link {
        if let link { return link }
        guard let displayName else { throw .noDisplay }
        let opened = try Link(displayName: displayName, extensions: extensions)
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
