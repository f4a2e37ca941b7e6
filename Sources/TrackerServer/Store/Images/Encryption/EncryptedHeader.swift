import Crypto

/// What an encrypted image begins with. docs/security.md describes the form for other programs.
///
/// The authentication code at its end covers the header itself and the file's name, so that the name need not be known while
/// the segments are written, and giving another one writes the header anew and nothing else.
struct EncryptedHeader: Sendable, Equatable {
    static let length = 96
    static let saltLength = 32
    static let prefixLength = 7
    /// No image begins so, see ``ImageFormat``.
    static let magic: [UInt8] = Array("TTIMAGE".utf8)
    static let version: UInt8 = 1

    /// Of the ``ImageKey``.
    let keyID: [UInt8]
    let salt: [UInt8]
    /// What the nonces of all segments begin with.
    let noncePrefix: [UInt8]

    /// A new one: two files never share salt or prefix.
    init(keyID: [UInt8]) {
        self.keyID = keyID
        salt = .random(count: Self.saltLength)
        noncePrefix = .random(count: Self.prefixLength)
    }

    /// Nil when the bytes are too few or of another version. Whether they are genuine, ``isGenuine(_:_:named:)`` says.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length, Self.isEncrypted(bytes), bytes[Self.magic.count] == Self.version else {
            return nil
        }
        var rest = bytes.dropFirst(Self.magic.count + 1)
        func next(_ count: Int) -> [UInt8] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        keyID = next(ImageKey.idLength)
        salt = next(Self.saltLength)
        noncePrefix = next(Self.prefixLength)
    }

    /// True when a file that begins so is an encrypted image, of whatever version.
    static func isEncrypted(_ firstBytes: some Collection<UInt8>) -> Bool { firstBytes.starts(with: magic) }

    /// Everything but the code.
    private var fields: [UInt8] { Self.magic + [Self.version] + keyID + salt + noncePrefix + [0] }

    /// The header of a file of that name.
    func bytes(_ keys: EncryptedImageKeys, named name: String) -> [UInt8] {
        fields + HMAC<SHA256>.authenticationCode(for: fields + name.utf8, using: keys.header)
    }

    /// - Parameter bytes: of the file, from which this was read.
    func isGenuine(_ bytes: [UInt8], _ keys: EncryptedImageKeys, named name: String) -> Bool {
        let length = fields.count
        return bytes.prefix(length).elementsEqual(fields)
            && HMAC<SHA256>.isValidAuthenticationCode(
                bytes.dropFirst(length), authenticating: fields + name.utf8, using: keys.header)
    }
}

/// The keys of one encrypted file, derived from its person's key (RFC 5869).
struct EncryptedImageKeys: Sendable {
    /// Of the segments.
    let segments: SymmetricKey
    /// Of the header's authentication code.
    let header: SymmetricKey

    private static let label = "time-tracker image 1"

    init(_ key: ImageKey, _ header: EncryptedHeader) {
        let length = ImageKey.length
        let derived = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key.secret, salt: header.salt, info: Array(Self.label.utf8) + [0] + key.person.utf8,
            outputByteCount: 2 * length)
        (segments, self.header) = derived.withUnsafeBytes { bytes in
            (SymmetricKey(data: bytes[..<length]), SymmetricKey(data: bytes[length...]))
        }
    }
}
