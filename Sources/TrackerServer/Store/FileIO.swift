import Foundation

/// The system calls that the store needs, with errors that name the file. Everything here blocks.
enum FileIO {
    /// A system call that failed.
    struct Failure: Error, Sendable, CustomStringConvertible {
        let call: String
        let path: String
        let code: Int32

        var isFull: Bool { code == ENOSPC || code == EDQUOT }
        var isMissing: Bool { code == ENOENT }
        /// What a symbolic link gives where none is followed.
        var isLink: Bool { code == ELOOP }
        var description: String { "\(call) \(path): \(String(cString: strerror(code)))" }
    }

    static func exists(_ path: String) throws(Failure) -> Bool {
        var status = stat()
        if stat(path, &status) == 0 { return true }
        guard errno == ENOENT else { throw Failure(call: "stat", path: path, code: errno) }
        return false
    }

    /// The whole file; nil when there is none.
    static func contents(of path: String) throws(Failure) -> [UInt8]? {
        do {
            let file = try OpenFile(path: path, flags: O_RDONLY)
            var bytes: [UInt8] = []
            while true {
                let chunk = try file.read(upTo: 1 << 20, at: bytes.count)
                if chunk.isEmpty { return bytes }
                bytes.append(contentsOf: chunk)
            }
        } catch  where error.isMissing {
            return nil
        }
    }

    static func makeFolder(_ path: String, mode: mode_t = 0o755) throws(Failure) {
        var parents: [String] = [path]
        while let last = parents.last, try !exists(last) {
            let parent = (last as NSString).deletingLastPathComponent
            guard !parent.isEmpty, parent != last else { break }
            parents.append(parent)
        }
        for folder in parents.reversed() where mkdir(folder, mode) != 0 {
            guard errno == EEXIST || errno == EISDIR else { throw Failure(call: "mkdir", path: folder, code: errno) }
        }
        var status = stat()
        guard stat(path, &status) == 0 else { throw Failure(call: "stat", path: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw Failure(call: "mkdir", path: path, code: ENOTDIR) }
    }

    static func syncFolder(of path: String) throws(Failure) {
        let folder = (path as NSString).deletingLastPathComponent
        let handle = try OpenFile(path: folder.isEmpty ? "." : folder, flags: O_RDONLY | O_DIRECTORY)
        try handle.sync()
    }

    /// The names of the files in a folder.
    static func names(in folder: String) throws(Failure) -> Set<String> {
        guard let listing = opendir(folder) else { throw Failure(call: "opendir", path: folder, code: errno) }
        defer { closedir(listing) }
        var names: Set<String> = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { start in
                start.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.insert(name) }
        }
        return names
    }

    static func remove(_ path: String) throws(Failure) {
        guard unlink(path) == 0 || errno == ENOENT else { throw Failure(call: "unlink", path: path, code: errno) }
    }

    /// A new content for a file: written and flushed beside it at once, put in its place by ``commit()``.
    struct Replacement: Sendable {
        private let path: String
        private var temporaryPath: String { path + ".new" }

        init(path: String, bytes: [UInt8], isPrivate: Bool) throws(Failure) {
            self.path = path
            let mode: mode_t = isPrivate ? 0o600 : 0o644
            do {
                let file = try OpenFile(path: temporaryPath, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
                try file.write(bytes)
                try file.sync()
            } catch {
                discard()
                throw error
            }
        }

        func commit() throws(Failure) {
            guard rename(temporaryPath, path) == 0 else { throw Failure(call: "rename", path: path, code: errno) }
            try FileIO.syncFolder(of: path)
        }

        /// Best effort: a leftover is overwritten by the next replacement.
        func discard() { unlink(temporaryPath) }
    }
}

/// An open file, closed when the last reference goes.
final class OpenFile: Sendable {
    let path: String
    private let descriptor: Int32

    init(path: String, flags: Int32, mode: mode_t = 0o644) throws(FileIO.Failure) {
        self.path = path
        descriptor = open(path, flags | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw FileIO.Failure(call: "open", path: path, code: errno) }
    }

    deinit { close(descriptor) }

    func read(upTo count: Int, at offset: Int) throws(FileIO.Failure) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            var result = pread(descriptor, buffer.baseAddress, count, off_t(offset))
            while result < 0, errno == EINTR { result = pread(descriptor, buffer.baseAddress, count, off_t(offset)) }
            code = result < 0 ? errno : 0
            initialized = max(0, result)
        }
        guard code == 0 else { throw FileIO.Failure(call: "read", path: path, code: code) }
        return bytes
    }

    func write(_ bytes: [UInt8]) throws(FileIO.Failure) {
        var written = 0
        while written < bytes.count {
            let result = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if result < 0, errno == EINTR { continue }
            guard result > 0 else { throw FileIO.Failure(call: "write", path: path, code: errno) }
            written += result
        }
    }

    func sync() throws(FileIO.Failure) {
        guard fsync(descriptor) == 0 else { throw FileIO.Failure(call: "fsync", path: path, code: errno) }
    }

    func status() throws(FileIO.Failure) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileIO.Failure(call: "fstat", path: path, code: errno) }
        return status
    }

    /// Takes the exclusive lock that lasts until the file is closed; false when another process has it.
    func lock() throws(FileIO.Failure) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw FileIO.Failure(call: "flock", path: path, code: errno) }
        return false
    }

    func truncate() throws(FileIO.Failure) {
        guard ftruncate(descriptor, 0) == 0 else { throw FileIO.Failure(call: "truncate", path: path, code: errno) }
    }
}
