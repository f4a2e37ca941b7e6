import CX11
import Pictures

/// The screen of an open display, with what has been prepared to read it. Every call blocks; the value belongs to one thread
/// at a time.
final class OpenX11Screen {
    /// What was made of the screen, and the version of it that it shows.
    private struct Seen<Value> {
        let version: Int
        let value: Value
    }

    let connection: X11Connection
    private let reader: BandReader
    private let history: ScreenHistory
    private var lastImage: Seen<CapturedImage>?
    private var lastPicture: Seen<Picture>?
    private var preparedScreenSaver: ScreenSaver?

    /// Why pixels travel through the socket; `nil` when memory is shared.
    var sharedMemoryRefusal: String? { reader.sharedMemoryRefusal }

    /// - Parameters:
    ///   - displayName: as in the environment variable DISPLAY.
    ///   - extensions: those that will be used.
    ///   - measuresIdleTime: whether ``idleTime()`` will be called.
    init(
        displayName: String, extensions: [X11Extension], measuresIdleTime: Bool
    ) throws(CaptureError) {
        connection = try X11Connection(
            name: displayName, extensions: extensions, needsScreenSaver: measuresIdleTime)
        reader = BandReader(connection)
        history = ScreenHistory(connection)
    }

    /// - Parameters:
    ///   - displayName: as in the environment variable DISPLAY; `nil` when that is not set.
    ///   - isWayland: what is said where there is no X server, see ``DisplayKind``.
    static func open(
        _ displayName: String?, isWayland: Bool, extensions: [X11Extension], measuresIdleTime: Bool
    ) throws(CaptureError) -> OpenX11Screen {
        do throws(CaptureError) {
            guard let displayName else { throw .noDisplay }
            return try OpenX11Screen(
                displayName: displayName, extensions: extensions, measuresIdleTime: measuresIdleTime)
        } catch {
            throw isWayland ? .unsupportedSession : error
        }
    }

    /// The whole screen as it is now.
    func capture() throws(CaptureError) -> CapturedImage {
        try onScreen { (window, version) throws(CaptureError) in
            var image: CapturedImage
            if let lastImage, lastImage.version == version {
                image = lastImage.value
            } else {
                image = try self.image(of: CaptureRequest(), window)
                lastImage = version.map { Seen(version: $0, value: image) }
            }
            // Where that is not known, nothing is missing but the words; a server that went away shows in the next answer.
            if let isOn = try? screenSaver().isOn(), isOn { image.concealment = .screenSaver }
            return image
        }
    }

    /// What `request` names, as it is now, into `output`, which is finished by the caller.
    func capture(_ request: CaptureRequest, to output: PictureOutput) throws(CaptureError) {
        try onScreen { (window, _) throws(CaptureError) in
            output.restart()
            _ = try image(of: request, window, write: output.append)
        }
    }

    private func image(
        of request: CaptureRequest, _ window: RootWindow, write: ((UnsafeRawBufferPointer) -> Void)? = nil
    ) throws(CaptureError) -> CapturedImage {
        let area = try connection.area(of: request.part, on: window)
        let pointer = request.showsPointer ? try connection.pointer() : nil
        var writer = try PictureWriter(area, pointer: pointer, scale: request.scale, write: write)
        try reader.read(area, of: window) { rows throws(CaptureError) in try writer.append(rows) }
        return try writer.finish()
    }

    /// The whole screen as it is now, made as small as `limit`.
    func picture(fitting limit: PictureSize) throws(CaptureError) -> Picture {
        try onScreen { (window, version) throws(CaptureError) in
            let size = window.size.fitted(into: limit)
            if let lastPicture, lastPicture.version == version, lastPicture.value.size == size {
                return lastPicture.value
            }
            var average = AreaAverage(from: window.size, to: size)
            var picture = Picture(size: size)
            try reader.read(ScreenArea(window.size), of: window) { rows throws(CaptureError) in
                average.append(rows) { picture.append($0) }
            }
            lastPicture = version.map { Seen(version: $0, value: picture) }
            return picture
        }
    }

    func idleTime() throws(CaptureError) -> Duration {
        // XWayland hears only what its own windows are given.
        if connection.kind == .xwayland { throw .idleOfWayland }
        return try screenSaver().idleTime()
    }

    private func screenSaver() throws(CaptureError) -> ScreenSaver {
        if let preparedScreenSaver { return preparedScreenSaver }
        let screenSaver = try ScreenSaver(connection)
        preparedScreenSaver = screenSaver
        return screenSaver
    }

    /// How often the screen may be resized during a capture before that fails.
    private static let attempts = 3

    /// Runs `body` again when the screen was resized meanwhile: rows of a screen before and after are no picture.
    ///
    /// - Parameter body: is given the version of the screen that it sees, see ``ScreenHistory``.
    /// - Throws: `screenKeepsChanging`, and what `body` throws while the screen stays as it is.
    private func onScreen<Result>(
        _ body: (RootWindow, Int?) throws(CaptureError) -> Result
    ) throws(CaptureError) -> Result {
        // On its root window nothing is drawn.
        if connection.kind == .xwayland { throw .unsupportedSession }
        for _ in 1...Self.attempts {
            let window = try RootWindow(connection)
            let version = history.version(of: window)
            var (result, failure): (Result?, CaptureError?)
            do throws(CaptureError) { result = try body(window, version) } catch { failure = error }
            // Its answer comes after all events until then.
            let size = try RootWindow.size(connection)
            guard !history.wasResized(), size == window.size else { continue }
            if let result { return result }
            if let failure { throw failure }
        }
        throw .screenKeepsChanging
    }
}
