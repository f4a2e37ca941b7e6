import Crypto
import Files
import Foundation
import Glibc
import Settings

/// The key that all image keys are wrapped with. It lies outside of both folders, in the file of UPLOAD_KEY_FILE.
struct MasterKey: Sendable {
    static let setting = "UPLOAD_KEY_FILE"
    /// Bytes of its file at most.
    private static let fileLimit = 4096
    private static let allowed =
        "a file that holds \(ImageKey.length) bytes in base64, as `openssl rand -base64 32` makes them"
    private static let checkLabel = Array("time-tracker master key 1".utf8)
    private static let wrapLabel = Array("time-tracker image key 1".utf8)

    private let secret: SymmetricKey

    /// Nil when a file with that content holds no key.
    init?(fileContent bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines.union(["\u{FEFF}"]))
        guard let secret = Data(base64Encoded: text), secret.count == ImageKey.length else { return nil }
        self.secret = SymmetricKey(data: secret)
    }

    /// Blocks.
    /// - Parameter setting: which names the path.
    /// - Throws: `SettingError`.
    static func load(_ path: String, setting: String = Self.setting) throws(SettingError) -> MasterKey {
        func refusal(_ allowed: String) -> SettingError { SettingError(name: setting, value: path, allowed: allowed) }
        do throws(FileError) {
            guard let bytes = try OpenFile.contents(of: path, limit: fileLimit) else { throw FileError.missing(path) }
            if let permissions = try Folder.permissions(of: path), Exposure(of: .file, permissions) == .everybody {
                throw FileError(
                    attempt: "use \(path)", code: EPERM,
                    detail: "everybody on this machine can read it; run: chmod 600 \(path)")
            }
            guard let key = MasterKey(fileContent: bytes) else { throw FileError(attempt: "use \(path)", code: EINVAL) }
            return key
        } catch {
            throw refusal(error.code == EINVAL ? allowed : "\(allowed); \(error.reason)")
        }
    }

    /// What tells this key from others, and nothing else of it.
    func makeCheck() throws -> [UInt8] { try seal([], authenticating: Self.checkLabel) }

    func made(_ check: [UInt8]) -> Bool { open(check, authenticating: Self.checkLabel) != nil }

    func wrapped(_ key: ImageKey) throws -> [UInt8] {
        try seal(key.secret.withUnsafeBytes { Array($0) }, authenticating: Self.context(key.id, key.person))
    }

    /// Nil when this key has not wrapped it, or wrapped it for another person or id.
    func unwrapped(_ wrapped: [UInt8], id: [UInt8], person: String) -> ImageKey? {
        guard let secret = open(wrapped, authenticating: Self.context(id, person)), secret.count == ImageKey.length
        else { return nil }
        return ImageKey(id: id, person: person, secret: SymmetricKey(data: secret))
    }

    private static func context(_ id: [UInt8], _ person: String) -> [UInt8] { wrapLabel + [0] + id + person.utf8 }

    /// Nonce, ciphertext, tag. The nonce is random: there are fewer keys than would ever let two be alike.
    private func seal(_ bytes: [UInt8], authenticating context: [UInt8]) throws -> [UInt8] {
        let box = try AES.GCM.seal(bytes, using: secret, authenticating: context)
        return Array(box.nonce) + box.ciphertext + box.tag
    }

    private func open(_ bytes: [UInt8], authenticating context: [UInt8]) -> [UInt8]? {
        do {
            return Array(
                try AES.GCM.open(try AES.GCM.SealedBox(combined: bytes), using: secret, authenticating: context))
        } catch {
            return nil
        }
    }
}

extension FileError {
    fileprivate static func missing(_ path: String) -> FileError { FileError(attempt: "open \(path)", code: ENOENT) }
}
