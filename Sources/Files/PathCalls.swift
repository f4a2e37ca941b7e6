import CFiles
public import Glibc

/// The system's calls that take paths: each as its page in section 2 of the manual says, for any path, see SystemPath.swift.
public enum PathCalls {
    public static func open(_ path: String, _ flags: Int32, _ mode: FileMode = 0) -> Int32 {
        path.withSystemBytes { Glibc.open($0, flags, mode) }
    }

    public static func stat(_ path: String, _ status: inout Glibc.stat) -> Int32 {
        path.withSystemBytes { systemStatus($0, &status) }
    }

    public static func lstat(_ path: String, _ status: inout Glibc.stat) -> Int32 {
        path.withSystemBytes { Glibc.lstat($0, &status) }
    }

    @discardableResult
    public static func unlink(_ path: String) -> Int32 { path.withSystemBytes { Glibc.unlink($0) } }

    static func rename(_ path: String, _ newPath: String) -> Int32 {
        path.withSystemBytes { old in newPath.withSystemBytes { Glibc.rename(old, $0) } }
    }

    static func link(_ path: String, _ newPath: String) -> Int32 {
        path.withSystemBytes { old in newPath.withSystemBytes { Glibc.link(old, $0) } }
    }

    /// - Parameters:
    ///   - descriptor: the file, where `path` is empty and `flags` say so.
    static func link(_ descriptor: Int32, _ path: String, to newPath: String, _ flags: Int32) -> Int32 {
        path.withSystemBytes { old in
            newPath.withSystemBytes { linkat(descriptor, old, AT_FDCWD, $0, flags) }
        }
    }

    static func mkdir(_ path: String, _ mode: FileMode) -> Int32 { path.withSystemBytes { Glibc.mkdir($0, mode) } }

    static func access(_ path: String, _ mode: Int32) -> Int32 { path.withSystemBytes { Glibc.access($0, mode) } }

    static func opendir(_ path: String) -> OpaquePointer? { path.withSystemBytes { Glibc.opendir($0) } }

    /// The text of a link; nil where there is none.
    static func readlink(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(byteCount: Int(PATH_MAX), alignment: 1) { buffer in
            guard let start = buffer.bindMemory(to: CChar.self).baseAddress else { return nil }
            let count = path.withSystemBytes { Glibc.readlink($0, start, buffer.count) }
            return count > 0 ? String(systemBytes: UnsafeRawBufferPointer(start: start, count: count)) : nil
        }
    }

    /// The path without links and dots; nil with `errno` where there is none.
    static func realpath(_ path: String) -> String? {
        guard let resolved = path.withSystemBytes({ Glibc.realpath($0, nil) }) else { return nil }
        defer { free(resolved) }
        return String(systemBytes: resolved)
    }

    static func exchange(_ path: String, _ other: String) -> Int32 {
        path.withSystemBytes { old in other.withSystemBytes { cfiles_exchange(old, $0) } }
    }

    static func moveToNew(_ path: String, _ newPath: String) -> Int32 {
        path.withSystemBytes { old in newPath.withSystemBytes { cfiles_move_to_new(old, $0) } }
    }

    static func isMountPoint(_ path: String) -> Bool { path.withSystemBytes { cfiles_is_mount_point($0) } == 1 }
}

/// Where the call is not hidden by the one above, and `Glibc.stat` is the type.
private func systemStatus(_ path: UnsafePointer<CChar>, _ status: inout stat) -> Int32 { stat(path, &status) }
