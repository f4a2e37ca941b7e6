import Files
import Foundation
import NIOCore
import NIOPosix

/// An image on its way in.
///
/// Its bytes are gathered in memory, so that the usual screenshot takes one turn on the pool from there to a name on the
/// disk; a larger one goes to its file in parts.
struct ArrivingImage: Sendable {
    let folder: String
    private let pool: NIOThreadPool
    private let folderFlush: SharedFlush
    private(set) var size = 0
    private(set) var firstBytes: [UInt8] = []
    private(set) var file: UnnamedFile?
    /// The last bytes of the image, whether or not they are in the file too.
    private var gathered = Self.emptyBuffer()
    private var isWritten = false

    /// Whole blocks; with one more, for the alignment, it is a power of two, as buffers are.
    static let gatheringLimit = 512 * 1024 - OpenFile.blockSize

    init(folder: String, pool: NIOThreadPool, folderFlush: SharedFlush) {
        self.folder = folder
        self.pool = pool
        self.folderFlush = folderFlush
    }

    mutating func append(_ bytes: ByteBuffer) async throws {
        size += bytes.readableBytes
        if firstBytes.count < ImageFormat.signatureLength {
            firstBytes += bytes.readableBytesView.prefix(ImageFormat.signatureLength - firstBytes.count)
        }
        var rest = bytes
        while let part = rest.readSlice(length: min(rest.readableBytes, Self.gatheringLimit - gathered.readableBytes)) {
            gathered.writeImmutableBuffer(part)
            guard gathered.readableBytes == Self.gatheringLimit else { return }
            file = try await pool.runIfActive { [self] in try written() }
            gathered = Self.emptyBuffer()
        }
    }

    /// Gives the image a name, which no other file may have. Image and name are on the disk when this returns.
    /// - Returns: false when the name is taken.
    mutating func publish(as name: String) async throws -> Bool {
        let path = "\(folder)/\(name)"
        let isNamed: Bool
        (file, isNamed) = try await withCheckedThrowingContinuation { continuation in
            pool.submit { [self] state in
                do {
                    guard state == .active else { throw CancellationError() }
                    let file = try written()
                    try file.file.flush()
                    guard try file.name(path) else { return continuation.resume(returning: (file, false)) }
                    folderFlush.flush { error in
                        continuation.resume(
                            with: Result {
                                guard let error else { return (file, true) }
                                try Folder.removeFile(path)
                                throw error
                            })
                    }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
        isWritten = true
        return isNamed
    }

    /// The file with all that has arrived. Blocks.
    private func written() throws(FileError) -> UnnamedFile {
        if let file, isWritten { return file }
        let name = ImageStore.arrivingPrefix + UUID().uuidString.lowercased()
        let file = if let file { file } else { try UnnamedFile(in: folder, mode: 0o644, passingName: name) }
        try file.file.writeUncached(gathered.readableBytesUInt8Span)
        return file
    }

    /// Its bytes start where a block of memory does, so that they need no copy on their way to the disk.
    private static func emptyBuffer() -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(gatheringLimit + OpenFile.blockSize)
        let start = buffer.withUnsafeMutableWritableBytes { UInt(bitPattern: $0.baseAddress) }
        let offset = Int(-Int(bitPattern: start) & (OpenFile.blockSize - 1))
        buffer.moveWriterIndex(forwardBy: offset)
        buffer.moveReaderIndex(forwardBy: offset)
        return buffer
    }

    /// Compares the images byte by byte.
    func isSame(as stored: StoredImage) async throws -> Bool {
        guard stored.size == size else { return false }
        return try await pool.runIfActive { [self] in
            let start = size - gathered.readableBytes
            for offset in stride(from: 0, to: start, by: Self.gatheringLimit) {
                let count = min(Self.gatheringLimit, start - offset)
                let own = try file?.file.read(count: count, from: offset)
                guard try own == stored.file.read(count: count, from: offset) else { return false }
            }
            return try gathered == ByteBuffer(bytes: stored.file.read(count: gathered.readableBytes, from: start))
        }
    }
}
