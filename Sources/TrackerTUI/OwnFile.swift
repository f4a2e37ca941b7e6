import Files
import Glibc

/// A file that decides where a password goes: it is read only when nobody but this process's user and root can have
/// written it.
enum OwnFile {
    enum Reading: Equatable, Sendable {
        case missing
        /// In any encoding, see SystemPath.swift.
        case text(String)
        /// Why: the end of a sentence.
        case passedOver(String)
    }

    /// Owner and mode of a file, a link or a folder.
    struct Owned: Equatable, Sendable {
        var owner: uid_t
        var mode: FileMode

        init(owner: uid_t, mode: FileMode) {
            (self.owner, self.mode) = (owner, mode)
        }

        init(_ status: stat) {
            self.init(owner: status.st_uid, mode: status.st_mode & 0o7777)
        }
    }

    /// Reads at most `limit` bytes; a larger file is passed over. Blocks.
    static func read(_ path: String, limit: Int, user: uid_t = geteuid()) -> Reading {
        var name = stat()
        guard PathCalls.lstat(path, &name) == 0 else {
            return [ENOENT, ENOTDIR].contains(errno) ? .missing : .passedOver(reason())
        }
        do throws(FileError) {
            let file = try OpenFile(reading: path)
            // Of what is open, so that nothing can take its place meanwhile.
            let status = Owned(try file.status())
            for step in try FileLink.way(of: path) {
                var folder = stat()
                guard PathCalls.lstat(step, &name) == 0, PathCalls.stat(WholeFile.folder(of: step), &folder) == 0 else {
                    return .passedOver(reason())
                }
                let objection = objection(to: status, named: Owned(name), in: Owned(folder), user: user)
                if let objection { return .passedOver(objection) }
            }
            let bytes = try file.contents(limit: limit)
            return .text(bytes.withUnsafeBytes { String(systemBytes: $0) })
        } catch {
            return .passedOver(error.reason)
        }
    }

    private static func reason() -> String { FileError.last("").reason }

    /// What speaks against a file; nil when nothing does.
    ///
    /// - Parameters:
    ///   - named: what has its name, or leads on to it: itself, or a link, whose mode says nothing.
    ///   - folder: where that lies.
    static func objection(to file: Owned, named: Owned, in folder: Owned, user: uid_t) -> String? {
        for (what, owned) in [("it", file), ("the link", named), ("its folder", folder)]
        where owned.owner != user && owned.owner != 0 {
            return "\(what) belongs to user \(owned.owner)"
        }
        if file.mode & othersWrite != 0 { return "others can write it" }
        // Where others make files too, such as in /tmp, they can take away and rename only their own.
        if folder.mode & othersWrite != 0, folder.mode & sticky == 0 { return "others can write its folder" }
        return nil
    }

    private static let othersWrite: FileMode = 0o022
    private static let sticky: FileMode = 0o1000
}
