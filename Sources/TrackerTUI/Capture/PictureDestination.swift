import Files
import Glibc

/// Where a single capture goes.
enum PictureDestination: Equatable, Sendable {
    case standardOutput
    case path(String)

    /// `-` is standard output, as with other programs; a file of that name is `./-`.
    init(argument: String) {
        self = argument == "-" ? .standardOutput : .path(argument)
    }

    /// Writes the picture. Blocks.
    ///
    /// An ordinary file appears whole or not at all and replaces one that is there, also behind a symbolic link. What
    /// else a path can name, such as a device or a pipe, is written to and stays what it is.
    func write(_ png: [UInt8]) throws(FileError) {
        switch self {
        case .standardOutput:
            try OpenFile.write(png.span, to: STDOUT_FILENO, named: "standard output")
        case .path(let path):
            var status = stat()
            guard stat(path, &status) == 0 else {
                guard errno == ENOENT else { throw .last("write \(path)") }
                return try WholeFile.write(png.span, to: path, mode: 0o666)
            }
            if status.st_mode & S_IFMT == S_IFREG {
                try WholeFile.write(png.span, to: try Self.target(of: path), mode: 0o666)
            } else {
                try OpenFile(path, O_WRONLY).write(png.span)
            }
        }
    }

    private static func target(of path: String) throws(FileError) -> String {
        guard let resolved = realpath(path, nil) else { throw .last("write \(path)") }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
