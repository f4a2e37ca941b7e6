import Glibc

/// A file system as memory cards have it: without hard links, permissions, files without names and exchanges of names.
public struct ExFATDisk: Sendable {
    /// Where it is mounted.
    public let path: String

    /// Mounting needs root, FUSE and loop devices, which containers often lack.
    public static let isPossible =
        getuid() == 0
        && ["/dev/fuse", "/dev/loop-control", "/usr/sbin/mount.exfat-fuse", "/usr/sbin/mkfs.exfat"].allSatisfy {
            (path: String) in access(path, F_OK) == 0
        }

    /// Runs `body` beside a new one of 64 MB.
    public static func with(_ body: (ExFATDisk) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let (image, path) = (folder.path + "/image", folder.path + "/disk")
        mkdir(path, 0o700)
        for command in [["truncate", "-s", "64M", image], ["/usr/sbin/mkfs.exfat", image]] { try await done(command) }
        let device = try await done(["/usr/sbin/losetup", "-f", "--show", image])
        do {
            try await done(["/usr/sbin/mount.exfat-fuse", device, path])
            do {
                try await body(ExFATDisk(path: path))
            } catch {
                umount2(path, Int32(MNT_DETACH))
                throw error
            }
            umount2(path, Int32(MNT_DETACH))
        } catch {
            _ = try await run("/usr/sbin/losetup", "-d", device)
            throw error
        }
        try await done(["/usr/sbin/losetup", "-d", device])
    }

    struct Failure: Error {
        let command: [String]
        let errors: String
    }

    @discardableResult
    private static func done(_ command: [String]) async throws -> String {
        let outcome = try await run(command)
        guard outcome.status == 0 else { throw Failure(command: command, errors: outcome.errors) }
        return String(decoding: outcome.output.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
