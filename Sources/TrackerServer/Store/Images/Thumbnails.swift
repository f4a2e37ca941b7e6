import Files
import Glibc
import Logging
import NIOPosix
import Pictures
import Shared
import Synchronization

/// Small pictures of the images of a folder, made when somebody asks for them, and kept in a folder of their own in there.
///
/// That folder may vanish, and so may each of its files: what is missing is made again. So nothing is flushed; what a loss
/// of power has left unfinished, its structure shows.
final class Thumbnails: Sendable {
    private struct State {
        var index: ThumbnailIndex
        var damaged: Set<ThumbnailKey> = []
        /// Since the last one could not be kept; the log need not say so each time.
        var isFailing = false
    }

    private let images: String
    private let folder: String
    private let abilities: FolderAbilities
    private let rule: ThumbnailRule
    private let keys: ImageKeys?
    private let pool: NIOThreadPool
    private let work: SharedWork<ThumbnailKey, [UInt8]?>
    private let logger: Logger
    private let state: Mutex<State>

    /// No image can have that name, and no listing of images looks into a folder.
    static let folderName = ".thumbnails"
    /// The threads of the pool that makes them.
    static let madeAtATime = 2
    /// Damaged images that are remembered, each at each width; beyond it they are decoded once more.
    static let damagedLimit = 1000
    /// Bytes of the disk that are left to what can't be made again.
    static let spareRoom: UInt64 = 1 << 30

    /// - Parameters:
    ///   - images: the folder of the images.
    ///   - abilities: of its file system.
    ///   - limit: bytes that all that are kept may have together.
    ///   - keys: what they are encrypted with; nil: they are not.
    ///   - patience: how long somebody waits until theirs is begun.
    ///   - pool: reads files.
    ///   - makers: makes small pictures, and does nothing else.
    init(
        besideImagesIn images: String, abilities: FolderAbilities, limit: Int, rule: ThumbnailRule, keys: ImageKeys?,
        patience: Duration, pool: NIOThreadPool, makers: NIOThreadPool, logger: Logger
    ) {
        self.images = images
        folder = images + "/" + Self.folderName
        self.abilities = abilities
        self.rule = rule
        self.keys = keys
        self.pool = pool
        self.logger = logger
        work = SharedWork(pool: makers, patience: patience)
        state = Mutex(State(index: ThumbnailIndex(limit: limit)))
    }

    /// Takes up what an earlier run has kept, and removes what is left of images that are gone. Files that are none of its
    /// own stay, and are never looked at. Until they are used, those of older images count as used longer ago. Blocks.
    func takeStock(isKept: (String) throws(FileError) -> Bool) throws(FileError) {
        let files: [Folder.Entry]
        do throws(FileError) {
            files = try Folder.files(in: folder)
        } catch {
            if !error.isMissing { warn("Small pictures of earlier runs can't be used", folder, error) }
            return
        }
        for file in files {
            if let key = ThumbnailKey(fileName: file.name) {
                let isKept = try isKept(key.image)
                remove(state.withLock { isKept ? $0.index.add(key, size: file.size) : nil } ?? [key])
            } else if file.name.hasPrefix(FolderImageStore.arrivingPrefix) {
                removeFile(folder + "/" + file.name)
            }
        }
    }

    /// As ``ImageStore/thumbnail(of:_:width:)``.
    func thumbnail(of name: String, _ owner: AccountID, _ image: StoredImage, width: Int) async throws -> Thumbnail? {
        guard let header = PNGHeader(firstBytes: try await image.read(PNGHeader.length, 0)),
            let size = rule.size(of: header, width: width)
        else { return nil }
        let key = ThumbnailKey(image: name, eTag: image.eTag, width: width)
        return Thumbnail(eTag: key.eTag) { try await self.open(key, owner, header.size, size) }
    }

    private func open(
        _ key: ThumbnailKey, _ owner: AccountID, _ source: PictureSize, _ target: PictureSize
    ) async throws -> StoredImage? {
        if state.withLock({ $0.damaged.contains(key) }) { return nil }
        if let file = try await pool.runIfActive({ self.kept(key, owner) }) { return self.stored(file, key) }
        guard let png = try await work.value(of: key, { try self.make(key, owner, source, target) }) else { return nil }
        // From the file if there is one: who reads slowly then keeps no memory.
        if let file = try await pool.runIfActive({ self.kept(key, owner) }) { return self.stored(file, key) }
        return StoredImage(size: png.count, eTag: key.eTag) { count, offset in
            Array(png.dropFirst(offset).prefix(count))
        }
    }

    /// Removes those of an image that has been removed. Blocks.
    func removeAll(of image: String) {
        remove(state.withLock { $0.index.removeAll(of: image) })
    }
}

// MARK: What is kept

extension Thumbnails {
    private func stored(_ file: ImageFile, _ key: ThumbnailKey) -> StoredImage {
        StoredImage(file, eTag: key.eTag, pool: pool)
    }

    /// The file of one that is kept and whole, and encrypted exactly if new ones are. Blocks.
    private func kept(_ key: ThumbnailKey, _ owner: AccountID) -> ImageFile? {
        guard state.withLock({ $0.index.use(key) }) else { return nil }
        do throws(FileError) {
            if let file = try ImageFile(Self.name(of: key), in: images, of: owner, keys: keys),
                file.isEncrypted == (keys != nil), try Self.isWhole(file, key)
            {
                return file
            }
            forget(key)
        } catch {
            if error.isDamagedImage || error.isLackOfKey { forget(key) }
            warn("A small picture can't be read", path(of: key), error)
        }
        return nil
    }

    private static func isWhole(_ file: ImageFile, _ key: ThumbnailKey) throws(FileError) -> Bool {
        var bytes = file.window
        let header = PNGHeader(firstBytes: bytes.firstBytes(PNGHeader.length))
        var structure = PNGStructure(maxPixels: ThumbnailRule.resultPixels)
        do throws(ImageFault) {
            while let piece = bytes.next() { try structure.take(piece.span) }
            try structure.finish()
        } catch {
            return false
        }
        if let failure = bytes.failure { throw failure }
        return header?.size.width == key.width
    }

    private func keep(_ png: [UInt8], _ key: ThumbnailKey, _ owner: AccountID) {
        guard key.fileName.utf8.count <= NAME_MAX, hasRoom,
            let gone = state.withLock({ $0.index.add(key, size: png.count) })
        else { return }
        remove(gone)
        do throws(FileError) {
            try Folder.make(folder)
            let name = FolderImageStore.arrivingPrefix + String(UInt64.random(in: 0 ... .max), radix: 36)
            let file = try UnnamedFile(in: folder, mode: StoreLayout.mode, passingName: name, abilities: abilities)
            let bytes = try keys?.key(of: owner).encrypted(png, named: Self.name(of: key)) ?? png
            try file.file.write(bytes.span)
            try file.replace(path(of: key))
            // Who removed the image meanwhile, or made room, has not seen this file.
            let isImage = try PlainFile.at(path(ofImage: key)) != nil
            if !state.withLock({ $0.index.contains(key) }) || !isImage { forget(key) }
            state.withLock { $0.isFailing = false }
        } catch {
            let isNew = state.withLock { state in
                defer { state.isFailing = true }
                state.index.remove(key)
                return !state.isFailing
            }
            if isNew { warn("Small pictures can't be kept", path(of: key), error) }
        }
    }

    /// False also where the disk can't be asked.
    private var hasRoom: Bool {
        do throws(StoreError) {
            return try StoreLayout.freeBytes(of: images) >= Self.spareRoom
        } catch {
            return false
        }
    }

    private func forget(_ key: ThumbnailKey) {
        state.withLock { $0.index.remove(key) }
        remove([key])
    }

    private func remove(_ keys: [ThumbnailKey]) {
        for key in keys { removeFile(path(of: key)) }
    }

    private func removeFile(_ path: String) {
        do throws(FileError) {
            try Folder.removeFile(path)
        } catch {
            warn("A small picture stays behind", path, error)
        }
    }

    /// Below the folder of the images.
    private static func name(of key: ThumbnailKey) -> String { folderName + "/" + key.fileName }
    private func path(of key: ThumbnailKey) -> String { folder + "/" + key.fileName }
    private func path(ofImage key: ThumbnailKey) -> String { images + "/" + key.image }

    private func warn(_ message: Logger.Message, _ path: String, _ error: FileError) {
        logger.warning(message, metadata: ["path": "\(path)", "error": "\(error)"])
    }
}

// MARK: Making

extension Thumbnails {
    /// Computes and blocks.
    /// - Returns: nil when the image is damaged, or no longer the one that is meant.
    private func make(
        _ key: ThumbnailKey, _ owner: AccountID, _ source: PictureSize, _ target: PictureSize
    ) throws -> [UInt8]? {
        // Somebody else's may have been made since it was looked for.
        if let file = kept(key, owner) { return try file.read(count: file.size, from: 0) }
        guard let image = try ImageFile(key.image, in: images, of: owner, keys: keys),
            ThumbnailKey(image: key.image, eTag: image.eTag, width: key.width) == key
        else { return nil }
        do {
            let png = try PictureReduction.png(of: image.window, from: source, to: target)
            keep(png, key, owner)
            return png
        } catch let failure as PictureReduction.Failure {
            logger.warning(
                "An image is damaged, and sent as it is instead of a small one",
                metadata: ["image": "\(key.image)", "reason": "\(failure.reason)"])
            state.withLock { state in
                if state.damaged.count >= Self.damagedLimit { state.damaged = [] }
                state.damaged.insert(key)
            }
            return nil
        }
    }
}
