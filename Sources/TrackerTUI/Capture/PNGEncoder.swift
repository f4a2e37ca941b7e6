import CPNG

/// Rows of pixels in, PNG bytes out. The rows may arrive in portions of any size, from top to bottom.
struct PNGEncoder: ~Copyable {
    private let writer: OpaquePointer
    private let bytesPerRow: Int
    private var missingRows: Int

    /// - Throws: `encodingFailed` when PNG does not allow the size (each side 1 to 2^31 - 1 pixels) or memory is short.
    init(width: Int, height: Int) throws(CaptureError) {
        guard let width = UInt32(exactly: width), let height = UInt32(exactly: height),
            let writer = cpng_writer_create(width, height)
        else { throw .encodingFailed(reason: "a picture of \(width) x \(height) pixels cannot be started") }
        self.writer = writer
        bytesPerRow = Int(width) * 3
        missingRows = Int(height)
    }

    /// - Parameter rgb: whole rows without padding, three bytes a pixel in the order red, green, blue.
    mutating func append(_ rgb: Span<UInt8>) throws(CaptureError) {
        let (rows, rest) = rgb.count.quotientAndRemainder(dividingBy: bytesPerRow)
        guard rest == 0, rows <= missingRows else {
            throw .encodingFailed(reason: "\(rgb.count) bytes are not part of \(missingRows) rows of \(bytesPerRow)")
        }
        let appended = rgb.withUnsafeBufferPointer { cpng_writer_append(writer, $0.baseAddress, UInt32(rows)) }
        guard appended == 1 else { throw failure }
        missingRows -= rows
    }

    /// The complete file.
    consuming func finish() throws(CaptureError) -> [UInt8] {
        guard missingRows == 0 else { throw .encodingFailed(reason: "\(missingRows) rows are missing") }
        guard cpng_writer_finish(writer) == 1 else { throw failure }
        var count = 0
        let bytes = cpng_writer_bytes(writer, &count)
        return [UInt8](UnsafeBufferPointer(start: bytes, count: count))
    }

    private var failure: CaptureError {
        .encodingFailed(reason: String(cString: cpng_writer_message(writer)))
    }

    deinit {
        cpng_writer_destroy(writer)
    }
}
