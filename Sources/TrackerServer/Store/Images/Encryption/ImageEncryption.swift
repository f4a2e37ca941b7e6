import Files

/// The encryption of one image into one file: header, keys, and how far it is.
struct ImageEncryption: Sendable {
    private let encryptedHeader: EncryptedHeader
    private let keys: EncryptedImageKeys
    private let cipher: SegmentCipher
    var encryptor: ImageEncryptor
    /// Where the file ends, the header's place included.
    var end = EncryptedHeader.length

    init(_ key: ImageKey) {
        encryptedHeader = EncryptedHeader(keyID: key.id)
        keys = EncryptedImageKeys(key, encryptedHeader)
        cipher = SegmentCipher(keys, encryptedHeader)
        encryptor = ImageEncryptor(cipher)
    }

    func header(named name: String) -> [UInt8] { encryptedHeader.bytes(keys, named: name) }

    /// Bytes of the image that are in segments.
    var size: Int { end - EncryptedHeader.length - encryptor.segments * SegmentLayout.tag }

    func reader(of file: OpenFile) -> SegmentReader {
        SegmentReader(file, cipher, size: size, isWhole: encryptor.isFinished)
    }
}

extension ImageKey {
    /// A whole encrypted file.
    func encrypted(_ image: [UInt8], named name: String) throws(FileError) -> [UInt8] {
        var encryption = ImageEncryption(self)
        var segments: [UInt8] = []
        try encryption.encryptor.take(image.span, into: &segments)
        try encryption.encryptor.finish(into: &segments)
        return encryption.header(named: name) + segments
    }
}
