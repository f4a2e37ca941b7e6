/// The image formats that are stored, told by a file's first bytes.
enum ImageFormat: Sendable, Hashable {
    case png
    case jpeg

    /// How many bytes must be seen to tell.
    static let signatureLength = 16

    /// PNG: signature and the start of IHDR (PNG specification, 5.2 and 5.6). JPEG: SOI and the next marker's first byte
    /// (ITU T.81, B.1.1.3).
    init?(firstBytes bytes: some Collection<UInt8>) {
        let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
        if bytes.starts(with: png) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else {
            return nil
        }
    }

    var fileExtension: String { self == .png ? "png" : "jpg" }
    var mediaType: String { self == .png ? "image/png" : "image/jpeg" }
}
