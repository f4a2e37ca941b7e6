import CFiles
import Glibc

/// Writing in the middle of files, for journals and for contents that are mostly copied.
extension OpenFile {
    /// Writes all bytes at `offset`.
    public func write(_ bytes: Span<UInt8>, at offset: Int) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBufferPointer { buffer in
                pwrite(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
            }
            if count >= 0 { done += count } else if errno != EINTR { throw .last("write \(path)") }
        }
    }

    /// Appends a part of another file at this one's position, inside the kernel where it can.
    public func append(_ range: Range<Int>, of source: OpenFile) throws(FileError) {
        var offset = off_t(range.lowerBound)
        while offset < range.upperBound {
            let count = sendfile(descriptor, source.descriptor, &offset, range.upperBound - Int(offset))
            if count > 0 || count < 0 && errno == EINTR { continue }
            // Where the kernel can't, and where the source ends too early, reading says so.
            let bytes = try source.read(count: min(1 << 20, range.upperBound - Int(offset)), from: Int(offset))
            guard !bytes.isEmpty else { throw FileError(attempt: "copy \(source.path)", code: EIO) }
            try write(bytes.span)
            offset += off_t(bytes.count)
        }
    }

    /// Takes away what lies behind the first `size` bytes.
    public func cut(to size: Int) throws(FileError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw .last("shorten \(path)") }
    }

    /// Returns when the content, and the size if reading needs it, has reached the disk (fdatasync(2)).
    public func flushData() throws(FileError) {
        guard fdatasync(descriptor) == 0 else { throw .last("flush \(path)") }
    }

    /// Lets the disk begin with what was written, for a flush that comes later.
    public func startWriting() { cfiles_start_writing(descriptor) }

    /// Sets when the content was changed last, in nanoseconds since 1970. Whoever writes to the file afterwards sets it anew.
    public func setModificationTime(_ nanoseconds: Int64) throws(FileError) {
        // UTIME_OMIT of <sys/stat.h>, a macro that Swift does not import: the time of the last reading stays.
        let unchanged = timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2)
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let time =
            rest < 0
            ? timespec(tv_sec: Int(seconds - 1), tv_nsec: Int(rest + 1_000_000_000))
            : timespec(tv_sec: Int(seconds), tv_nsec: Int(rest))
        guard futimens(descriptor, [unchanged, time]) == 0 else { throw .last("set the time of \(path)") }
    }

    /// What tells one content of a path from another without reading it.
    public func identity() throws(FileError) -> FileIdentity {
        FileIdentity(try status())
    }
}

/// A file and its content, as far as the file system tells: another file, another size or a later write is another
/// identity; another name or other permissions are not.
public struct FileIdentity: Equatable, Sendable {
    private let device: dev_t
    private let inode: ino_t
    private let size: off_t
    private let seconds: Int
    private let nanoseconds: Int

    init(_ status: stat) {
        device = status.st_dev
        inode = status.st_ino
        size = status.st_size
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }

    /// True when the file is the one that has this path.
    public func isFile(at path: String) throws(FileError) -> Bool {
        var status = stat()
        if PathCalls.stat(path, &status) == 0 { return status.st_dev == device && status.st_ino == inode }
        guard errno == ENOENT else { throw .last("look at \(path)") }
        return false
    }

    /// Nil when there is no such file.
    public static func of(_ path: String) throws(FileError) -> FileIdentity? {
        var status = stat()
        if PathCalls.stat(path, &status) == 0 { return FileIdentity(status) }
        guard errno == ENOENT else { throw .last("look at \(path)") }
        return nil
    }
}
