import CPNG
import Files
import PNG
import Pictures

/// Makes a PNG smaller, row by row: libpng decodes, each area becomes its average, and our own encoder makes a PNG of
/// that.
struct PictureReduction: ~Copyable {
    /// Why there is no small picture, in the words of libpng.
    struct Failure: Error, Equatable {
        let reason: String
    }

    private var bytes: ByteWindow
    private let width: Int
    private var average: AreaAverage?
    private var encoder: PNGEncoder
    private var refusal: PNGError?

    private init(_ bytes: ByteWindow, from source: PictureSize, to target: PictureSize) throws(PNGError) {
        self.bytes = bytes
        width = source.width
        average = AreaAverage(from: source, to: target)
        encoder = try PNGEncoder(width: target.width, height: target.height)
    }

    /// Computes and blocks.
    /// - Parameters:
    ///   - bytes: of a PNG, from its beginning.
    ///   - source: the size that its header says.
    ///   - target: as ``AreaAverage`` demands it.
    /// - Returns: a complete PNG. Where one can see through the source, it lies on white.
    /// - Throws: ``Failure`` when the PNG is damaged, `FileError` when it can't be read.
    static func png(of bytes: ByteWindow, from source: PictureSize, to target: PictureSize) throws -> [UInt8] {
        var reduction = try PictureReduction(bytes, from: source, to: target)
        var message = [CChar](repeating: 0, count: Int(CPNG_MESSAGE_SIZE))
        let isWhole = withUnsafeMutablePointer(to: &reduction) { reduction in
            cpng_read_rows(
                { context, to, count in
                    guard let context else { return 0 }
                    return context.assumingMemoryBound(to: PictureReduction.self).pointee
                        .read(into: UnsafeMutableBufferPointer(start: to, count: count))
                },
                { context, row in
                    guard let context, let row else { return 0 }
                    return context.assumingMemoryBound(to: PictureReduction.self).pointee.take(row) ? 1 : 0
                }, UnsafeMutableRawPointer(reduction), UInt32(source.width), UInt32(source.height), &message)
        }
        if let failure = reduction.bytes.failure { throw failure }
        if let refusal = reduction.refusal { throw refusal }
        guard isWhole == 1 else {
            throw Failure(
                reason: String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        return try reduction.finish()
    }

    private mutating func read(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int { bytes.read(into: buffer) }

    /// - Parameter row: ``width`` words.
    /// - Returns: false when no more rows are wanted.
    private mutating func take(_ row: UnsafePointer<UInt32>) -> Bool {
        guard var average = average.take() else { return false }
        do throws(PNGError) {
            let row = UnsafeBufferPointer(start: row, count: width)
            try average.append(row.span) { line throws(PNGError) in try encoder.append(line) }
        } catch {
            refusal = error
            return false
        }
        self.average = average
        return true
    }

    private consuming func finish() throws(PNGError) -> [UInt8] { try encoder.finish() }
}
