import Files
import Glibc
import Synchronization

/// The names of images whose records may not be on disk yet, in a working file beside the journal: what a kill leaves in
/// the upload folder without a record is known by it, and nobody was told of it.
///
/// A group's names are written in one call before they are given, and never flushed: a kill loses nothing of what was
/// written, and where a power failure does, an image may stay that the next start could have removed.
final class ArrivalNote: Sendable {
    /// An image by its name and its number in the file system: another file of that name is somebody else's.
    struct Entry: Sendable, Hashable {
        let name: String
        let number: UInt64

        var line: String { "\(number) \(name)\n" }
    }

    static let fileName = "journal-images"
    /// A file that is longer is written anew with the names that still matter.
    private static let longFile = 256 * 1024

    private struct State {
        /// Nil until the first name.
        var file: OpenFile?
        var length = 0
        var pending: [String: Entry] = [:]
    }

    private let path: String
    private let state = Mutex(State())

    /// - Parameter folder: the data folder.
    init(folder: String) {
        path = Self.path(in: folder)
    }

    static func path(in folder: String) -> String { folder + "/" + fileName }

    /// What a server that was killed has left there, as far as the upload folder still has it; lines that were cut short
    /// are passed over. Blocks.
    static func images(in uploadFolder: String, notedIn folder: String) throws(FileError) -> [String] {
        var names: [String] = []
        for entry in try entries(in: folder)
        where try PlainFile.at("\(uploadFolder)/\(entry.name)")?.number == entry.number {
            names.append(entry.name)
        }
        return names
    }

    private static func entries(in folder: String) throws(FileError) -> [Entry] {
        guard let bytes = try OpenFile.contents(of: path(in: folder)) else { return [] }
        return bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().compactMap {
            line in
            let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1)
            guard parts.count == 2, let number = UInt64(String(decoding: parts[0], as: UTF8.self)),
                let name = String(validating: parts[1], as: UTF8.self), UploadName.time(in: name) != nil
            else { return nil }
            return Entry(name: name, number: number)
        }
    }

    /// Notes images that are about to get their names. Blocks.
    func add(_ entries: [Entry]) throws(FileError) {
        try state.withLock { state throws(FileError) in
            for entry in entries { state.pending[entry.name] = entry }
            if state.file == nil || state.length > Self.longFile {
                try begin(&state)
            } else if let file = state.file {
                let bytes = Array(entries.map(\.line).joined().utf8)
                try file.write(bytes.span, at: state.length)
                state.length += bytes.count
            }
        }
    }

    /// The image's record is on disk, or the name was taken away again.
    func settle(_ name: String) {
        state.withLock { $0.pending[name] = nil }
    }

    /// Removes the file, unless it is of use to the next start. Blocks.
    func end() throws(FileError) {
        try state.withLock { state throws(FileError) in
            guard state.pending.isEmpty else { return }
            state = State()
            try Folder.removeFile(path)
        }
    }

    /// Begins the file with what is pending, in place of the old one.
    private func begin(_ state: inout State) throws(FileError) {
        let new = path + FileReplacement.suffix
        try Folder.removeFile(new)
        let file = try OpenFile(new, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        let bytes = Array(state.pending.values.map(\.line).joined().utf8)
        try file.write(bytes.span, at: 0)
        try WholeFile.move(new, to: path)
        (state.file, state.length) = (file, bytes.count)
    }
}
