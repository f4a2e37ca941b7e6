import Crypto
import Files
import Foundation
import Logging
import NIOCore
import NIOPosix
import Shared

/// The images in the upload folder. Every call that touches the disk runs on a pool of threads of its own.
struct ImageStore: Sendable {
    let folder: String
    private let pool: NIOThreadPool
    private let logger: Logger
    /// Images of a crash: named, but not in the index. By idempotency key.
    private var orphans: [String: String] = [:]

    /// Names of images that are still arriving; none is left after the next start.
    static let arrivingPrefix = ".arriving-"

    init(folder: String, pool: NIOThreadPool, logger: Logger) {
        self.folder = folder
        self.pool = pool
        self.logger = logger
    }

    /// Removes what uploads that never ended have left, and remembers the images that the index does not know. Blocks.
    mutating func takeStock(indexed: (String) -> Bool) throws {
        for name in try Folder.files(in: folder).map(\.name) {
            if name.hasPrefix(Self.arrivingPrefix) {
                try Folder.removeFile(path(of: name))
            } else if let key = UploadName.idempotencyKey(in: name), !indexed(name) {
                orphans[key] = name
            }
        }
    }

    /// The name of an image that was stored under the key with these bytes, and that the index does not know.
    func orphan(key: String, hash: [UInt8]) async throws -> String? {
        guard let name = orphans[key], let image = try await open(name) else { return nil }
        return try await image.sha256() == hash ? name : nil
    }

    /// A file for an image that arrives.
    func newArrival() async throws -> ArrivingImage {
        let path = path(of: Self.arrivingPrefix + UUID().uuidString.lowercased())
        return try await run {
            ArrivingImage(file: try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644), pool: pool)
        }
    }

    /// Gives the image its name, which no other file may have.
    /// - Returns: false when the name is taken.
    func publish(_ image: ArrivingImage, as name: String) async throws -> Bool {
        try await run {
            guard link(image.path, path(of: name)) == 0 else {
                if errno == EEXIST { return false }
                throw FileError.last("name \(path(of: name))")
            }
            do throws(FileError) {
                try WholeFile.flushFolder(folder)
            } catch {
                try Folder.removeFile(path(of: name))
                throw error
            }
            return true
        }
    }

    /// Takes an image away that was not stored after all.
    func remove(_ name: String) async { await removeFile(path(of: name)) }

    /// Takes an image's passing name away, whether or not it has another.
    func discard(_ image: ArrivingImage) async { await removeFile(image.path) }

    /// Done also for a request that was cancelled. What can't be removed is the log's: the next start tries again.
    private func removeFile(_ path: String) async {
        let removal = Task { [pool, logger] in
            do {
                try await pool.runIfActive { try Folder.removeFile(path) }
            } catch {
                logger.error("A file stays behind", metadata: ["path": "\(path)", "error": "\(error)"])
            }
        }
        await removal.value
    }

    /// The image, opened for reading; nil when there is no such file, or something else than a plain file.
    func open(_ name: String) async throws -> StoredImage? {
        do {
            return try await run {
                // Without O_NONBLOCK opening a pipe would wait for its writer.
                let file = try OpenFile(path(of: name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
                let status = try file.status()
                guard status.st_mode & S_IFMT == S_IFREG else { return nil }
                let modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
                return StoredImage(file: file, size: Int(status.st_size), modifiedNanoseconds: modified, pool: pool)
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

/// An image on its way in: bytes go to disk as they come.
actor ArrivingImage {
    nonisolated let path: String
    private let file: OpenFile
    private let pool: NIOThreadPool
    private var hasher = SHA256()
    private(set) var size = 0
    private(set) var firstBytes: [UInt8] = []

    init(file: OpenFile, pool: NIOThreadPool) {
        path = file.path
        self.file = file
        self.pool = pool
    }

    func append(_ bytes: [UInt8]) async throws {
        hasher.update(data: bytes)
        size += bytes.count
        if firstBytes.count < ImageFormat.signatureLength {
            firstBytes += bytes.prefix(ImageFormat.signatureLength - firstBytes.count)
        }
        try await pool.runIfActive { [file] in try file.write(bytes.span) }
    }

    /// Everything is on disk when this returns.
    /// - Returns: the SHA-256 of the image.
    func finish() async throws -> [UInt8] {
        try await pool.runIfActive { [file] in try file.flush() }
        return Array(hasher.finalize())
    }
}

/// An image on disk.
struct StoredImage: Sendable {
    private let file: OpenFile
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
