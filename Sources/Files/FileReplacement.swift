import Glibc

/// A new content for a file in two steps, for changes to several files: first all contents are written and flushed
/// beside their files, where a full disk hurts nobody, then each takes its place.
///
/// Where a link has the file's name, the file that it leads to is replaced and the link stays, see ``FileLink``.
public struct FileReplacement: Sendable {
    /// The file that is replaced, behind all links.
    private let path: String
    private var temporaryPath: String { path + Self.suffix }
    private let abilities: FolderAbilities

    /// What the name of a content that waits ends in. A leftover goes when the next replacement is begun.
    public static let suffix = ".new"

    /// The new content. To the file system it is the same file before and after it takes its place.
    public let file: OpenFile

    /// False when the old file's owner, group or permissions could not be given to the new one. It is readable to nobody
    /// then who could not read the old one.
    public let keepsOwner: Bool

    /// The folder of the file that is replaced. The replacement is on disk once that is flushed.
    public var folder: String { WholeFile.folder(of: path) }

    /// - Parameters:
    ///   - mode: permissions of a new file, less the process's umask; one that is replaced keeps its own, its owner and
    ///     its group.
    ///   - abilities: what to try.
    ///   - write: writes the content and lets it reach the disk.
    public init(
        of path: String, mode: FileMode, abilities: FolderAbilities = .all, write: (OpenFile) throws(FileError) -> Void
    ) throws(FileError) {
        self.path = try FileLink.follow(path)
        self.abilities = abilities
        let temporaryPath = self.path + Self.suffix
        // Whatever has the name: what it may lead to is not written to.
        try Folder.removeFile(temporaryPath)
        file = try OpenFile(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        do throws(FileError) {
            keepsOwner = try file.takeAfter(self.path)
            try write(file)
        } catch {
            PathCalls.unlink(temporaryPath)
            throw error
        }
    }

    /// What a content found in its place.
    public enum Found: Equatable, Sendable {
        case nothing
        case expected
        /// Another file, which has that name now.
        case other(keptAs: String)
    }

    /// Puts the content in its place, for every reader from now on; on disk once the folder is flushed.
    ///
    /// - Parameters:
    ///   - expected: the file that may go. Any other that is there is kept.
    ///   - copy: gets the path that is replaced and gives the name for the other file, which no file has. After a kill in
    ///     the middle the new content may have that name.
    public func commit(
        over expected: FileIdentity?, keepingOthersAs copy: (String) throws(FileError) -> String
    ) throws(FileError) -> Found {
        try commit(
            over: expected, keepingOthersAs: copy,
            exchange: abilities.exchanges ? WholeFile.exchange : { _, _ in false })
    }

    /// - Parameter exchange: see `WholeFile.exchange`.
    func commit(
        over expected: FileIdentity?, keepingOthersAs copy: (String) throws(FileError) -> String,
        exchange: (String, String) -> Bool
    ) throws(FileError) -> Found {
        guard let found = try FileIdentity.of(path) else {
            try WholeFile.move(temporaryPath, to: path)
            return .nothing
        }
        guard found == expected else {
            let copy = try copy(path)
            try commit(keepingOldAs: copy, exchange: exchange)
            return .other(keptAs: copy)
        }
        guard exchange(temporaryPath, path) else {
            try WholeFile.move(temporaryPath, to: path)
            return .expected
        }
        guard try FileIdentity.of(temporaryPath) != expected else {
            discard()
            return .expected
        }
        // Somebody has changed the file since the look at it.
        do throws(FileError) {
            let copy = try copy(path)
            try WholeFile.move(temporaryPath, to: copy)
            return .other(keptAs: copy)
        } catch {
            _ = exchange(temporaryPath, path)
            throw error
        }
    }

    /// The old file has one of its two names at any time, and its place is never empty.
    private func commit(keepingOldAs copy: String, exchange: (String, String) -> Bool) throws(FileError) {
        // A kill after the exchange must not leave the old file under the name that is cleared away as a leftover.
        try WholeFile.move(temporaryPath, to: copy)
        if exchange(copy, path) { return }
        try WholeFile.move(copy, to: temporaryPath)
        if !abilities.links || PathCalls.link(path, copy) != 0 {
            // Of another user's file the system may refuse a link too (protected_hardlinks, proc_sys_fs(5)).
            try Self.copy(path, to: copy)
        }
        try WholeFile.move(temporaryPath, to: path)
    }

    private static let copyAttempts = 3

    /// Copies a file; a folder, a pipe or a device moves instead, and leaves its place empty for a moment.
    private static func copy(_ path: String, to copy: String) throws(FileError) {
        let old: OpenFile
        do throws(FileError) {
            old = try OpenFile(reading: path)
        } catch {
            guard error.code == EINVAL else { throw error }
            return try WholeFile.move(path, to: copy)
        }
        let new = try OpenFile(copy, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        do throws(FileError) {
            for _ in 0..<copyAttempts {
                let identity = try old.identity()
                guard ftruncate(new.descriptor, 0) == 0 else { throw .last("write \(copy)") }
                lseek(new.descriptor, 0, SEEK_SET)
                try new.append(0..<old.size(), of: old)
                if try old.identity() == identity { break }
                // Somebody wrote to it while it was copied.
            }
            _ = try new.takeAfter(path)
            try new.flush()
        } catch {
            PathCalls.unlink(copy)
            throw error
        }
    }

    public func discard() { PathCalls.unlink(temporaryPath) }
}

extension OpenFile {
    /// Gives this new file the owner, the group and the permissions of one that it shall replace, if there is one. Where the
    /// system does not let it, the new one is readable to nobody who could not read the old one.
    ///
    /// - Parameter path: behind all links.
    /// - Returns: false when the system does not let it.
    public func takeAfter(_ path: String) throws(FileError) -> Bool {
        var old = stat()
        guard PathCalls.stat(path, &old) == 0, old.st_mode & S_IFMT == S_IFREG else { return true }
        let new = try status()
        let hasOwner = old.st_uid == new.st_uid || fchown(descriptor, old.st_uid, gid_t.max) == 0
        let hasGroup = old.st_gid == new.st_gid || fchown(descriptor, uid_t.max, old.st_gid) == 0
        // Another group may see no more than others may.
        let others = old.st_mode & 0o007
        let permissions = old.st_mode & 0o777 & (hasGroup ? 0o777 : 0o707 | others << 3)
        let hasPermissions = try status().st_mode & 0o777 == permissions || fchmod(descriptor, permissions) == 0
        return hasOwner && hasGroup && hasPermissions
    }
}
