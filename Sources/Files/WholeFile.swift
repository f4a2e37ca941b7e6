import FoundationEssentials
import Glibc

/// Files that appear whole or not at all: whoever looks sees the old content or the new one, also after `kill -9` and
/// power loss.
public enum WholeFile {
    /// The end of the names of files that are still being written.
    public static let unfinishedSuffix = ".unfinished"

    /// Makes the file, or replaces the one that has its name, and returns when it has reached the disk.
    ///
    /// When the process is killed, nothing is left behind; see ``UnnamedFile``. Where the file system needs a passing name,
    /// or the name is taken, that name ends in `unfinishedSuffix`.
    ///
    /// - Parameters:
    ///   - mode: permissions of the new file, less the process's umask.
    ///   - folders: of those who rename files in the same folder without flushing it at once.
    public static func write(
        _ bytes: Span<UInt8>, to path: String, mode: FileMode, folders: FolderFlushes = FolderFlushes()
    ) throws(FileError) {
        let file = try unfinished(for: path, mode: mode)
        try file.file.write(bytes)
        try file.file.flush()
        let folder = folder(of: path)
        let failures = folders.failures(of: folder)
        try file.replace(path)
        try folders.flush(folder, since: failures)
    }

    /// Moves a file within its file system, replacing what has the new name.
    public static func move(_ path: String, to newPath: String) throws(FileError) {
        guard PathCalls.rename(path, newPath) == 0 else { throw .last("rename \(path) to \(newPath)") }
    }

    /// Exchanges the files of two names in one step.
    /// - Returns: false when the system can't: not every file system can.
    static func exchange(_ path: String, _ other: String) -> Bool { PathCalls.exchange(path, other) == 0 }

    /// Renames to a name that nothing has, in one step.
    /// - Returns: false when the name is taken; nil when the system can't: not every file system can.
    static func moveToNew(_ path: String, _ newPath: String) -> Bool? {
        if PathCalls.moveToNew(path, newPath) == 0 { return true }
        return errno == EEXIST ? false : nil
    }

    /// True when the name is that of a file that was still being written when its process was killed.
    public static func isUnfinished(_ name: String) -> Bool {
        name.hasPrefix(".") && name.hasSuffix(unfinishedSuffix)
    }

    /// Returns when additions to and removals from the folder have reached the disk.
    public static func flushFolder(_ path: String) throws(FileError) {
        try OpenFile(path, O_RDONLY | O_DIRECTORY).flush()
    }

    /// A file to be filled and then to replace the one of that name.
    public static func unfinished(for path: String, mode: FileMode) throws(FileError) -> UnnamedFile {
        do throws(FileError) {
            // Short, because a name has 255 bytes at most and the file's own may be that long.
            return try UnnamedFile(
                in: folder(of: path), mode: mode, passingName: ".\(UUID().uuidString)\(unfinishedSuffix)")
        } catch {
            throw FileError(attempt: "write \(path)", code: error.code)
        }
    }

    static let slash = UInt8(ascii: "/")

    /// The folder of a path, `.` for a bare name.
    public static func folder(of path: String) -> String {
        // Not as a character: one that begins with the slash may have more.
        guard let slash = path.utf8.lastIndex(of: slash) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
