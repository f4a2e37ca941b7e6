import Glibc

/// A file descriptor that closes itself. Its calls block, so it is used on a `BlockingExecutor`.
struct OpenFile: ~Copyable {
    let descriptor: Int32
    private let path: String

    /// Opens or makes the file; never inherited by child processes.
    init(_ path: String, _ flags: Int32, mode: mode_t = 0) throws(FileError) {
        descriptor = open(path, flags | O_CLOEXEC, mode)
        self.path = path
        guard descriptor >= 0 else { throw .last("open \(path)") }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Writes all bytes, going on after short writes and interruptions.
    func write(_ bytes: Span<UInt8>) throws(FileError) {
        try Self.write(bytes, to: descriptor, named: path)
    }

    /// As `write`, to a descriptor that somebody else has opened and closes.
    static func write(_ bytes: Span<UInt8>, to descriptor: Int32, named path: String) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBufferPointer { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done)
            }
            if count >= 0 { done += count } else if errno != EINTR { throw .last("write \(path)") }
        }
    }

    /// At most `count` bytes from `offset` on; fewer only where the file ends.
    func read(count: Int, from offset: Int) throws(FileError) -> [UInt8] {
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

    /// Bytes.
    func size() throws(FileError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last("look at \(path)") }
        return Int(status.st_size)
    }

    /// Returns when the content has reached the disk.
    func flush() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw .last("flush \(path)") }
    }
}
