public import Glibc

/// A new content for a file in two steps, for changes to several files: first all contents are written and flushed
/// beside their files, where a full disk hurts nobody, then each takes its place.
public struct FileReplacement: Sendable {
    private let path: String
    private var temporaryPath: String { path + Self.suffix }

    /// What the name of a content that waits ends in. A leftover is overwritten by the next replacement.
    public static let suffix = ".new"

    /// The new content. To the file system it is the same file before and after ``commit()``.
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
            if stat(path, &old) == 0, fchmod(file.descriptor, old.st_mode & 0o777) != 0 {
                throw .last("set the permissions of \(temporaryPath)")
            }
            try write(file)
        } catch {
            discard()
            throw error
        }
    }

    /// Puts the content in its place, for every reader from now on; on disk once the folder is flushed.
    public func commit() throws(FileError) {
        try WholeFile.move(temporaryPath, to: path)
    }

    public func discard() { unlink(temporaryPath) }
}
