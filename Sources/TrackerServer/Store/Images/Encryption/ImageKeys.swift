import Files
import Glibc
import Settings
import Shared
import Synchronization

/// The image keys of everybody, unwrapped, and their file.
final class ImageKeys: Sendable {
    private struct State {
        var file: ImageKeyFile
        var byID: [[UInt8]: ImageKey] = [:]
        var byPerson: [String: ImageKey] = [:]

        mutating func add(_ key: ImageKey) {
            byID[key.id] = key
            // A later key is the one for new images.
            byPerson[key.person] = key
        }
    }

    private let folder: String
    private let master: MasterKey
    private let state: Mutex<State>
    /// One at a time makes a key, while others go on using theirs.
    private let making = Mutex(())

    /// - Parameter folder: the data folder.
    /// The master key is not the one that the file was made with.
    struct AnotherMaster: ExitCoded {
        let path: String

        let exitCode: Int32 = 1
        var description: String {
            "\(MasterKey.setting) holds another key than the one that \(path) was made with: give the server that one, or both "
                + "files of the same backup."
        }
    }

    /// - Throws: ``AnotherMaster``; ``ImageKeyFile/Unusable`` when the master key fits but a key does not.
    init(_ file: ImageKeyFile, master: MasterKey, folder: String) throws {
        let path = ImageKeyFile.path(in: folder)
        guard master.made(file.check) else { throw AnotherMaster(path: path) }
        var state = State(file: file)
        for entry in file.entries {
            guard let key = master.unwrapped(entry.wrapped, id: entry.id, person: entry.person) else {
                throw ImageKeyFile.Unusable(path: path, reason: "The key of \(entry.person) can't be unwrapped.")
            }
            state.add(key)
        }
        self.folder = folder
        self.master = master
        self.state = Mutex(state)
    }

    /// What a start has: nil where nothing is encrypted. A new file only where no image is. Blocks.
    /// - Parameters:
    ///   - folder: the data folder.
    ///   - master: nil when the setting is not set.
    ///   - encrypted: the name of an encrypted image, if there is one.
    /// - Throws: `ProgramExit`, ``AnotherMaster``, ``ImageKeyFile/Unusable`` or `FileError`.
    static func open(
        in folder: String, master: MasterKey?, encrypted: () throws(FileError) -> String?
    ) throws -> ImageKeys? {
        let path = ImageKeyFile.path(in: folder)
        let file = try ImageKeyFile.read(in: folder)
        guard let master else {
            guard let reason = try file.map({ _ in "\(path) is there" }) ?? encrypted().map({ "\($0) is encrypted" })
            else { return nil }
            throw ProgramExit(
                1,
                "\(reason), but \(MasterKey.setting) is not set: name the file of the key, or decrypt the images with it: "
                    + "TrackerServer decrypt")
        }
        if let file { return try ImageKeys(file, master: master, folder: folder) }
        if let name = try encrypted() {
            throw ProgramExit(
                1,
                "\(name) is encrypted, but \(path) is gone. Restore it from a backup: without it nobody can read the images."
            )
        }
        let new = ImageKeyFile(check: try master.makeCheck())
        try new.write(in: folder)
        return try ImageKeys(new, master: master, folder: folder)
    }

    /// The same keys, wrapped with another master key.
    func rewrapped(with new: MasterKey) throws -> ImageKeyFile {
        let (file, keys) = state.withLock { ($0.file, $0.byID) }
        return ImageKeyFile(
            check: try new.makeCheck(),
            entries: try file.entries.map { entry in
                guard let key = keys[entry.id] else {
                    throw ImageKeyFile.Unusable(
                        path: ImageKeyFile.path(in: folder), reason: "The key of \(entry.person) is missing.")
                }
                return ImageKeyFile.Entry(id: entry.id, person: entry.person, wrapped: try new.wrapped(key))
            })
    }

    func key(id: [UInt8]) -> ImageKey? { state.withLock { $0.byID[id] } }

    /// The key for new images of that person: made and on disk if there was none. Blocks.
    func key(of owner: AccountID) throws(FileError) -> ImageKey {
        let person = owner.folded
        if let key = state.withLock({ $0.byPerson[person] }) { return key }
        return try making.withLock { _ throws(FileError) in
            if let key = state.withLock({ $0.byPerson[person] }) { return key }
            let key = ImageKey(of: person)
            var file = state.withLock { $0.file }
            do {
                file.entries.append(ImageKeyFile.Entry(id: key.id, person: person, wrapped: try master.wrapped(key)))
            } catch {
                throw FileError(attempt: "wrap an image key", code: EIO, detail: "\(error)")
            }
            try file.write(in: folder)
            state.withLock { state in
                state.file = file
                state.add(key)
            }
            return key
        }
    }
}
