import CFiles
import Glibc

/// Files with the memory of a process that crashed. They would hold passwords and keys.
public enum CoreDumps {
    /// No more of this process, nor of those that it starts. Whoever may not trace it any more, for the same reason, are programs of
    /// the same user.
    /// - Returns: whether the system has taken it.
    @discardableResult
    public static func forbid() -> Bool {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        return setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none) == 0 && cfiles_forbid_dumps() == 0
    }

    public static var areForbidden: Bool { cfiles_may_be_dumped() == 0 }
}
