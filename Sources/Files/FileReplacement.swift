public import Glibc

/// A new content for a file in two steps, for changes to several files: first all contents are written and flushed
/// beside their files, where a full disk hurts nobody, then each takes its place.
public struct FileReplacement: Sendable {
    private let path: String
    private var temporaryPath: String { path + Self.suffix }

    /// What the name of a content that waits ends in. A leftover is overwritten by the next replacement.
    public static let suffix = ".new"

    /// The new content. To the file system it is the same file before and after it takes its place.
    public let file: OpenFile

    /// - Parameters:
    ///   - mode: permissions of a new file, less the process's umask; one that is replaced keeps its own.
    ///   - write: writes the content and lets it reach the disk.
    public init(
        of path: String, mode: mode_t, write: (OpenFile) throws(FileError) -> Void
    ) throws(FileError) {
        self.path = path
        file = try OpenFile(path + Self.suffix, O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
        do throws(FileError) {
            var old = stat()
            let isPlain = stat(path, &old) == 0 && old.st_mode & S_IFMT == S_IFREG
            if isPlain, fchmod(file.descriptor, old.st_mode & 0o777) != 0 {
                throw .last("set the permissions of \(temporaryPath)")
            }
            try write(file)
        } catch {
            discard()
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
    ///   - copy: gives the name for it, which no file has. After a kill in the middle the new content may have that name.
    public func commit(
        over expected: FileIdentity?, keepingOthersAs copy: () throws(FileError) -> String
    ) throws(FileError) -> Found {
        try commit(over: expected, keepingOthersAs: copy, exchange: WholeFile.exchange)
    }

    /// - Parameter exchange: see `WholeFile.exchange`.
    func commit(
        over expected: FileIdentity?, keepingOthersAs copy: () throws(FileError) -> String,
        exchange: (String, String) -> Bool
    ) throws(FileError) -> Found {
        guard let found = try FileIdentity.of(path) else {
            try WholeFile.move(temporaryPath, to: path)
            return .nothing
        }
        guard found == expected else {
            let copy = try copy()
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
            let copy = try copy()
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
        // Of another user's file the system may refuse this (protected_hardlinks, proc_sys_fs(5)).
        guard link(path, copy) == 0 else { throw .last("keep \(path) as \(copy)") }
        try WholeFile.move(temporaryPath, to: path)
    }

    public func discard() { unlink(temporaryPath) }
}
