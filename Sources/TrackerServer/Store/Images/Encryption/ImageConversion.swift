import Files
import Foundation
import NIOCore
import Shared
import Synchronization

/// Encrypts or decrypts the images of a folder that no server holds. Each image has its old file or its new one at any
/// moment, so that whoever is stopped in the middle begins again and goes on.
struct ImageConversion: Sendable {
    enum Aim: Sendable {
        case encrypted
        case plain
    }

    struct Outcome: Sendable, Equatable {
        var converted = 0
        /// Those that were as they are to be.
        var unchanged = 0
        /// Those that are in the index and nowhere else.
        var missing = 0
        /// By name, why an image stays as it is.
        var failures: [String: String] = [:]

        fileprivate mutating func add(_ other: Outcome) {
            converted += other.converted
            unchanged += other.unchanged
            missing += other.missing
            failures.merge(other.failures) { one, _ in one }
        }
    }

    let folder: String
    let keys: ImageKeys
    let aim: Aim

    /// Images that are converted at a time: most of it is waiting for the disk.
    private static let width = 4

    /// - Parameters:
    ///   - images: their names, and whose they are; nil where the key alone says so.
    ///   - progress: called by any thread with the number of images that are done.
    func convert(
        _ images: [(name: String, owner: AccountID?)], progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> Outcome {
        try await BlockingExecutor(label: "files").run { () throws(FileError) in try prepare() }
        let next = Atomic(0)
        let done = Atomic(0)
        let work = { @Sendable () -> Outcome in
            var outcome = Outcome()
            while case let index = next.wrappingAdd(1, ordering: .relaxed).oldValue, index < images.count {
                convert(images[index], &outcome)
                progress(done.wrappingAdd(1, ordering: .relaxed).newValue)
            }
            return outcome
        }
        let outcome = await withTaskGroup(of: Outcome.self) { group in
            for number in 0..<Self.width {
                group.addTask { await BlockingExecutor(label: "images \(number)").run { work() } }
            }
            return await group.reduce(into: Outcome()) { $0.add($1) }
        }
        try await BlockingExecutor(label: "files").run { () throws(FileError) in
            try WholeFile.flushFolder(folder)
        }
        return outcome
    }

    /// Removes what an earlier conversion has left, and the small pictures, which are made again as they are to be.
    private func prepare() throws(FileError) {
        for entry in try Folder.files(in: folder) where WholeFile.isUnfinished(entry.name) {
            try Folder.removeFile(folder + "/" + entry.name)
        }
        let small = folder + "/" + Thumbnails.folderName
        do throws(FileError) {
            for entry in try Folder.files(in: small) where ThumbnailKey(fileName: entry.name) != nil {
                try Folder.removeFile(small + "/" + entry.name)
            }
        } catch {
            guard error.isMissing else { throw error }
        }
    }

    private func convert(_ image: (name: String, owner: AccountID?), _ outcome: inout Outcome) {
        do throws(FileError) {
            switch try convert(image.name, of: image.owner) {
            case true?: outcome.converted += 1
            case false?: outcome.unchanged += 1
            case nil: outcome.missing += 1
            }
        } catch {
            outcome.failures[image.name] = error.reason
        }
    }

    /// - Returns: whether anything was to be done; nil when there is no such image.
    private func convert(_ name: String, of owner: AccountID?) throws(FileError) -> Bool? {
        // What the index does not know may be anything.
        if owner == nil, try ImageFile.isEncrypted(folder + "/" + name) == false { return false }
        guard let image = try ImageFile(name, in: folder, of: owner, keys: keys) else { return nil }
        guard image.isEncrypted != (aim == .encrypted) else { return false }
        let path = folder + "/" + name
        let file = try WholeFile.unfinished(for: path, mode: StoreLayout.mode)
        _ = try file.file.takeAfter(path)
        let key: ImageKey? = if aim == .encrypted, let owner { try keys.key(of: owner) } else { nil }
        var content = ArrivingContent(file, key: key)
        try copy(image) { bytes, _ throws(FileError) in try content.append([ByteBuffer(bytes: bytes)]) }
        try content.finish(named: name)
        // The old file is the only one that there is.
        try copy(image) { bytes, offset throws(FileError) in
            guard try content.read(count: bytes.count, from: offset) == bytes else {
                throw FileError(attempt: "convert \(path)", code: EIO, detail: "the new file does not hold the same")
            }
        }
        // The same image keeps its validator.
        try file.file.setModificationTime(image.modified)
        try file.file.flush()
        try file.replace(path)
        return true
    }

    private func copy(_ image: ImageFile, _ body: ([UInt8], Int) throws(FileError) -> Void) throws(FileError) {
        var offset = 0
        while offset < image.size {
            let bytes = try image.read(count: image.chunk, from: offset)
            guard !bytes.isEmpty else {
                throw FileError(attempt: "read an image", code: EIO, detail: "it ends too early")
            }
            try body(bytes, offset)
            offset += bytes.count
        }
    }
}
