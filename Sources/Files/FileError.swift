import Glibc

/// A system call on a file that failed.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried, for a sentence: `write /tmp/a.png`.
    public let attempt: String
    /// The `errno` of the call.
    public let code: Int32
    /// What is wrong, where the system's words for the code would not say it: `it is a pipe`.
    private let detail: String?

    public init(attempt: String, code: Int32, detail: String? = nil) {
        self.attempt = attempt
        self.code = code
        self.detail = detail
    }

    /// To be made right after the call: it reads `errno`.
    public static func last(_ attempt: String) -> FileError {
        FileError(attempt: attempt, code: errno)
    }

    public var isFullDisk: Bool { code == ENOSPC || code == EDQUOT }

    public var isMissing: Bool { code == ENOENT }

    public var reason: String { detail ?? String(cString: strerror(code)) }

    public var description: String { "Cannot \(attempt.printable): \(reason.printable)." }
}
