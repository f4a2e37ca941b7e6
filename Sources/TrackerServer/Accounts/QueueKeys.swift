import Crypto
import Foundation
import Shared

/// The keys under which clients encrypt what waits on an employee's disk: each account has one, and nobody stores it.
///
///     HKDF-SHA256(secret of the tokens, no salt, "tracker queue key 1" 00 <createdAt in milliseconds, 8 bytes, big-endian> <folded id>)
///
/// It is the same at every login and after every change of the password, so that what an earlier login has left can be read
/// again; another account of that email has another one. With another secret all of them are others.
struct QueueKeys: Sendable {
    private static let label = Array("tracker queue key 1".utf8) + [0]

    private let secret: SymmetricKey

    /// - Parameter secret: that of the tokens.
    init(secret: [UInt8]) { self.secret = SymmetricKey(data: secret) }

    func key(of user: User) -> QueueKeyResponse {
        let made = user.createdAt?.milliseconds ?? 0
        let info = Self.label + withUnsafeBytes(of: made.bigEndian) { Array($0) } + Array(user.id.folded.utf8)
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret, info: info, outputByteCount: QueueKeyResponse.byteCount)
        return QueueKeyResponse(key: key.withUnsafeBytes { Array($0) })
    }
}
