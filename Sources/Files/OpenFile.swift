import CFiles
public import Glibc

/// Permissions of a file or folder, the low bits of `st_mode` (stat(2)).
public typealias FileMode = mode_t

/// A file descriptor that closes itself with the last reference. Its calls block: use it where that hurts nobody.
public final class OpenFile: Sendable {
    public let descriptor: Int32
    public let path: String

    /// Opens or makes the file; never inherited by child processes.
    public init(_ path: String, _ flags: Int32, mode: FileMode = 0) throws(FileError) {
        descriptor = PathCalls.open(path, flags | O_CLOEXEC, mode)
        self.path = path
        guard descriptor >= 0 else { throw .last("open \(path)") }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Opens a plain file to read it. Of anything else that has its name an error says what it is: opening a pipe would
    /// wait for its writer, opening a device may set something going. So does one of a link that leads nowhere, which is no
    /// missing file.
    public convenience init(reading path: String) throws(FileError) {
        var status = stat()
        guard PathCalls.stat(path, &status) == 0 else {
            let code = errno
            guard code == ENOENT, let link = FileLink(path) else {
                throw FileError(attempt: "open \(path)", code: code)
            }
            throw link.leadsNowhere
        }
        try Self.checkPlain(status, path)
        // Something else may have got the name since.
        try self.init(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        try Self.checkPlain(try self.status(), path)
    }

    private static func checkPlain(_ status: stat, _ path: String) throws(FileError) {
        let kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: nil as String?
            case S_IFDIR: "a folder"
            case S_IFIFO: "a pipe"
            case S_IFSOCK: "a socket"
            default: "a device"
            }
        guard let kind else { return }
        throw FileError(attempt: "read \(path)", code: EINVAL, detail: "it is \(kind), not a file")
    }

    /// The whole content of a plain file; nil when there is no such file.
    ///
    /// - Parameter limit: bytes; of a longer file nothing is read.
    public static func contents(of path: String, limit: Int = Int.max) throws(FileError) -> [UInt8]? {
        do throws(FileError) {
            return try OpenFile(reading: path).contents(limit: limit)
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }

    /// The whole content.
    ///
    /// - Parameter limit: bytes; of a longer file nothing is read.
    public func contents(limit: Int) throws(FileError) -> [UInt8] {
        let size = try size()
        guard size <= limit else {
            throw FileError(
                attempt: "read \(path)", code: EFBIG, detail: "it has \(size) bytes, and at most \(limit) are read")
        }
        return try read(count: size, from: 0)
    }

    /// Writes all bytes, going on after short writes and interruptions.
    public func write(_ bytes: Span<UInt8>) throws(FileError) {
        try Self.write(bytes, to: descriptor, named: path)
    }

    /// As `write`, to a descriptor that somebody else has opened and closes.
    public static func write(_ bytes: Span<UInt8>, to descriptor: Int32, named path: String) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBufferPointer { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
            }
            if count >= 0 { done += count } else if errno != EINTR { throw .last("write \(path)") }
        }
    }

    /// At most `count` bytes from `offset` on; fewer only where the file ends.
    public func read(count: Int, from offset: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let read = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
            }
            if read == 0 { break }
            if read > 0 { done += read } else if errno != EINTR { throw .last("read \(path)") }
        }
        bytes.removeLast(count - done)
        return bytes
    }

    public func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last("look at \(path)") }
        return status
    }

    /// True when both are the same file or folder, by whatever names they were opened.
    public func isSame(as other: OpenFile) throws(FileError) -> Bool {
        let (own, others) = (try status(), try other.status())
        return own.st_dev == others.st_dev && own.st_ino == others.st_ino
    }

    /// Bytes.
    public func size() throws(FileError) -> Int {
        Int(try status().st_size)
    }

    /// True when it is a plain file: no folder, pipe or device.
    public func isPlain() throws(FileError) -> Bool {
        try status().st_mode & S_IFMT == S_IFREG
    }

    /// When the content was changed last, in nanoseconds since 1970.
    public func modificationTime() throws(FileError) -> Int64 {
        let time = try status().st_mtim
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Returns when the content has reached the disk.
    public func flush() throws(FileError) {
        if fsync(descriptor) == 0 { return }
        // Some file systems flush no folders by themselves (fsync(2), EINVAL).
        guard errno == EINVAL, cfiles_flush_file_system(descriptor) == 0 else { throw .last("flush \(path)") }
    }
}
