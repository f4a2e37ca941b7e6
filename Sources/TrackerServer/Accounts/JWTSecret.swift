import Files
import Foundation

/// The key of the tokens, made at the first start and kept beside the data.
enum JWTSecret {
    static let byteCount = 32
    /// Bytes of its file at most.
    static let fileLimit = 4096

    struct Unusable: Error, Sendable, CustomStringConvertible {
        let path: String

        var description: String { "\(path) must hold at least \(JWTSecret.byteCount) bytes in base64." }
    }

    static func path(in folder: String) -> String { folder + "/jwt_secret" }

    /// The key that a file with that content holds; nil when it is none.
    static func secret(in bytes: [UInt8]) -> [UInt8]? {
        let text = String(decoding: bytes, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines.union(["\u{FEFF}"]))
        guard let secret = Data(base64Encoded: text), secret.count >= byteCount else { return nil }
        return Array(secret)
    }

    /// Blocks.
    static func load(from folder: String) throws -> [UInt8] {
        let path = path(in: folder)
        if let bytes = try OpenFile.contents(of: path, limit: fileLimit) {
            guard let secret = secret(in: bytes) else { throw Unusable(path: path) }
            return secret
        }
        let secret = [UInt8].random(count: byteCount)
        let text = Array(Data(secret).base64EncodedString().utf8)
        try WholeFile.write(text.span, to: path, mode: 0o600)
        return secret
    }
}
