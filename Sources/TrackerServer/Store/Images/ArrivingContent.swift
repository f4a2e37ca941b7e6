import Files
import NIOCore

/// What an image on its way has in its file: its bytes as they are, or encrypted. Every call blocks.
struct ArrivingContent: Sendable {
    let file: UnnamedFile
    private var encryption: ImageEncryption?

    /// Bytes of the image that can be read from the file.
    private(set) var size = 0

    /// - Parameter key: nil: it is not encrypted.
    init(_ file: UnnamedFile, key: ImageKey?) {
        self.file = file
        encryption = key.map(ImageEncryption.init)
    }

    /// Bytes of the image that have come and are not in the file.
    var pending: [UInt8] { encryption?.encryptor.pending ?? [] }

    mutating func append(_ pieces: [ByteBuffer]) throws(FileError) {
        guard var encryption else {
            for piece in pieces {
                try file.file.write(piece.readableBytesUInt8Span)
                size += piece.readableBytes
            }
            return
        }
        let count = pieces.reduce(encryption.encryptor.pending.count) { $0 + $1.readableBytes }
        var sealed: [UInt8] = []
        sealed.reserveCapacity(SegmentLayout(plainSize: count).fileSize)
        for piece in pieces { try encryption.encryptor.take(piece.readableBytesUInt8Span, into: &sealed) }
        try write(sealed, &encryption)
    }

    /// No more bytes come. May be called once more, for another name.
    mutating func finish(named name: String) throws(FileError) {
        guard var encryption else { return }
        var last: [UInt8] = []
        try encryption.encryptor.finish(into: &last)
        try write(last, &encryption)
        try file.file.write(encryption.header(named: name).span, at: 0)
    }

    private mutating func write(_ sealed: [UInt8], _ encryption: inout ImageEncryption) throws(FileError) {
        try file.file.write(sealed.span, at: encryption.end)
        encryption.end += sealed.count
        size = encryption.size
        self.encryption = encryption
    }

    /// At most `count` bytes from `offset` on; fewer only where those in the file end.
    func read(count: Int, from offset: Int) throws(FileError) -> [UInt8] {
        guard let encryption else { return try file.file.read(count: count, from: offset) }
        return try encryption.reader(of: file.file).read(count: count, from: offset)
    }
}
