import Files
import NIOCore
import NIOPosix
import Synchronization

/// An image on its way in.
///
/// Its bytes are gathered in memory, so that the usual screenshot takes one turn on the pool from there to a name on the
/// disk; a larger one goes to its file in parts.
struct ArrivingImage: Sendable {
    let folder: String
    private let pool: NIOThreadPool
    private let folderFlush: SharedFlush
    private let buffers: ImageBuffers
    private(set) var size = 0
    private(set) var firstBytes: [UInt8] = []
    private(set) var file: UnnamedFile?
    /// What is not in the file yet.
    private var gathered: ByteBuffer

    static let gatheringLimit = 512 * 1024

    init(folder: String, pool: NIOThreadPool, folderFlush: SharedFlush, buffers: ImageBuffers) {
        self.folder = folder
        self.pool = pool
        self.folderFlush = folderFlush
        self.buffers = buffers
        gathered = buffers.take()
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
            gathered.clear()
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
                    try file.file.flushData()
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
        buffers.giveBack(&gathered)
        return isNamed
    }

    /// The file with all that has arrived. Blocks.
    private func written() throws(FileError) -> UnnamedFile {
        let name = ImageStore.arrivingPrefix + String(UInt64.random(in: 0 ... .max), radix: 36)
        let file = if let file { file } else { try UnnamedFile(in: folder, mode: 0o644, passingName: name) }
        try file.file.write(gathered.readableBytesUInt8Span)
        return file
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

/// Memory for images on their way in, used again and again: new memory is slow, for the system fills it with zeros.
final class ImageBuffers: Sendable {
    private let free = Mutex<[ByteBuffer]>([])

    /// So many are kept while nobody uses them.
    static let limit = 16

    /// Room for what an image gathers.
    func take() -> ByteBuffer {
        if var buffer = free.withLock({ $0.popLast() }) {
            buffer.clear()
            return buffer
        }
        return ByteBufferAllocator().buffer(capacity: ArrivingImage.gatheringLimit)
    }

    /// Leaves an empty buffer in its place.
    func giveBack(_ buffer: inout ByteBuffer) {
        let own = exchange(&buffer, with: ByteBuffer())
        free.withLock { free in
            if free.count < Self.limit { free.append(own) }
        }
    }
}
