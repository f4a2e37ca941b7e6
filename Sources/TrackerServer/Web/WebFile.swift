import CPNG
import Crypto

/// A file of the web admin as it goes to browsers.
struct WebFile: Sendable {
    let mediaType: String
    let bytes: [UInt8]
    /// As gzip (RFC 1952); nil where that saves nothing.
    let compressed: [UInt8]?
    /// Of ``bytes``, and of ``compressed``.
    let eTag, compressedETag: String

    /// - Parameter name: tells what it is by its end; nil when that is none of the known ones.
    init?(_ name: String, _ bytes: [UInt8], compresses: Bool = true) {
        guard let mediaType = Self.mediaType(of: name) else { return nil }
        self.mediaType = mediaType
        self.bytes = bytes
        let digest = SHA256.hash(data: bytes).prefix(8).hexadecimal
        (eTag, compressedETag) = ("\"\(digest)\"", "\"\(digest)-gzip\"")
        let compressed = compresses ? Self.gzip(bytes) : nil
        self.compressed = compressed.flatMap { $0.count < bytes.count ? $0 : nil }
    }

    private static func mediaType(of name: String) -> String? {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: nil
        }
    }

    /// Nil when there is no memory for it.
    private static func gzip(_ bytes: [UInt8]) -> [UInt8]? {
        // What can't be made smaller grows by less (zlib.h, deflateBound).
        let compressed = [UInt8](unsafeUninitializedCapacity: bytes.count + bytes.count / 1000 + 64) { room, count in
            count = bytes.withUnsafeBufferPointer {
                cpng_gzip($0.baseAddress, $0.count, room.baseAddress, room.count)
            }
        }
        return compressed.isEmpty ? nil : compressed
    }
}
