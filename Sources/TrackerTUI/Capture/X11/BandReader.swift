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
        try readBands(area, of: window) { (pixels, band) throws(CaptureError) in
            if band.format.isWords(width: area.width, bytesPerLine: band.bytesPerLine) {
                // Xlib and shared memory align their data for words.
                try pixels.withUnsafeBytes { bytes throws(CaptureError) in
                    try body(bytes.assumingMemoryBound(to: UInt32.self).span)
                }
            } else {
                band.format.convert(
                    pixels, width: area.width, bytesPerLine: band.bytesPerLine, rows: band.rows, into: &words)
                let converted = words
                try body(converted.span)
            }
        }
    }

    /// - Parameter target: no side is longer than the window's.
    func readReduced(_ window: RootWindow, to target: PictureSize) throws(CaptureError) -> RGBPicture {
        var reducer: PictureReducer?
        let source = window.size
        try readBands(ScreenArea(source), of: window) { (pixels, band) throws(CaptureError) in
            if reducer == nil { reducer = PictureReducer(band.format, from: source, to: target) }
            try reducer?.append(pixels, bytesPerLine: band.bytesPerLine, rows: band.rows)
        }
        return reducer?.picture ?? RGBPicture(size: target)
    }

    /// How the rows of one band lie in memory.
    private struct Band {
        let format: PixelFormat
        let bytesPerLine: Int
        let rows: Int
    }

    private func readBands(
        _ area: ScreenArea, of window: RootWindow, _ body: (RawSpan, Band) throws(CaptureError) -> Void
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
        _ body: (RawSpan, Band) throws(CaptureError) -> Void
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
        _ area: ScreenArea, of window: RootWindow, _ body: (RawSpan, Band) throws(CaptureError) -> Void
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
        _ body: (RawSpan, Band) throws(CaptureError) -> Void
    ) throws(CaptureError) {
        let band = Band(
            format: format, bytesPerLine: Int(image.pointee.bytes_per_line), rows: Int(image.pointee.height))
        let pixels = UnsafeRawBufferPointer(start: image.pointee.data, count: band.bytesPerLine * band.rows)
        try body(pixels.bytes, band)
    }

    private func failure() -> CaptureError {
        connection.isGone
            ? .serverWentAway(name: connection.name)
            : .grabFailed(reason: connection.takeError() ?? "it gave no reason")
    }
}
