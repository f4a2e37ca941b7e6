import Files
import Glibc
import JSON

/// The client's own folder: the offline queue, what one run leaves for the next (``ClientState``), and the log.
struct StateDirectory: Sendable {
    /// Bytes: a log that is larger becomes the old one, and the old one goes.
    static let logLimit: Int64 = 5_000_000

    let path: String

    /// Makes the folder, for this user alone, where it is missing.
    init(path: String) throws(FileError) {
        self.path = path
        try Folder.make(path, mode: 0o700)
    }

    var spool: String { path + "/queue" }
    private var log: String { path + "/tracker-tui.log" }

    /// - Returns: a descriptor that appends; it stays open until the process ends.
    func openLog() throws(FileError) -> Int32 {
        var facts = stat()
        if PathCalls.stat(log, &facts) == 0, facts.st_size > Self.logLimit { try WholeFile.move(log, to: log + ".old") }
        let descriptor = PathCalls.open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .last("open \(log)") }
        return descriptor
    }

    /// Gives the descriptor of a log that has grown too large a new file.
    func renewLog(_ descriptor: Int32) throws(FileError) {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_size > Self.logLimit else { return }
        let new = try openLog()
        defer { close(new) }
        guard dup2(new, descriptor) >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) >= 0 else {
            throw .last("open \(log)")
        }
    }
}
