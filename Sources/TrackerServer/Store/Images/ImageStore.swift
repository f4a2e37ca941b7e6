import Crypto
import Files
import Logging
import NIOCore
import NIOPosix
import Shared

/// The images in the upload folder. Every call that touches the disk runs on a pool of threads of its own.
struct ImageStore: Sendable {
    let folder: String
    private let abilities: FolderAbilities
    let times = UploadTimes()
    private let pool: NIOThreadPool
    private let logger: Logger
    private let publisher: GroupPublisher
    private let arrivals: ArrivalNote?
    private let folders: FolderFlushes
    /// Images that were there at the start without the index knowing them.
    let unindexed = UnindexedImages()

    /// The passing names of images that are still arriving, where the file system needs them; none is left after the next
    /// start.
    static let arrivingPrefix = ".arriving-"
    /// The least time between two groups of images that reach the disk, while several wait together.
    static let gatherTime = Duration.milliseconds(3)

    /// - Parameters:
    ///   - abilities: of the folder's file system.
    ///   - arrivals: notes the names of images before they have records; nil where none arrive.
    ///   - folders: of all who flush the folder.
    init(
        folder: String, abilities: FolderAbilities = .all, arrivals: ArrivalNote? = nil,
        folders: FolderFlushes = FolderFlushes(), pool: NIOThreadPool, logger: Logger
    ) {
        self.folder = folder
        self.abilities = abilities
        self.pool = pool
        self.logger = logger
        self.arrivals = arrivals
        self.folders = folders
        publisher = GroupPublisher(folder: folder, gatherTime: Self.gatherTime, folders: folders) {
            group throws(FileError) in
            guard let arrivals else { return }
            var entries: [ArrivalNote.Entry] = []
            for (file, path) in group {
                let name = String(path.dropFirst(folder.count + 1))
                entries.append(ArrivalNote.Entry(name: name, number: try file.number()))
            }
            try arrivals.add(entries)
        }
    }

    /// Removes what uploads that never ended have left, and remembers the images that the index does not know, once their
    /// names are on disk. Blocks.
    /// - Parameter left: names that a server gave before it was killed, see ``ArrivalNote``: of these images nobody was told
    ///   unless the index knows them.
    func takeStock(indexed: (String) -> Bool, left: [String] = []) throws {
        let unrecorded = left.filter { !indexed($0) }
        for name in unrecorded { try Folder.removeFile(path(of: name)) }
        if !unrecorded.isEmpty {
            logger.notice(
                "Images that were being stored when the server was killed are removed: nobody was told of them",
                metadata: ["images": "\(unrecorded.count)"])
        }
        try arrivals?.end()
        var unindexed: [String] = []
        for name in try Folder.files(in: folder).map(\.name) {
            if name.hasPrefix(Self.arrivingPrefix) || WholeFile.isUnfinished(name) {
                try Folder.removeFile(path(of: name))
            } else if !indexed(name) {
                unindexed.append(name)
            }
        }
        // The kill may have come before the names were on the disk.
        if !unindexed.isEmpty { try folders.flush(folder, since: 0) }
        for name in unindexed { self.unindexed.add(name) }
    }

    /// The name of this image if it was stored under the key already and the index does not know it. It is the caller's
    /// then: to be recorded, or to be given back to ``unindexed``.
    func takeUp(key: String, _ image: ArrivingImage) async throws -> String? {
        guard let name = unindexed.take(key: key) else { return nil }
        do {
            if let stored = try await open(name), try await image.isSame(as: stored) { return name }
        } catch {
            unindexed.add(name)
            throw error
        }
        unindexed.add(name)
        return nil
    }

    /// An image that is about to arrive.
    func newArrival() -> ArrivingImage {
        ArrivingImage(folder: folder, abilities: abilities, pool: pool, publisher: publisher)
    }

    /// Once nothing arrives any more and every record is on disk.
    func close() async throws { try await run { try arrivals?.end() } }

    /// The record of the image with that name is on disk, or the name was another file's.
    func settle(_ name: String) { arrivals?.settle(name) }

    /// Frees what an image takes that was not stored after all. One that has a name keeps it.
    func discard(_ image: ArrivingImage) async {
        guard let file = image.file else { return }
        await cleanUp(image.folder) { try file.discard() }
    }

    /// Takes a name away that was given to such an image.
    /// - Returns: false when it stays, which the log says.
    @discardableResult
    func remove(_ name: String) async -> Bool {
        let path = path(of: name)
        let isGone = await cleanUp(path) { try Folder.removeFile(path) }
        if isGone { settle(name) }
        return isGone
    }

    /// Done also for a request that was cancelled.
    @discardableResult
    private func cleanUp(_ path: String, _ body: @escaping @Sendable () throws -> Void) async -> Bool {
        let removal = Task { [pool, logger] in
            do {
                try await pool.runIfActive(body)
                return true
            } catch {
                logger.error("A file stays behind", metadata: ["path": "\(path)", "error": "\(error)"])
                return false
            }
        }
        return await removal.value
    }

    /// The image, opened for reading; nil when there is no such file, or something else than a plain file.
    func open(_ name: String) async throws -> StoredImage? {
        do {
            return try await run {
                // Without O_NONBLOCK opening a pipe would wait for its writer.
                let file = try OpenFile(path(of: name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
                guard try file.isPlain() else { return nil }
                return StoredImage(
                    file: file, size: try file.size(), modifiedNanoseconds: try file.modificationTime(), pool: pool)
            }
        } catch let error as FileError where error.isMissing || error.code == ELOOP {
            return nil
        }
    }

    private func path(of name: String) -> String { folder + "/" + name }

    private func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await pool.runIfActive(body)
    }
}

/// An image on disk.
struct StoredImage: Sendable {
    let file: OpenFile
    let size: Int
    private let modifiedNanoseconds: Int64
    private let pool: NIOThreadPool

    static let chunk = 256 * 1024

    init(file: OpenFile, size: Int, modifiedNanoseconds: Int64, pool: NIOThreadPool) {
        self.file = file
        self.size = size
        self.modifiedNanoseconds = modifiedNanoseconds
        self.pool = pool
    }

    /// A strong validator (RFC 9110, section 8.8.1): images never change, and a file put there by hand has another time.
    var eTag: String { "\"\(String(size, radix: 16))-\(String(modifiedNanoseconds, radix: 16))\"" }

    func read(upTo count: Int, at offset: Int) async throws -> [UInt8] {
        try await pool.runIfActive { [file] in try file.read(count: count, from: offset) }
    }

    func sha256() async throws -> [UInt8] {
        var hasher = SHA256()
        var offset = 0
        while case let bytes = try await read(upTo: Self.chunk, at: offset), !bytes.isEmpty {
            hasher.update(data: bytes)
            offset += bytes.count
        }
        return Array(hasher.finalize())
    }
}
