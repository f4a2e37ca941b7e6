import CX11
import Pictures

/// Reads the screen from top to bottom, one band of rows at a time: through shared memory where the X server allows
/// it, through the socket (XGetImage) otherwise.
final class BandReader {
    private let connection: X11Connection
    private let sharedBand: SharedBand?
    /// Why shared memory is not used; `nil` when it is.
    let sharedMemoryRefusal: String?
    private var words: [UInt32] = []

    init(_ connection: X11Connection) {
        self.connection = connection
        do throws(SharedBand.Refusal) {
            sharedBand = try SharedBand(connection)
            sharedMemoryRefusal = nil
        } catch {
            sharedBand = nil
            sharedMemoryRefusal = error.reason
        }
    }

    /// - Parameters:
    ///   - area: inside the window.
    ///   - body: takes whole rows without padding, one word a pixel, 0xXXRRGGBB.
    func read(
        _ area: ScreenArea, of window: RootWindow, _ body: (Span<UInt32>) throws(CaptureError) -> Void
    ) throws(CaptureError) {
        // What the server had against earlier requests is not this capture's fault.
        _ = connection.takeError()
        if let sharedBand {
            try readShared(area, of: window, through: sharedBand, body)
        } else {
            try readCopied(area, of: window, body)
        }
    }

    private func readShared(
        _ area: ScreenArea, of window: RootWindow, through sharedBand: SharedBand,
        _ body: (Span<UInt32>) throws(CaptureError) -> Void
    ) throws(CaptureError) {
        guard let image = sharedBand.makeImage(of: area, in: window) else {
            throw .grabFailed(reason: "no memory for an image")
        }
        defer { cx11_destroy_image(image) }
        let format = try window.pixelFormat(of: image)
        let rowsPerBand = Int(image.pointee.height)
        for part in area.bands(of: rowsPerBand) {
            guard sharedBand.read(part, into: image) else { throw failure() }
            try connection.checkServer()
            try give(image, format, body)
        }
    }

    private func readCopied(
        _ area: ScreenArea, of window: RootWindow, _ body: (Span<UInt32>) throws(CaptureError) -> Void
    ) throws(CaptureError) {
        let rowsPerBand = max(1, SharedBand.size / (area.width * 4))
        for part in area.bands(of: rowsPerBand) {
            guard
                let image = XGetImage(
                    connection.display, connection.root, Int32(part.x), Int32(part.y), UInt32(part.width),
                    UInt32(part.height), XAllPlanes(), ZPixmap)
            else { throw failure() }
            defer { cx11_destroy_image(image) }
            try connection.checkServer()
            try give(image, try window.pixelFormat(of: image), body)
        }
    }

    private func give(
        _ image: UnsafeMutablePointer<XImage>, _ format: PixelFormat,
        _ body: (Span<UInt32>) throws(CaptureError) -> Void
    ) throws(CaptureError) {
        let (width, rows) = (Int(image.pointee.width), Int(image.pointee.height))
        let bytesPerLine = Int(image.pointee.bytes_per_line)
        let pixels = UnsafeRawBufferPointer(start: image.pointee.data, count: bytesPerLine * rows)
        if format.isWords(width: width, bytesPerLine: bytesPerLine) {
            // Xlib and shared memory align their data for words.
            try body(pixels.assumingMemoryBound(to: UInt32.self).span)
        } else {
            format.convert(pixels.bytes, width: width, bytesPerLine: bytesPerLine, rows: rows, into: &words)
            let converted = words
            try body(converted.span)
        }
    }

    private func failure() -> CaptureError {
        connection.isGone
            ? .serverWentAway(name: connection.name)
            : .grabFailed(reason: connection.takeError() ?? "it gave no reason")
    }
}
