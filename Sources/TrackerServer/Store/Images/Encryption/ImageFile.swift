import Files
import NIOPosix
import Shared

/// A file of an image, read as the bytes that were sent, whether it is encrypted or not. Every call blocks.
struct ImageFile: Sendable {
    /// Bytes of the image.
    let size: Int
    /// A strong validator (RFC 9110, section 8.8.1), the same before and after the file is encrypted.
    let eTag: String
    /// When the file was changed last, in nanoseconds since 1970.
    let modified: Int64
    /// For whom it is encrypted, by the folded id; nil for a file that is not encrypted.
    let person: String?
    private let file: OpenFile
    private let segments: SegmentReader?

    /// Bytes that are best read at once, and where one such piece ends.
    static let encryptedChunk = 4 * SegmentLayout.plainSegment

    /// Nil when there is no such file, or something else than a plain file.
    /// - Parameters:
    ///   - name: below the upload folder.
    ///   - owner: whose image it is; nil where the key alone says so.
    ///   - keys: nil where there are none.
    /// - Throws: `FileError`, see ``Files/FileError/isDamagedImage`` and ``Files/FileError/isLackOfKey``.
    init?(_ name: String, in folder: String, of owner: AccountID?, keys: ImageKeys?) throws(FileError) {
        guard let served = try ServedFile(opening: folder + "/" + name, pool: .singleton) else { return nil }
        file = served.file
        modified = served.modifiedNanoseconds
        (segments, person) = try Self.segments(file, size: served.size, name, of: owner?.folded, keys)
        size = segments?.size ?? served.size
        eTag = served.eTag(size: size)
    }

    var isEncrypted: Bool { segments != nil }
    var chunk: Int { isEncrypted ? Self.encryptedChunk : ServedFile.chunk }

    /// At most `count` bytes from `offset` on; fewer only where the image ends.
    func read(count: Int, from offset: Int) throws(FileError) -> [UInt8] {
        if let segments {
            try segments.read(count: count, from: offset)
        } else {
            try file.read(count: count, from: offset)
        }
    }

    /// The bytes from the beginning on.
    var window: ByteWindow { ByteWindow { count, offset throws(FileError) in try read(count: count, from: offset) } }

    private static func segments(
        _ file: OpenFile, size: Int, _ name: String, of person: String?, _ keys: ImageKeys?
    ) throws(FileError) -> (SegmentReader?, person: String?) {
        let start = try file.read(count: EncryptedHeader.length, from: 0)
        guard EncryptedHeader.isEncrypted(start) else {
            // Where images are encrypted, what is none may be what is left of one that was.
            guard keys == nil || ImageFormat(firstBytes: start) != nil else { throw .noImage(file.path) }
            return (nil, nil)
        }
        guard let keys else {
            throw .lacksKey(file.path, "it is encrypted, and no key is set (UPLOAD_KEY_FILE)")
        }
        guard let header = EncryptedHeader(start), let layout = SegmentLayout(fileSize: size) else {
            throw .forgery(file.path)
        }
        guard let key = keys.key(id: header.keyID) else {
            throw .lacksKey(file.path, "it is encrypted with a key that is not in \(ImageKeyFile.name)")
        }
        let derived = EncryptedImageKeys(key, header)
        guard person == nil || person == key.person, header.isGenuine(start, derived, named: name) else {
            throw .forgery(file.path)
        }
        return (
            SegmentReader(file, SegmentCipher(derived, header), size: layout.plainSize, isWhole: true), key.person
        )
    }
}

extension StoredImage {
    init(_ file: ImageFile, eTag: String? = nil, pool: NIOThreadPool) {
        self.init(size: file.size, eTag: eTag ?? file.eTag, chunk: file.chunk) { count, offset in
            try await pool.runIfActive { try file.read(count: count, from: offset) }
        }
    }
}
