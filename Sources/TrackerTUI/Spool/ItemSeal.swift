import Crypto
import FoundationEssentials

/// How an item is encrypted on disk. Its file begins with the head, which anybody can read:
///
///     8 bytes    "TTQUEUE" and the version, 1
///     8 bytes    which key, see ``QueueKey/ID``
///     32 bytes   salt, random
///     4 bytes    how long the sealed description is, big-endian
///
/// Then come the description, which is the first line of a plain item, and the image, where there is one: each sealed with
/// AES-256-GCM under HKDF-SHA256(key, salt, "tracker queue item 1"), its tag of 16 bytes behind it. The nonce is 11 bytes of
/// 0 and the number of the part, 0 or 1: no other file has this salt, and so no other has its key. Authenticated with either are
/// the head and the file's name, so that nothing can be changed, exchanged between files, or take another's place in line.
struct ItemSeal: Equatable, Sendable {
    enum Part: UInt8, Sendable { case description, image }

    private static let magic = Array("TTQUEUE".utf8) + [1]
    private static let saltSize = 32
    private static let label = Array("tracker queue item 1".utf8)
    static let headSize = magic.count + QueueKey.ID.byteCount + saltSize + 4
    /// Bytes by which a part is longer than what it holds.
    static let tagSize = 16

    let head: [UInt8]
    let keyID: QueueKey.ID
    /// Bytes, sealed.
    let descriptionSize: Int

    /// Where the image begins.
    var imageOffset: Int { Self.headSize + descriptionSize }

    /// - Parameter description: bytes before they are sealed.
    init(key: QueueKey, description: Int) {
        let salt = SymmetricKey(size: SymmetricKeySize(bitCount: Self.saltSize * 8)).withUnsafeBytes { Array($0) }
        descriptionSize = description + Self.tagSize
        keyID = key.id
        let length = withUnsafeBytes(of: UInt32(clamping: descriptionSize).bigEndian) { Array($0) }
        head = Self.magic + key.id.bytes + salt + length
    }

    /// Nil when the file does not begin as a sealed one.
    init?(fileStart start: [UInt8]) {
        guard start.count >= Self.headSize, start.starts(with: Self.magic) else { return nil }
        head = Array(start.prefix(Self.headSize))
        let afterMagic = head.dropFirst(Self.magic.count)
        keyID = QueueKey.ID(afterMagic)
        descriptionSize = head.suffix(4).reduce(0) { $0 << 8 | Int($1) }
    }

    /// - Throws: what the library does, which with these sizes it never has reason to.
    func sealed(_ bytes: [UInt8], _ part: Part, of name: String, under key: QueueKey) throws -> [UInt8] {
        let box = try AES.GCM.seal(
            bytes, using: fileKey(key), nonce: nonce(part), authenticating: authenticated(name))
        return Array(box.ciphertext) + Array(box.tag)
    }

    /// Nil when they are not as they were sealed, or under another key.
    func opened(_ bytes: ArraySlice<UInt8>, _ part: Part, of name: String, under key: QueueKey) -> [UInt8]? {
        guard bytes.count >= Self.tagSize else { return nil }
        do {
            let box = try AES.GCM.SealedBox(
                nonce: nonce(part), ciphertext: Array(bytes.dropLast(Self.tagSize)),
                tag: Array(bytes.suffix(Self.tagSize)))
            return Array(try AES.GCM.open(box, using: fileKey(key), authenticating: authenticated(name)))
        } catch {
            // There is one reason only.
            return nil
        }
    }

    private func fileKey(_ key: QueueKey) -> SymmetricKey {
        let salt = head.dropLast(4).suffix(Self.saltSize)
        return HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key.bytes), salt: Array(salt), info: Self.label, outputByteCount: 32)
    }

    private func nonce(_ part: Part) throws -> AES.GCM.Nonce {
        try AES.GCM.Nonce(data: [UInt8](repeating: 0, count: 11) + [part.rawValue])
    }

    private func authenticated(_ name: String) -> [UInt8] { head + Array(name.utf8) }
}
