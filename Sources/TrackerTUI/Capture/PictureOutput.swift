import Files
import Glibc

/// A picture on its way to its destination, part by part. Its calls block.
///
/// An ordinary file appears whole or not at all and replaces one that is there, also behind a symbolic link. What else a path
/// can name, such as a device or a pipe, is written to once the picture is complete, and stays what it is.
///
/// Nobody waits until the picture has reached the disk: what power loss takes can be captured again.
final class PictureOutput {
    private enum Target {
        case file(UnnamedFile, path: String)
        case descriptor(Int32)
        case path(String)
    }

    private let target: Target
    /// What cannot be taken back is held until the picture is complete.
    private var held: [UInt8] = []
    private var failure: FileError?

    init(_ destination: PictureDestination) throws(FileError) {
        switch destination {
        case .standardOutput: target = .descriptor(STDOUT_FILENO)
        case .path(let path):
            var (status, name) = (stat(), path)
            if stat(path, &status) == 0 {
                guard status.st_mode & S_IFMT == S_IFREG else {
                    target = .path(path)
                    return
                }
                name = try Self.target(of: path)
            } else if errno != ENOENT {
                throw .last("write \(path)")
            }
            target = .file(try WholeFile.unfinished(for: name, mode: 0o666), path: name)
        }
    }

    private static func target(of path: String) throws(FileError) -> String {
        guard let resolved = realpath(path, nil) else { throw .last("write \(path)") }
        defer { free(resolved) }
        return String(cString: resolved)
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
        }
    }
}
