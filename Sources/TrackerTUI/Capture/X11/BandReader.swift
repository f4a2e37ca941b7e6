import CX11

/// Reads the screen from top to bottom, one band of rows at a time: through shared memory where the X server allows
/// it, through the socket (XGetImage) otherwise.
final class BandReader {
    private let connection: X11Connection
    private let sharedBand: SharedBand?
    /// Why shared memory is not used; `nil` when it is.
    let sharedMemoryRefusal: String?
    private var rgb: [UInt8] = []

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

    /// - Parameter body: takes whole rows, three bytes a pixel (red, green, blue), without padding.
    func read(_ window: RootWindow, _ body: (Span<UInt8>) throws(CaptureError) -> Void) throws(CaptureError) {
        // What the server had against earlier requests is not this capture's fault.
        _ = connection.takeError()
        if let sharedBand {
            try readShared(window, through: sharedBand, body)
        } else {
            try readCopied(window, body)
        }
    }

    private func readShared(
        _ window: RootWindow, through sharedBand: SharedBand, _ body: (Span<UInt8>) throws(CaptureError) -> Void
    ) throws(CaptureError) {
        guard let image = sharedBand.makeImage(of: window) else {
            throw .grabFailed(reason: "no memory for an image")
        }
        defer { cx11_destroy_image(image) }
        let format = try window.pixelFormat(of: image)
        let rowsPerBand = Int(image.pointee.height)
        for y in stride(from: 0, to: window.height, by: rowsPerBand) {
            let isRead = sharedBand.read(rows: min(rowsPerBand, window.height - y), from: y, into: image)
            guard isRead else { throw failure() }
            try connection.checkServer()
            try convert(image, format, body)
        }
    }

    private func readCopied(
        _ window: RootWindow, _ body: (Span<UInt8>) throws(CaptureError) -> Void
    ) throws(CaptureError) {
        let rowsPerBand = max(1, SharedBand.size / (window.width * 4))
        for y in stride(from: 0, to: window.height, by: rowsPerBand) {
            let rows = min(rowsPerBand, window.height - y)
            guard
                let image = XGetImage(
                    connection.display, connection.root, 0, Int32(y), UInt32(window.width), UInt32(rows),
                    XAllPlanes(), ZPixmap)
            else { throw failure() }
            defer { cx11_destroy_image(image) }
            try connection.checkServer()
            try convert(image, try window.pixelFormat(of: image), body)
        }
    }

    private func convert(
        _ image: UnsafeMutablePointer<XImage>, _ format: PixelFormat,
        _ body: (Span<UInt8>) throws(CaptureError) -> Void
    ) throws(CaptureError) {
        let (bytesPerLine, rows) = (Int(image.pointee.bytes_per_line), Int(image.pointee.height))
        let pixels = UnsafeRawBufferPointer(start: image.pointee.data, count: bytesPerLine * rows)
        format.convert(
            pixels.bytes, width: Int(image.pointee.width), bytesPerLine: bytesPerLine, rows: rows, into: &rgb)
        let converted = rgb
        try body(converted.span)
    }

    private func failure() -> CaptureError {
        connection.isGone
            ? .serverWentAway(name: connection.name)
            : .grabFailed(reason: connection.takeError() ?? "it gave no reason")
    }
}
