import Crypto
import Foundation
import Shared

/// Wraps the secrets of authenticator apps for the disk (AES-256-GCM). Its key comes from the key of the tokens: where that is
/// not kept beside the data (JWT_SECRET), nobody makes codes of what stands in credentials.json.
struct FactorSeal: Sendable {
    private let key: SymmetricKey

    /// - Parameter secret: the key of the tokens.
    init(secret: [UInt8]) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret), info: Data("Time Tracker second factor".utf8),
            outputByteCount: 32)
    }

    func seal(_ secret: [UInt8], of account: AccountID) throws -> String {
        let box = try AES.GCM.seal(secret, using: key, authenticating: Data(account.folded.utf8))
        return (Data(box.nonce) + box.ciphertext + box.tag).base64EncodedString()
    }

    /// - Throws: ``Unreadable``
    func open(_ text: String, of account: AccountID) throws(Unreadable) -> [UInt8] {
        do {
            guard let data = Data(base64Encoded: text) else { throw Unreadable(account: account) }
            let box = try AES.GCM.SealedBox(combined: data)
            return Array(try AES.GCM.open(box, using: key, authenticating: Data(account.folded.utf8)))
        } catch {
            throw Unreadable(account: account)
        }
    }

    struct Unreadable: Error, Sendable, CustomStringConvertible {
        let account: AccountID

        var description: String {
            "The second factor of \(account.spelling) was sealed under another key of the tokens (JWT_SECRET, or jwt_secret in "
                + "the data folder). Restore that key, or log in with a recovery code and set the factor up anew; "
                + "TrackerServer add-admin removes it."
        }
    }
}
