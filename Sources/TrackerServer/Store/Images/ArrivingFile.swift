import Files
import NIOCore
import NIOPosix
import Shared

/// An image on its way into a file.
///
/// Its bytes are gathered in memory, so that the usual screenshot takes one turn on the pool from there to a file; a larger
/// one goes to its file in parts. Where there are keys, nothing of it reaches the disk but encrypted.
struct ArrivingFile: ArrivingImage {
    let owner: AccountID
    private let keys: ImageKeys?
    let folder: String
    private let abilities: FolderAbilities
    private let pool: NIOThreadPool
    private let publisher: GroupPublisher
    private(set) var size = 0
    private var content: ArrivingContent?
    /// What is not in the file yet: its bytes, as they came.
    private var gathered: [ByteBuffer] = []
    private var gatheredBytes = 0

    static let gatheringLimit = 512 * 1024
    /// Shorter pieces are copied together: each piece keeps the whole buffer in memory that the network filled a part of.
    private static let longPiece = 64 * 1024

    /// - Parameter keys: nil: it is not encrypted.
    init(
        of owner: AccountID, keys: ImageKeys?, folder: String, abilities: FolderAbilities, pool: NIOThreadPool,
        publisher: GroupPublisher
    ) {
        self.owner = owner
        self.keys = keys
        self.folder = folder
        self.abilities = abilities
        self.pool = pool
        self.publisher = publisher
    }

    mutating func append(_ bytes: ByteBuffer) async throws {
        size += bytes.readableBytes
        gather(bytes)
        guard gatheredBytes >= Self.gatheringLimit else { return }
        content = try await pool.runIfActive { [self] in try written() }
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
        (content, isNamed) = try await withCheckedThrowingContinuation { continuation in
            pool.submit { [self] state in
                do {
                    guard state == .active else { throw CancellationError() }
                    var content = try written()
                    try content.finish(named: name)
                    content.file.file.startWriting()
                    publisher.publish(content.file, as: path) { [content] result in
                        continuation.resume(with: result.map { (content, $0) }.mapError { $0 as any Error })
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
    private func written() throws(FileError) -> ArrivingContent {
        var content: ArrivingContent
        if let begun = self.content {
            content = begun
        } else {
            let name = FolderImageStore.arrivingPrefix + String(UInt64.random(in: 0 ... .max), radix: 36)
            content = ArrivingContent(
                try UnnamedFile(in: folder, mode: StoreLayout.mode, passingName: name, abilities: abilities),
                key: try keys?.key(of: owner))
        }
        try content.append(gathered)
        return content
    }

    func isSame(as stored: StoredImage) async throws -> Bool {
        guard stored.size == size else { return false }
        var offset = 0
        let written = content?.size ?? 0
        while offset < written {
            let (start, count) = (offset, min(Self.gatheringLimit, written - offset))
            let own = try await pool.runIfActive { [content] in try content?.read(count: count, from: start) }
            guard try await own == stored.read(count, start) else { return false }
            offset += count
        }
        let rest = [ByteBuffer(bytes: content?.pending ?? [])] + gathered
        for piece in rest where piece.readableBytes > 0 {
            guard try await piece == ByteBuffer(bytes: stored.read(piece.readableBytes, offset)) else { return false }
            offset += piece.readableBytes
        }
        return true
    }

    func discard() async throws {
        guard let content else { return }
        try await pool.runIfActive { try content.file.discard() }
    }
}
