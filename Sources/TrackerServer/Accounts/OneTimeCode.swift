import Crypto
import Shared

/// The codes of authenticator apps: RFC 6238 (TOTP) over RFC 4226 (HOTP), with SHA-1, 6 digits and steps of 30 s. Pure.
enum OneTimeCode {
    static let digits = 6
    /// In seconds.
    static let period = 30
    /// How many steps a phone's clock may be ahead or behind.
    static let drift = 1
    /// Bytes of a secret: as long as the hash (RFC 4226, section 4, R6).
    static let secretLength = 20

    static func step(at now: Timestamp) -> Int { Int(now.milliseconds / 1000) / period }

    /// RFC 4226, section 5.3.
    static func code(_ secret: [UInt8], step: Int, digits: Int = digits) -> String {
        let message = (0..<8).reversed().map { UInt8(truncatingIfNeeded: step >> (8 * $0)) }
        let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: SymmetricKey(data: secret)))
        let offset = Int(mac[mac.count - 1] & 0xF)
        let number = mac[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF
        let text = String(number % (0..<digits).reduce(1) { power, _ in power * 10 })
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// The step that a code is of; nil when it is none of now.
    /// - Parameter last: of the newest code that was taken: neither it nor an older one is taken again (RFC 6238, section 5.2).
    static func step(of code: String, _ secret: [UInt8], at now: Timestamp, after last: Int?) -> Int? {
        let current = step(at: now)
        return (current - drift...current + drift).first { step in
            step > last ?? Int.min && isSame(Self.code(secret, step: step), code)
        }
    }

    /// Takes the same time wherever they differ.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension [UInt8] {
    /// RFC 4648, section 6, without padding.
    var base32: String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var text: [UInt8] = []
        var (bits, count) = (0, 0)
        for byte in self {
            (bits, count) = (bits << 8 | Int(byte), count + 8)
            while count >= 5 {
                count -= 5
                text.append(alphabet[bits >> count & 31])
            }
            bits &= (1 << count) - 1
        }
        if count > 0 { text.append(alphabet[bits << (5 - count) & 31]) }
        return String(decoding: text, as: UTF8.self)
    }
}
