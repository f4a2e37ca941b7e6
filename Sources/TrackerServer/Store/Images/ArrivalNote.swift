import Files
import Glibc
import Synchronization

/// The names of images whose records may not be on disk yet, or may be gone already, in a working file beside the journal:
/// what a kill leaves in the upload folder without a record is known by it, and nobody was told of it, or it was deleted.
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
    /// Before the name of an image whose record is on disk.
    private static let settledMark = "-"
    /// A file that is longer is written anew with the names that still matter.
    private static let longFile = 256 * 1024

    private struct State {
        /// Nil until the first name.
        var file: OpenFile?
        var length = 0
        var pending: [String: Entry] = [:]
        /// What is no longer pending, though the file does not say so yet.
        var settled: [String] = []
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
        var entries: [String: Entry] = [:]
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 1)
            guard parts.count == 2, let name = String(validating: parts[1], as: UTF8.self),
                UploadName.time(in: name) != nil
            else { continue }
            if parts[0].elementsEqual(settledMark.utf8) {
                entries[name] = nil
            } else if let number = UInt64(String(decoding: parts[0], as: UTF8.self)) {
                entries[name] = Entry(name: name, number: number)
            }
        }
        return Array(entries.values)
    }

    /// Notes images that are about to get their names. Blocks.
    func add(_ entries: [Entry]) throws(FileError) {
        try state.withLock { state throws(FileError) in
            for entry in entries { state.pending[entry.name] = entry }
            do throws(FileError) {
                try write(entries, &state)
            } catch {
                // They get no names.
                for entry in entries { state.pending[entry.name] = nil }
                throw error
            }
        }
    }

    private func write(_ entries: [Entry], _ state: inout State) throws(FileError) {
        guard let file = state.file, state.length <= Self.longFile else { return try begin(&state) }
        let settled = state.settled.map { "\(Self.settledMark) \($0)\n" }
        let bytes = Array((settled + entries.map(\.line)).joined().utf8)
        try file.write(bytes.span, at: state.length)
        state.length += bytes.count
        state.settled = []
    }

    /// The image's record is on disk, or the name was taken away again. The file says so with the next names: should the
    /// record be lost to a disk or a mistake, its image must not be taken for one that nobody was told of.
    func settle(_ name: String) {
        state.withLock { state in
            guard state.pending.removeValue(forKey: name) != nil else { return }
            state.settled.append(name)
        }
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
        (state.file, state.length, state.settled) = (file, bytes.count, [])
    }
}
