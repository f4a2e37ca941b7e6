import Files
import Glibc

/// A picture on its way to its destination, part by part. Its calls block.
///
/// An ordinary file appears whole or not at all. One that is there is replaced, also behind symbolic links, and keeps mode,
/// owner and group; where a link leads to a name that nothing has, that file is made. What cannot be replaced so is written to
/// once the picture is complete, and stays what it is: a device, a pipe, a file whose owner this process cannot give to
/// another one.
///
/// Nobody waits until the picture has reached the disk: what power loss takes can be captured again.
final class PictureOutput {
    private enum Target {
        case file(UnnamedFile, path: String)
        case descriptor(Int32)
        case path(String)
        /// An ordinary file that is not replaced.
        case inPlace(OpenFile)
    }

    private let target: Target
    /// What cannot be taken back is held until the picture is complete.
    private var held: [UInt8] = []
    private var failure: FileError?

    init(_ destination: PictureDestination) throws(FileError) {
        switch destination {
        case .standardOutput: target = .descriptor(STDOUT_FILENO)
        case .path(let path): target = try Self.target(of: path)
        }
    }

    private static func target(of path: String) throws(FileError) -> Target {
        var status = stat()
        guard PathCalls.stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw .last("write \(path)") }
            let name = try FileLink.destination(of: path)
            return .file(try WholeFile.unfinished(for: name, mode: 0o666), path: name)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return .path(path) }
        let name = try FileLink.destination(of: path)
        let file = try WholeFile.unfinished(for: name, mode: 0o666)
        var found = stat()
        // What a link in /proc says is no path when its file has lost its name.
        let isFound =
            PathCalls.lstat(name, &found) == 0 && found.st_dev == status.st_dev && found.st_ino == status.st_ino
        if isFound, try file.file.takeAfter(name) { return .file(file, path: name) }
        do throws(FileError) {
            return .inPlace(try OpenFile(path, O_WRONLY))
        } catch {
            throw FileError(attempt: "write \(path)", code: error.code)
        }
    }

    /// Forgets what was appended.
    func restart() {
        held = []
        guard case .file(let file, let path) = target else { return }
        let descriptor = file.file.descriptor
        if lseek(descriptor, 0, SEEK_CUR) == 0 { return }
        if ftruncate(descriptor, 0) != 0 || lseek(descriptor, 0, SEEK_SET) != 0 { failure = .last("empty \(path)") }
    }

    /// What fails is thrown by ``finish()``.
    func append(_ bytes: UnsafeRawBufferPointer) {
        guard case .file(let file, _) = target else { return held.append(contentsOf: bytes) }
        guard failure == nil else { return }
        do throws(FileError) {
            try file.file.write(bytes.assumingMemoryBound(to: UInt8.self).span)
        } catch {
            failure = error
        }
    }

    func finish() throws(FileError) {
        if let failure { throw failure }
        let held = held
        switch target {
        case .file(let file, let path): try file.replace(path)
        case .descriptor(let descriptor): try OpenFile.write(held.span, to: descriptor, named: "standard output")
        case .path(let path): try OpenFile(path, O_WRONLY).write(held.span)
        case .inPlace(let file): try Self.overwrite(file, with: held)
        }
    }

    /// Room is made first, so that a full disk leaves the old content.
    private static func overwrite(_ file: OpenFile, with bytes: [UInt8]) throws(FileError) {
        let size = try file.size()
        // Not every file system can say whether it has room.
        let refusal = FileError(
            attempt: "write \(file.path)", code: posix_fallocate(file.descriptor, 0, bytes.count))
        guard !refusal.isFullDisk else {
            // No byte has been written yet; where this fails too, zeros follow the old content.
            _ = ftruncate(file.descriptor, size)
            throw refusal
        }
        try file.write(bytes.span)
        guard ftruncate(file.descriptor, bytes.count) == 0 else { throw .last("write \(file.path)") }
    }
}
