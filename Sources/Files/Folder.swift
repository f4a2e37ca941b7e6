import Glibc

/// What is asked of folders. Every call blocks.
public enum Folder {
    /// Makes the folder and those above it that are missing, and returns when their names have reached the disk.
    ///
    /// - Parameter mode: permissions of the folders that are made, less the process's umask.
    public static func make(_ path: String, mode: FileMode = 0o700) throws(FileError) {
        try make(path, mode: mode) { folder throws(FileError) in try WholeFile.flushFolder(folder) }
    }

    /// - Parameter flush: gets each folder that another one was made in.
    static func make(
        _ path: String, mode: FileMode, flush: (String) throws(FileError) -> Void
    ) throws(FileError) {
        let end = path.utf8.lastIndex { $0 != WholeFile.slash }.map { path.utf8.index(after: $0) } ?? path.endIndex
        let parent = WholeFile.folder(of: String(path[..<end]))
        if PathCalls.mkdir(path, mode) == 0 { return try flush(parent) }
        if errno == ENOENT, parent != ".", parent != "/" {
            try make(parent, mode: mode, flush: flush)
            if PathCalls.mkdir(path, mode) == 0 { return try flush(parent) }
        }
        guard errno == EEXIST, isFolder(path) else {
            let error = FileError.last("make the folder \(path)")
            if let link = FileLink(path), PathCalls.access(path, F_OK) != 0 { throw link.leadsNowhere }
            guard error.code == EEXIST else { throw error }
            throw FileError(attempt: error.attempt, code: EEXIST, detail: "something that is no folder has its name")
        }
    }

    public struct Entry: Equatable, Sendable {
        public let name: String
        /// Bytes.
        public let size: Int

        public init(name: String, size: Int) {
            self.name = name
            self.size = size
        }
    }

    /// The ordinary files in the folder, sorted by name. Folders, links and devices are left out.
    public static func files(in path: String) throws(FileError) -> [Entry] {
        guard let stream = PathCalls.opendir(path) else { throw .last("list \(path)") }
        defer { closedir(stream) }
        var entries: [Entry] = []
        errno = 0
        while let entry = readdir(stream) {
            // The name may be longer than the array that <dirent.h> declares, so it is read where it lies.
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
            let start = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            let name = String(systemBytes: start)
            var status = stat()
            if PathCalls.lstat("\(path)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG {
                entries.append(Entry(name: name, size: Int(status.st_size)))
            }
            errno = 0
        }
        guard errno == 0 else { throw .last("list \(path)") }
        return entries.sorted { $0.name < $1.name }
    }

    /// The permission bits of a file or folder, of what a link leads to; nil when there is no such file.
    public static func permissions(of path: String) throws(FileError) -> FileMode? {
        var status = stat()
        if PathCalls.stat(path, &status) == 0 { return status.st_mode & 0o7777 }
        guard errno == ENOENT else { throw .last("look at \(path)") }
        return nil
    }

    public static func exists(_ path: String) throws(FileError) -> Bool {
        var status = stat()
        if PathCalls.stat(path, &status) == 0 { return true }
        guard errno == ENOENT else { throw .last("look at \(path)") }
        return false
    }

    /// The absolute path of a file or folder, without links and dots.
    public static func resolve(_ path: String) throws(FileError) -> String {
        guard let resolved = PathCalls.realpath(path) else { throw .last("look at \(path)") }
        return resolved
    }

    /// Removes a file; one that is gone already is as good.
    public static func removeFile(_ path: String) throws(FileError) {
        guard PathCalls.unlink(path) == 0 || errno == ENOENT else { throw .last("remove \(path)") }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return PathCalls.stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
