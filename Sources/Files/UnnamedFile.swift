import Glibc
import Synchronization

/// A file that gets its name once its content is complete: nobody sees half of it, and when the process is killed before,
/// nothing is left.
///
/// It lies in its folder without a name (O_TMPFILE, open(2)). Where the file system has no such files, it has a passing
/// name until it gets its own; after a kill that name stays, for the next start to clear away.
///
/// Every call blocks.
public final class UnnamedFile: Sendable {
    public let file: OpenFile
    private let passingPath: String
    let hasPassingName: Bool
    private let abilities: FolderAbilities
    private let isNamed = Atomic(false)

    /// - Parameters:
    ///   - mode: permissions, less the process's umask.
    ///   - passingName: no other file of the folder may have it.
    ///   - abilities: what to try.
    public init(
        in folder: String, mode: FileMode, passingName: String, abilities: FolderAbilities = .all
    ) throws(FileError) {
        passingPath = "\(folder)/\(passingName)"
        self.abilities = abilities
        let nameless = abilities.namelessFiles ? try Self.nameless(in: folder, mode: mode) : nil
        hasPassingName = nameless == nil
        if let nameless {
            file = nameless
        } else {
            file = try OpenFile(passingPath, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
        }
    }

    deinit {
        if hasPassingName { PathCalls.unlink(passingPath) }
    }

    /// Gives the file a name that no other may have.
    ///
    /// Where the file system can do so neither by a link nor by an exclusive rename, it is seen first whether the name is
    /// free: nobody else may give names there meanwhile.
    /// - Returns: false when the name is taken.
    public func name(_ path: String) throws(FileError) -> Bool {
        let isNamed = hasPassingName ? try move(to: path) : try link(to: path)
        if isNamed { self.isNamed.store(true, ordering: .relaxed) }
        return isNamed
    }

    private func link(to path: String) throws(FileError) -> Bool {
        // Permitted to everybody since Linux 6.10, and twice as fast as the way by /proc (linkat(2)).
        var result = PathCalls.link(file.descriptor, "", to: path, Self.emptyPath)
        if result != 0, errno == ENOENT {
            result = PathCalls.link(
                AT_FDCWD, "\(Self.descriptors)/\(file.descriptor)", to: path, AT_SYMLINK_FOLLOW)
        }
        guard result == 0 || errno == EEXIST else { throw .last("write \(path)") }
        return result == 0
    }

    private func move(to path: String) throws(FileError) -> Bool {
        if abilities.exclusiveRenames, let isNamed = WholeFile.moveToNew(passingPath, path) { return isNamed }
        if abilities.links {
            let result = PathCalls.link(passingPath, path)
            if result == 0 || errno == EEXIST {
                if result == 0 { PathCalls.unlink(passingPath) }
                return result == 0
            }
        }
        var status = stat()
        if PathCalls.lstat(path, &status) == 0 { return false }
        guard errno == ENOENT else { throw .last("write \(path)") }
        try WholeFile.move(passingPath, to: path)
        return true
    }

    /// Gives the file a name, and takes it from the file that had it, in one step.
    public func replace(_ path: String) throws(FileError) {
        if !hasPassingName {
            if try name(path) { return }
            guard try name(passingPath) else { throw FileError(attempt: "write \(passingPath)", code: EEXIST) }
        }
        do throws(FileError) {
            try WholeFile.move(passingPath, to: path)
        } catch {
            PathCalls.unlink(passingPath)
            throw error
        }
    }

    /// Frees what the file takes on the disk, unless it has a name. Letting go of it does too, on whatever thread that is.
    public func discard() throws(FileError) {
        if hasPassingName { try Folder.removeFile(passingPath) }
        guard !isNamed.load(ordering: .relaxed), try file.status().st_nlink == 0 else { return }
        guard ftruncate(file.descriptor, 0) == 0 else { throw .last("empty \(passingPath)") }
    }

    /// AT_EMPTY_PATH of <fcntl.h>, which Swift does not import.
    private static let emptyPath: Int32 = 0x1000
    private static let descriptors = "/proc/self/fd"
    /// Without it, a file that has no name can't get one.
    private static let hasDescriptors = access(descriptors, X_OK) == 0

    /// Nil when the file system has no files without names.
    private static func nameless(in folder: String, mode: FileMode) throws(FileError) -> OpenFile? {
        guard hasDescriptors else { return nil }
        // O_TMPFILE of <fcntl.h>, a macro that Swift does not import; the first bit is the same on all of Linux but
        // alpha, parisc and sparc.
        let nameless = O_DIRECTORY | 0o20000000
        do throws(FileError) {
            return try OpenFile(folder, O_RDWR | nameless, mode: mode)
        } catch {
            guard [EOPNOTSUPP, EISDIR, EINVAL].contains(error.code) else { throw error }
            return nil
        }
    }
}
