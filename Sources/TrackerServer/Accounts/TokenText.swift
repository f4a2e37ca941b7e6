import Foundation
import JSON

/// The one spelling of a token: three parts in base64url (RFC 7515, sections 2 and 7.1), whose header says HS256.
///
/// Decoders of base64 overlook padding and bits at the end that belong to no byte; a token that could be written in several
/// ways would be several tokens to whoever compares texts.
enum TokenText {
    /// In bytes.
    static let longest = 4096

    /// The quick look before all others. Texts in ASCII are the same when their bytes are, which Unicode promises of no others:
    /// a K may be a kelvin sign.
    static func mayBeToken(_ text: String) -> Bool {
        let allBits = text.utf8.withContiguousStorageIfAvailable { $0.reduce(0, |) } ?? text.utf8.reduce(0, |)
        return text.utf8.count <= longest && allBits < 0x80
    }

    /// True when a text for which ``mayBeToken(_:)`` is true has that spelling and that header, whatever its signature.
    static func isToken(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 3 && parts.allSatisfy { isCanonical($0) } && isHeader(bytes(of: parts[0]))
    }

    /// RFC 8725, section 3.1: the algorithm is this server's choice, not the token's. Extensions that must be understood
    /// (`crit`; RFC 7515, section 4.1.11) are not.
    private static func isHeader(_ bytes: [UInt8]) -> Bool {
        do {
            guard let header = try JSONReader.value(of: bytes).object else { return false }
            // What is signed with the same key for another purpose says so (RFC 8725, section 3.11).
            let isForThis = header["typ"].map { $0.text?.uppercased() == "JWT" } ?? true
            return header["alg"]?.text == "HS256" && header["crit"] == nil && isForThis
        } catch {
            // What is no JSON is no header.
            return false
        }
    }

    /// The value of each byte as a digit of base64url; 64 for one that is none.
    private static let digits: [UInt8] = {
        var digits = [UInt8](repeating: 64, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        for (value, character) in alphabet.utf8.enumerated() { digits[Int(character)] = UInt8(value) }
        return digits
    }()

    /// RFC 4648, section 3.5: the bits of the last digit that belong to no byte are 0.
    private static func isCanonical(_ part: Substring.UTF8View) -> Bool {
        guard let last = part.last, part.allSatisfy({ digits[Int($0)] < 64 }) else { return false }
        return switch part.count % 4 {
        case 0: true
        case 2: digits[Int(last)] & 0b1111 == 0
        case 3: digits[Int(last)] & 0b11 == 0
        default: false
        }
    }

    private static func bytes(of part: Substring.UTF8View) -> [UInt8] {
        var bytes: [UInt8] = []
        var (bits, count) = (0, 0)
        for digit in part {
            (bits, count) = (bits << 6 | Int(digits[Int(digit)]), count + 6)
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            bits &= (1 << count) - 1
        }
        return bytes
    }
}
