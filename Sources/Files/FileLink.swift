import Glibc

/// A symbolic link, and whether it is to be followed to a file that is replaced.
public struct FileLink: Sendable {
    let path: String
    private let text: String
    private let owner: uid_t

    /// Nil when the path is no link.
    init?(_ path: String) {
        var status = stat()
        guard PathCalls.lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK,
            let text = PathCalls.readlink(path)
        else { return nil }
        self.path = path
        self.text = text
        owner = status.st_uid
    }

    var leadsNowhere: FileError {
        FileError(
            attempt: "follow the link \(path)", code: ENOLINK,
            detail: "it leads to \(text), where nothing is; mount the disk that it leads to, or remove the link")
    }

    private var target: String { text.utf8.first == WholeFile.slash ? text : WholeFile.folder(of: path) + "/" + text }

    /// As many as the system follows (path_resolution(7)).
    private static let longestChain = 40

    /// What is written to when a file is written by this path: behind all links, whoever they belong to, also where the last
    /// one leads to a name that nothing has. For paths that a person has given to this process.
    public static func destination(of path: String) throws(FileError) -> String { try way(of: path).last ?? path }

    /// The path, then where it leads if it is a link, and so on: the last one is no link.
    public static func way(of path: String) throws(FileError) -> [String] {
        var (way, end) = ([path], path)
        while let link = FileLink(end) {
            guard way.count < longestChain else { throw FileError(attempt: "follow the link \(path)", code: ELOOP) }
            end = link.target
            way.append(end)
        }
        return way
    }

    /// Where the file of a path lies, behind its links: what takes its place must be made there.
    ///
    /// Whoever can put a link into the folder must not choose what this process replaces. So every link and what the last
    /// one leads to must belong to this process's user or to root.
    /// - Throws: when they belong to others, or a link leads nowhere.
    public static func follow(_ path: String) throws(FileError) -> String {
        try follow(path, trusted: [0, geteuid()])
    }

    static func follow(_ path: String, trusted: [uid_t]) throws(FileError) -> String {
        guard let first = FileLink(path) else { return path }
        var link = first
        for _ in 0..<longestChain {
            try checkOwner(link.owner, trusted, of: "the link", path)
            var status = stat()
            guard PathCalls.lstat(link.target, &status) == 0 else { throw first.leadsNowhere }
            guard let next = FileLink(link.target) else {
                try checkOwner(status.st_uid, trusted, of: link.target, path)
                return link.target
            }
            link = next
        }
        throw FileError(attempt: "follow the link \(path)", code: ELOOP)
    }

    private static func checkOwner(
        _ owner: uid_t, _ trusted: [uid_t], of what: String, _ path: String
    ) throws(FileError) {
        guard !trusted.contains(owner) else { return }
        throw FileError(
            attempt: "follow the link \(path)", code: EPERM,
            detail: "\(what) belongs to user \(owner), and must belong to user \(geteuid()) or to root")
    }

    /// True when something is mounted at exactly this path: nothing can take the place of a file there.
    public static func isMountPoint(_ path: String) -> Bool { PathCalls.isMountPoint(path) }
}
