import Crypto
import Foundation
import HTTPTypes
import Shared

/// The cookie by which a browser or a client that has signed in to an account is known again (OWASP, "Slow Down Online Guessing
/// Attacks with Device Cookies"). It opens nothing: strangers' guesses at the account's password don't count for who has it.
///
/// Its value is a random number and, by a key of the server's, proof that it was made for this account; so the server keeps nothing.
struct DeviceCookie: Sendable {
    /// Over TLS it can be set by this host alone, as its name says, see ``SessionCookie``.
    static func name(isSecure: Bool) -> String { isSecure ? "__Host-tracker_device" : "tracker_device" }

    /// 400 days, as long as browsers keep a cookie.
    static let lifetimeSeconds = 400 * 24 * 3600
    /// As many values of a request are looked at, the first ones.
    static let most = 4

    private let key: SymmetricKey

    /// - Parameter secret: that of the tokens, from which a key of its own is derived.
    init(secret: [UInt8]) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret), info: Data("time tracker: device cookie".utf8),
            outputByteCount: 32)
    }

    /// The value of `Set-Cookie` for a device that has just signed in.
    /// - Parameter isSecure: it shall be sent over TLS alone.
    func setting(for user: User, isSecure: Bool) -> String {
        let number = [UInt8].random(count: 16).hexadecimal
        let value = "\(number).\(Array(proof(of: number, user)).hexadecimal)"
        return
            "\(Self.name(isSecure: isSecure))=\(value); HttpOnly; SameSite=Strict; Path=/; Max-Age=\(Self.lifetimeSeconds)"
            + (isSecure ? "; Secure" : "")
    }

    /// What the device is called that sends these headers, if it has signed in to the account before.
    /// - Parameter isSecure: it speaks TLS.
    func device(in headers: HTTPFields, isSecure: Bool, for user: User) -> String? {
        for value in headers.cookies(named: Self.name(isSecure: isSecure)).prefix(Self.most) {
            let parts = value.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, value.utf8.count == 32 + 1 + 64 else { continue }
            let number = String(parts[0])
            let expected = Array(proof(of: number, user)).hexadecimal
            // Digests are compared in a time that does not tell where they differ.
            if SHA256.hash(data: Data(expected.utf8)) == SHA256.hash(data: Data(parts[1].utf8)) { return number }
        }
        return nil
    }

    /// An account that has the email of one that was removed is another one.
    private func proof(of number: String, _ user: User) -> HMAC<SHA256>.MAC {
        let made = user.createdAt.map { String($0.milliseconds) } ?? ""
        return HMAC<SHA256>.authenticationCode(for: Data("\(number) \(made) \(user.id.folded)".utf8), using: key)
    }
}
