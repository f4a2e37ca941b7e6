import FoundationEssentials
public import Glibc

/// Files that appear whole or not at all: whoever looks sees the old content or the new one, also after `kill -9` and
/// power loss.
public enum WholeFile {
    /// The end of the names of files that are still being written.
    public static let unfinishedSuffix = ".unfinished"

    /// Makes the file, or replaces the one that has its name, and returns when it has reached the disk.
    ///
    /// The content is written to a file without a name (O_TMPFILE, open(2)) that is then linked into the folder, so
    /// that nothing is left behind when the process is killed. Where the file system cannot do that, or the name is
    /// taken, the file first has a name that ends in `unfinishedSuffix` and is then renamed.
    ///
    /// - Parameter mode: permissions of the new file, less the process's umask.
    public static func write(_ bytes: Span<UInt8>, to path: String, mode: mode_t) throws(FileError) {
        let folder = folder(of: path)
        if try !writeNameless(bytes, to: path, in: folder, mode: mode) {
            let temporary = temporaryPath(for: path, in: folder)
            do throws(FileError) {
                let file = try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
                try file.write(bytes)
                try file.flush()
                try move(temporary, to: path)
            } catch {
                unlink(temporary)
                throw error
            }
        }
        try flushFolder(folder)
    }

    /// Moves a file within its file system, replacing what has the new name.
    public static func move(_ path: String, to newPath: String) throws(FileError) {
        guard rename(path, newPath) == 0 else { throw .last("rename \(path) to \(newPath)") }
    }

    /// Returns when additions to and removals from the folder have reached the disk.
    public static func flushFolder(_ path: String) throws(FileError) {
        try OpenFile(path, O_RDONLY | O_DIRECTORY).flush()
    }

    /// False when the file system has no files without names.
    private static func writeNameless(
        _ bytes: Span<UInt8>, to path: String, in folder: String, mode: mode_t
    ) throws(FileError) -> Bool {
        // O_TMPFILE of <fcntl.h>, a macro that Swift does not import; the first bit is the same on all of Linux but
        // alpha, parisc and sparc.
        let nameless = O_DIRECTORY | 0o20000000
        let file: OpenFile
        do throws(FileError) {
            file = try OpenFile(folder, O_WRONLY | nameless, mode: mode)
        } catch {
            if [EOPNOTSUPP, EISDIR, EINVAL].contains(error.code) { return false }
            throw FileError(attempt: "write \(path)", code: error.code)
        }
        try file.write(bytes)
        try file.flush()
        let source = "/proc/self/fd/\(file.descriptor)"
        if linkat(AT_FDCWD, source, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 { return true }
        // Without /proc the content cannot get a name.
        if errno == ENOENT { return false }
        guard errno == EEXIST else { throw .last("write \(path)") }
        let temporary = temporaryPath(for: path, in: folder)
        guard linkat(AT_FDCWD, source, AT_FDCWD, temporary, AT_SYMLINK_FOLLOW) == 0 else {
            throw .last("write \(temporary)")
        }
        do throws(FileError) {
            try move(temporary, to: path)
        } catch {
            unlink(temporary)
            throw error
        }
        return true
    }

    /// The folder of a path, `.` for a bare name.
    public static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Short, because a name has 255 bytes at most and `path`'s own may be that long.
    private static func temporaryPath(for path: String, in folder: String) -> String {
        "\(folder)/.\(UUID().uuidString)\(unfinishedSuffix)"
    }
}
