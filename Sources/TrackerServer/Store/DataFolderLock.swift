import Foundation

/// Makes sure that one process owns a data folder. The lock is the kernel's and dies with the process; the file holds
/// the owner's process id for the others' message.
struct DataFolderLock: Sendable {
    private let file: OpenFile

    struct Taken: Error, Sendable, CustomStringConvertible {
        let folder: String
        let owner: String

        var description: String { "The data folder \(folder) is in use by process \(owner)." }
    }

    /// - Throws: ``Taken`` or `FileIO.Failure`.
    init(folder: String) throws {
        file = try OpenFile(path: folder + "/.lock", flags: O_RDWR | O_CREAT)
        guard try file.lock() else {
            let text = String(decoding: try file.read(upTo: 32, at: 0), as: UTF8.self)
            let owner = text.trimmingCharacters(in: .whitespacesAndNewlines)
            throw Taken(folder: folder, owner: owner.isEmpty ? "unknown" : owner)
        }
        try file.truncate()
        try file.write(Array("\(getpid())\n".utf8))
    }
}
