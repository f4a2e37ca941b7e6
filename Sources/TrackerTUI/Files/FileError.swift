import Glibc

/// A system call on a file that failed.
struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried, for a sentence: `write /tmp/a.png`.
    let attempt: String
    /// The `errno` of the call.
    let code: Int32

    /// To be made right after the call: it reads `errno`.
    static func last(_ attempt: String) -> FileError {
        FileError(attempt: attempt, code: errno)
    }

    var isFullDisk: Bool { code == ENOSPC || code == EDQUOT }

    var reason: String { String(cString: strerror(code)) }

    var description: String { "Cannot \(attempt): \(reason)." }
}
