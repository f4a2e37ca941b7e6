import CryptoExtras
import Foundation
import Glibc
import NIOCore
import NIOPosix
import Shared

/// Turns passwords into verifiers with scrypt (RFC 7914), and checks them.
///
/// A verifier is a text in the PHC string format, `$scrypt$ln=15,r=8,p=1$<salt>$<hash>` (base64 without padding), so
/// that the cost can rise without making older verifiers useless.
///
/// Hashing takes a fifth of a second and 32 MB, so it runs on threads of its own, for which those who want one wait.
struct PasswordHasher: Sendable {
    /// Cost: 2 to this power rounds.
    let logRounds: Int
    private let threads = NIOThreadPool(numberOfThreads: threadCount)
    private let turns = HashTurns(threads: threadCount)

    static let threadCount = 2

    init(logRounds: Int = 15) {
        self.logRounds = logRounds
        threads.start()
    }

    func shutDown() async throws { try await threads.shutdownGracefully() }

    /// How many passwords wait to be hashed.
    var waiting: Int { turns.waiting }

    /// Runs `body` when it is the claim's turn; it may block.
    /// - Parameter connection: whose end makes it needless; nil for what is nobody's request.
    /// - Throws: ``TooManyHashes``, ``SenderGone``, or what `body` throws.
    func run<Value: Sendable>(
        _ claim: HashQueue.Claim, for connection: (any Channel)?, _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await turns.run(claim, for: connection) {
            try await threads.runIfActive {
                Self.giveWay()
                return try body()
            }
        }
    }

    /// Hashes take whole processors for as long as somebody asks for them; everything else goes first. Of the calling thread alone
    /// (Linux: setpriority(2), "C library/kernel differences").
    private static func giveWay() {
        // Where it is not granted, hashes take their turns with the rest.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    }

    /// A verifier that the server itself wants, before it serves anybody.
    func ownVerifier(of password: String) async throws -> String {
        try await threads.runIfActive { try verifier(of: password) }
    }

    /// Blocks; call it on a thread for it.
    func verifier(of password: String) throws -> String {
        let salt = [UInt8].random(count: 16)
        let hash = try derive(
            PasswordRule.prepared(password), salt: salt, logRounds: logRounds, blockSize: 8, parallelism: 1)
        return "$scrypt$ln=\(logRounds),r=8,p=1$\(salt.unpaddedBase64)$\(hash.unpaddedBase64)"
    }

    /// Blocks, for the same time whether there is a verifier or not; call it on a thread for it.
    ///
    /// Earlier versions hashed passwords as they came: one that its preparation changes is tried in both forms.
    func matches(_ password: String, _ verifier: String?) throws -> Bool {
        let prepared = PasswordRule.prepared(password)
        let isPrepared = try matches(exactly: prepared, verifier)
        guard !prepared.utf8.elementsEqual(password.utf8) else { return isPrepared }
        return try matches(exactly: password, verifier) || isPrepared
    }

    private func matches(exactly password: String, _ verifier: String?) throws -> Bool {
        guard let verifier, let parsed = ParsedVerifier(verifier) else {
            _ = try derive(
                password, salt: Array(repeating: 0, count: 16), logRounds: logRounds, blockSize: 8, parallelism: 1)
            return false
        }
        let hash = try derive(
            password, salt: parsed.salt, logRounds: parsed.logRounds, blockSize: parsed.blockSize,
            parallelism: parsed.parallelism)
        return zip(hash, parsed.hash).reduce(UInt8(hash.count == parsed.hash.count ? 0 : 1)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private func derive(
        _ password: String, salt: [UInt8], logRounds: Int, blockSize: Int, parallelism: Int
    ) throws -> [UInt8] {
        try KDF.Scrypt.deriveKey(
            from: Array(password.utf8), salt: salt, outputByteCount: 32, rounds: 1 << logRounds, blockSize: blockSize,
            parallelism: parallelism
        ).withUnsafeBytes { Array($0) }
    }
}

private struct ParsedVerifier {
    let logRounds: Int
    let blockSize: Int
    let parallelism: Int
    let salt: [UInt8]
    let hash: [UInt8]

    init?(_ text: String) {
        let parts = text.split(separator: "$")
        guard parts.count == 4, parts[0] == "scrypt", let salt = [UInt8](unpaddedBase64: parts[2]),
            let hash = [UInt8](unpaddedBase64: parts[3]), !hash.isEmpty
        else { return nil }
        var costs: [Substring: Int] = [:]
        for cost in parts[1].split(separator: ",") {
            let pair = cost.split(separator: "=")
            guard pair.count == 2, let value = Int(pair[1]) else { return nil }
            costs[pair[0]] = value
        }
        guard let logRounds = costs["ln"], let blockSize = costs["r"], let parallelism = costs["p"],
            (1...20).contains(logRounds), (1...32).contains(blockSize), (1...16).contains(parallelism)
        else { return nil }
        self.logRounds = logRounds
        self.blockSize = blockSize
        self.parallelism = parallelism
        self.salt = salt
        self.hash = hash
    }
}

extension [UInt8] {
    fileprivate var unpaddedBase64: String {
        Data(self).base64EncodedString().trimmingCharacters(in: CharacterSet(charactersIn: "="))
    }

    fileprivate init?(unpaddedBase64 text: Substring) {
        let padding = String(repeating: "=", count: (4 - text.count % 4) % 4)
        guard let data = Data(base64Encoded: text + padding) else { return nil }
        self = Array(data)
    }
}

/// Passwords that the server makes: 20 characters without look-alikes, about 99 bits, in groups for reading aloud.
enum TemporaryPassword {
    static let alphabet = "abcdefghjkmnpqrstuvwxyz23456789"

    static func make(using generator: inout some RandomNumberGenerator) -> String {
        let alphabet = Array(alphabet)
        let groups = (0..<4).map { _ in
            String((0..<5).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] })
        }
        return groups.joined(separator: "-")
    }
}
