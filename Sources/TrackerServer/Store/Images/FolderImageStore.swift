import Files
import Logging
import NIOCore
import NIOPosix
import Shared

/// The images in the upload folder. Every call that touches the disk runs on a pool of threads of its own.
struct FolderImageStore: ImageStore {
    private let folder: String
    private let abilities: FolderAbilities
    private let times = UploadTimes()
    private let pool: NIOThreadPool
    private let logger: Logger
    private let publisher: GroupPublisher
    private let arrivals: ArrivalNote
    private let folders: FolderFlushes
    private let thumbnails: Thumbnails
    private let keys: ImageKeys?
    /// Images that were there at the start without the index knowing them.
    let unindexed = UnindexedImages()

    /// The passing names of images that are still arriving, where the file system needs them; none is left after the next
    /// start.
    static let arrivingPrefix = ".arriving-"
    /// The least time between two groups of images that reach the disk, while several wait together.
    static let gatherTime = Duration.milliseconds(3)

    /// - Parameters:
    ///   - abilities: of the folder's file system.
    ///   - arrivals: notes the names of images before they have records.
    ///   - folders: of all who flush the folder.
    ///   - thumbnails: of the images in this folder.
    ///   - keys: what new images are encrypted with; nil: they are not.
    init(
        folder: String, abilities: FolderAbilities, arrivals: ArrivalNote, folders: FolderFlushes,
        thumbnails: Thumbnails, keys: ImageKeys?, pool: NIOThreadPool, logger: Logger
    ) {
        self.folder = folder
        self.abilities = abilities
        self.pool = pool
        self.logger = logger
        self.arrivals = arrivals
        self.folders = folders
        self.thumbnails = thumbnails
        self.keys = keys
        publisher = GroupPublisher(folder: folder, gatherTime: Self.gatherTime, folders: folders) {
            group throws(FileError) in
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
                "Images that were being stored or deleted when the server was killed are removed: none has a record",
                metadata: ["images": "\(unrecorded.count)"])
        }
        try arrivals.end()
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
        try thumbnails.takeStock { name throws(FileError) in
            guard indexed(name) else { return false }
            return try PlainFile.at(path(of: name)) != nil
        }
    }

    func newArrival(of owner: AccountID) -> any ArrivingImage {
        ArrivingFile(
            of: owner, keys: keys, folder: folder, abilities: abilities, pool: pool, publisher: publisher)
    }

    /// The time in the name moves on by a millisecond until the name is free.
    func place(
        _ image: inout any ArrivingImage, as part: String, key: String?, at now: Timestamp, isKnown: (String) -> Bool
    ) async throws -> PlacedImage {
        if let key, let name = try await takeUp(key: key, image) { return PlacedImage(name: name, isTakenUp: true) }
        while true {
            let name = UploadName.make(at: times.next(for: part, at: now), clientPart: part)
            guard !isKnown(name) else { continue }
            if try await image.publish(as: name) { return PlacedImage(name: name, isTakenUp: false) }
            arrivals.settle(name)
        }
    }

    /// The name of this image if it was stored under the key already and the index does not know it. It is the caller's
    /// then: to be recorded, or to be given back to ``unindexed``.
    private func takeUp(key: String, _ image: any ArrivingImage) async throws -> String? {
        guard let name = unindexed.take(key: key) else { return nil }
        do {
            if let stored = try await open(name, of: image.owner), try await image.isSame(as: stored) { return name }
        } catch let error as FileError where error.isDamagedImage || error.isLackOfKey {
            // Nobody's, or another's.
        } catch {
            unindexed.add(name)
            throw error
        }
        unindexed.add(name)
        return nil
    }

    func recorded(_ image: PlacedImage) { arrivals.settle(image.name) }

    func withdraw(_ image: PlacedImage) async {
        if image.isTakenUp { unindexed.add(image.name) } else { await remove(image.name) }
    }

    func discard(_ image: any ArrivingImage) async {
        await cleanUp(folder) { try await image.discard() }
    }

    func announceRemoval(of name: String) async throws {
        try await pool.runIfActive { [arrivals, path = path(of: name)] in
            guard let number = try PlainFile.at(path)?.number else { return }
            try arrivals.add([ArrivalNote.Entry(name: name, number: number)])
        }
    }

    func keep(_ name: String) { arrivals.settle(name) }

    @discardableResult
    func remove(_ name: String) async -> Bool {
        let path = path(of: name)
        let isGone = await cleanUp(path) { [pool, thumbnails] in
            try await pool.runIfActive {
                // The image first: who makes a small one looks for it afterwards.
                defer { thumbnails.removeAll(of: name) }
                try Folder.removeFile(path)
            }
        }
        if isGone { arrivals.settle(name) }
        return isGone
    }

    /// Done also for a request that was cancelled.
    @discardableResult
    private func cleanUp(_ path: String, _ body: @escaping @Sendable () async throws -> Void) async -> Bool {
        let removal = Task { [logger] in
            do {
                try await body()
                return true
            } catch {
                logger.error("A file stays behind", metadata: ["path": "\(path)", "error": "\(error)"])
                return false
            }
        }
        return await removal.value
    }

    func open(_ name: String, of owner: AccountID) async throws -> StoredImage? {
        let file = try await pool.runIfActive { [folder, keys] in
            try ImageFile(name, in: folder, of: owner, keys: keys)
        }
        return file.map { StoredImage($0, pool: pool) }
    }

    func thumbnail(of name: String, _ owner: AccountID, _ image: StoredImage, width: Int) async throws -> Thumbnail? {
        try await thumbnails.thumbnail(of: name, owner, image, width: width)
    }

    func close() async throws { try await pool.runIfActive { [arrivals] in try arrivals.end() } }

    private func path(of name: String) -> String { folder + "/" + name }
}
