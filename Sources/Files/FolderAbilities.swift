import Glibc

/// What the file system of a folder can do beyond what files need at least: plain renames, and locks.
///
/// Where something is missing there is another way that keeps the same promises. What is true here is tried first, and may
/// still fail: a link may lead to another file system.
public struct FolderAbilities: Equatable, Sendable {
    /// Files that get their names later (O_TMPFILE, open(2)).
    public var namelessFiles: Bool
    /// A second name for a file (link(2)).
    public var links: Bool
    /// Renaming to a name only when nothing has it (RENAME_NOREPLACE, renameat2(2)).
    public var exclusiveRenames: Bool
    /// Exchanging two names (RENAME_EXCHANGE, renameat2(2)).
    public var exchanges: Bool
    /// Permissions of a file's own.
    public var permissions: Bool

    public static let all = FolderAbilities(
        namelessFiles: true, links: true, exclusiveRenames: true, exchanges: true, permissions: true)

    public init(namelessFiles: Bool, links: Bool, exclusiveRenames: Bool, exchanges: Bool, permissions: Bool) {
        self.namelessFiles = namelessFiles
        self.links = links
        self.exclusiveRenames = exclusiveRenames
        self.exchanges = exchanges
        self.permissions = permissions
    }

    /// What is missing, in words for a sentence.
    public var missing: [String] {
        var missing: [String] = []
        if !namelessFiles { missing.append("files without names") }
        if !links { missing.append("hard links") }
        if !exclusiveRenames { missing.append("exclusive renames") }
        if !exchanges { missing.append("exchanges of names") }
        if !permissions { missing.append("permissions") }
        return missing
    }

    /// Such files are gone when the probe ends; after a kill the next one removes them.
    public static let probePrefix = ".probe-"

    /// Tries everything in a folder that no other process uses. Where not even a file can be made, nothing is known to be
    /// missing: whoever writes there next says why it can't be done. Blocks.
    public static func probe(_ folder: String) -> FolderAbilities {
        let (one, two) = ("\(folder)/\(probePrefix)1", "\(folder)/\(probePrefix)2")
        let remove = {
            PathCalls.unlink(one)
            PathCalls.unlink(two)
        }
        remove()
        defer { remove() }
        do throws(FileError) {
            var abilities = all
            let nameless = try UnnamedFile(in: folder, mode: 0o600, passingName: "\(probePrefix)1")
            abilities.namelessFiles = nameless.hasPassingName ? false : try nameless.name(one)
            remove()
            let file = try OpenFile(one, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            let keeps = (try keeps(0o600, file), try keeps(0o400, file))
            abilities.permissions = keeps == (true, true)
            abilities.links = PathCalls.link(one, two) == 0
            PathCalls.unlink(two)
            abilities.exclusiveRenames = WholeFile.moveToNew(one, two) == true
            remove()
            for path in [one, two] { _ = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600) }
            abilities.exchanges = WholeFile.exchange(one, two)
            return abilities
        } catch {
            return all
        }
    }

    private static func keeps(_ permissions: FileMode, _ file: OpenFile) throws(FileError) -> Bool {
        guard fchmod(file.descriptor, permissions) == 0 else { return false }
        return try file.status().st_mode & 0o777 == permissions
    }
}
