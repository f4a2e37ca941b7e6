import Crypto
import Shared

/// What an account logs in with, once, when its authenticator app is lost: 16 characters without look-alikes, about 79 bits.
enum RecoveryCode {
    /// Of an account.
    static let count = 8

    static func make(using generator: inout some RandomNumberGenerator) -> [String] {
        let alphabet = Array(TemporaryPassword.alphabet)
        return (0..<count).map { _ in
            (0..<4).map { _ in
                String((0..<4).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] })
            }.joined(separator: "-")
        }
    }

    /// What is kept of one. Of 79 random bits a fast hash is as good as a slow one.
    static func digest(of code: String) -> String { SHA256.hash(data: Array(plain(code).utf8)).hexadecimal }

    /// As people type codes, however grouped.
    static func plain(_ code: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in code.unicodeScalars where scalar != "-" && !scalar.properties.isWhitespace {
            scalars.append(scalar)
        }
        return String(scalars).lowercased()
    }
}
