import Crypto
import Files
import Foundation

/// The key of the tokens, made at the first start and kept beside the data.
enum JWTSecret {
    static let byteCount = 32

    struct Unusable: Error, Sendable, CustomStringConvertible {
        let path: String

        var description: String { "\(path) must hold at least \(JWTSecret.byteCount) bytes in base64." }
    }

    /// Blocks.
    static func load(from folder: String) throws -> [UInt8] {
        let path = folder + "/jwt_secret"
        if let bytes = try OpenFile.contents(of: path) {
            let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard let secret = Data(base64Encoded: text), secret.count >= byteCount else { throw Unusable(path: path) }
            return Array(secret)
        }
        let secret = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        let text = Array(secret.base64EncodedString().utf8)
        try WholeFile.write(text.span, to: path, mode: 0o600)
        return Array(secret)
    }
}
