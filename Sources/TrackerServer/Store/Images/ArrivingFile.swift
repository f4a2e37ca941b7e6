import Files
import NIOCore
import NIOPosix

/// An image on its way into a file.
///
/// Its bytes are gathered in memory, so that the usual screenshot takes one turn on the pool from there to a file; a larger
/// one goes to its file in parts.
struct ArrivingFile: ArrivingImage {
    let folder: String
    private let abilities: FolderAbilities
    private let pool: NIOThreadPool
    private let publisher: GroupPublisher
    private(set) var size = 0
    private var file: UnnamedFile?
    /// What is not in the file yet: its bytes, as they came.
    private var gathered: [ByteBuffer] = []
    private var gatheredBytes = 0

    static let gatheringLimit = 512 * 1024
    /// Shorter pieces are copied together: each piece keeps the whole buffer in memory that the network filled a part of.
    private static let longPiece = 64 * 1024

    init(folder: String, abilities: FolderAbilities, pool: NIOThreadPool, publisher: GroupPublisher) {
        self.folder = folder
        self.abilities = abilities
        self.pool = pool
        self.publisher = publisher
    }

    mutating func append(_ bytes: ByteBuffer) async throws {
        size += bytes.readableBytes
        gather(bytes)
        guard gatheredBytes >= Self.gatheringLimit else { return }
        file = try await pool.runIfActive { [self] in try written() }
        gathered = []
        gatheredBytes = 0
    }

    private mutating func gather(_ bytes: ByteBuffer) {
        gatheredBytes += bytes.readableBytes
        if bytes.readableBytes >= Self.longPiece {
            gathered.append(bytes)
        } else if let last = gathered.last, last.readableBytes < Self.longPiece {
            gathered[gathered.count - 1].writeImmutableBuffer(bytes)
        } else {
            gathered.append(ByteBuffer(bytes: bytes.readableBytesView))
        }
    }

    mutating func publish(as name: String) async throws -> Bool {
        let path = "\(folder)/\(name)"
        let isNamed: Bool
        (file, isNamed) = try await withCheckedThrowingContinuation { continuation in
            pool.submit { [self] state in
                do {
                    guard state == .active else { throw CancellationError() }
                    let file = try written()
                    file.file.startWriting()
                    publisher.publish(file, as: path) { result in
                        continuation.resume(with: result.map { (file, $0) }.mapError { $0 as any Error })
                    }
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
        gathered = []
        return isNamed
    }

    /// The file with all that has arrived. Blocks.
    private func written() throws(FileError) -> UnnamedFile {
        let name = FolderImageStore.arrivingPrefix + String(UInt64.random(in: 0 ... .max), radix: 36)
        let file =
            if let file {
                file
            } else {
                try UnnamedFile(in: folder, mode: StoreLayout.mode, passingName: name, abilities: abilities)
            }
        for piece in gathered { try file.file.write(piece.readableBytesUInt8Span) }
        return file
    }

    func isSame(as stored: StoredImage) async throws -> Bool {
        guard stored.size == size else { return false }
        var offset = size - gathered.reduce(0) { $0 + $1.readableBytes }
        for start in stride(from: 0, to: offset, by: Self.gatheringLimit) {
            let count = min(Self.gatheringLimit, offset - start)
            let own = try await pool.runIfActive { [file] in try file?.file.read(count: count, from: start) }
            guard try await own == stored.read(count, start) else { return false }
        }
        for piece in gathered {
            guard try await piece == ByteBuffer(bytes: stored.read(piece.readableBytes, offset)) else { return false }
            offset += piece.readableBytes
        }
        return true
    }

    func discard() async throws {
        guard let file else { return }
        try await pool.runIfActive { try file.discard() }
    }
}
