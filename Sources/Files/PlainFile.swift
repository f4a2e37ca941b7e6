import Glibc

/// What the file system says of a plain file: no folder, link, pipe or device.
public struct PlainFile: Sendable, Equatable {
    /// Its number: no two files of a file system have the same at a time.
    public let number: UInt64
    /// When its content was changed last, in seconds since 1970.
    public let modified: Int64

    /// Nil when nothing has that path, or something else.
    public static func at(_ path: String) throws(FileError) -> PlainFile? {
        var status = stat()
        guard PathCalls.lstat(path, &status) == 0 else {
            guard errno == ENOENT else { throw .last("look at \(path)") }
            return nil
        }
        return status.st_mode & S_IFMT == S_IFREG ? PlainFile(status) : nil
    }

    /// Whether what has that path is a plain file; nil when nothing has it, or it can't be asked.
    public static func isPlain(_ path: String) -> Bool? {
        var status = stat()
        guard PathCalls.lstat(path, &status) == 0 else { return nil }
        return status.st_mode & S_IFMT == S_IFREG
    }

    private init(_ status: stat) {
        number = UInt64(status.st_ino)
        modified = Int64(status.st_mtim.tv_sec)
    }
}

extension OpenFile {
    /// See `PlainFile.number`.
    public func number() throws(FileError) -> UInt64 { UInt64(try status().st_ino) }
}
