import Glibc

/// A file system of a few megabytes in memory. Mounting one needs root.
public struct SmallDisk: Sendable {
    public struct Failure: Error {
        let attempt: String
        let code: Int32
    }

    private let folder: TemporaryFolder
    public var path: String { folder.path + "/disk" }

    public init(megabytes: Int) throws {
        folder = try TemporaryFolder()
        guard mkdir(folder.path + "/disk", 0o700) == 0,
            mount("tmpfs", folder.path + "/disk", "tmpfs", 0, "size=\(megabytes)m") == 0
        else { throw Failure(attempt: "mount", code: errno) }
    }

    public func unmount() { umount2(path, Int32(MNT_DETACH)) }

    /// Leaves no byte free, or takes `limit` bytes.
    public func fill(upTo limit: Int = .max) throws {
        let filler = open(path + "/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(filler) }
        var size = 4096
        var taken = 0
        let block = [UInt8](repeating: 1, count: size)
        while taken < limit {
            let count = write(filler, block, size)
            if count > 0 {
                taken += count
            } else if errno == ENOSPC, size > 1 {
                size = 1
            } else if errno == ENOSPC {
                return
            } else {
                throw Failure(attempt: "write", code: errno)
            }
        }
    }

    public func makeRoom() throws {
        guard unlink(path + "/filler") == 0 else { throw Failure(attempt: "remove", code: errno) }
    }
}
