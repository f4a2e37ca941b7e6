import CPNG
import Files

/// Sees whether an image is whole: PNGs are decoded, row by row; of JPEGs the structure is followed.
enum ImageCheck {
    /// - Returns: nil when nothing is wrong, and the format; nil where it is none.
    static func check(_ bytes: inout ByteWindow) -> (fault: ImageFault?, format: ImageFormat?) {
        let start = bytes.firstBytes(ImageFormat.signatureLength)
        let format = ImageFormat(firstBytes: start)
        let fault: ImageFault? =
            switch format {
            case .png: pngFault(&bytes).map { .png($0) }
            case .jpeg: jpegFault(&bytes)
            case nil: start.isEmpty ? .empty : .notAnImage
            }
        if let failure = bytes.failure { return (.unreadable(failure), format) }
        return (fault, format)
    }

    private static func pngFault(_ bytes: inout ByteWindow) -> String? {
        var message = [CChar](repeating: 0, count: Int(CPNG_MESSAGE_SIZE))
        let isWhole = withUnsafeMutablePointer(to: &bytes) { window in
            cpng_check(
                { context, to, count in
                    guard let window = context?.assumingMemoryBound(to: ByteWindow.self) else { return 0 }
                    return window.pointee.read(into: UnsafeMutableBufferPointer(start: to, count: count))
                }, window, &message)
        }
        if isWhole == 1 { return nil }
        return String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// What follows the end is not looked at: cameras put more there.
    private static func jpegFault(_ bytes: inout ByteWindow) -> ImageFault? {
        var structure = JPEGStructure(maxPixels: .max, allowsMore: true)
        do throws(ImageFault) {
            while let piece = bytes.next() { try structure.take(piece.span) }
            try structure.finish()
            return nil
        } catch {
            return error
        }
    }
}

extension ImageFault {
    func finding(about subject: String) -> Finding {
        switch self {
        case .empty: Finding(.imageEmpty, subject, "is empty", hint: Hint.restoreImage)
        case .unreadable(let error) where error.isDamagedImage || error.isLackOfKey:
            Finding(
                .imageUndecryptable, subject, "can't be decrypted: \(error.reason)",
                hint:
                    "Restore the image from a backup, and where many are found, \(ImageKeyFile.name) of the same backup."
            )
        case .unreadable(let error):
            Finding(
                .imageUnreadable, subject, "can't be read: \(error.reason)",
                hint: "Run verify as the user that the server runs as, and see whether the disk is sound.")
        case .notAnImage:
            Finding(.imageUndecodable, subject, "is neither a PNG nor a JPEG image", hint: Hint.restoreImage)
        case .png(let reason):
            Finding(.imageUndecodable, subject, "is a PNG that can't be decoded: \(reason)", hint: Hint.restoreImage)
        case .jpeg(let reason):
            Finding(
                .imageUndecodable, subject, "is a JPEG whose structure is damaged: \(reason)", hint: Hint.restoreImage)
        }
    }
}
