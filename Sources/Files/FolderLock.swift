import Glibc

/// Holds a folder for this process: a file in it that is locked (flock(2)) as long as the value lives. The system
/// lets go of it when the process ends, however it ends.
public struct FolderLock: Sendable {
    public enum Refusal: Error {
        /// The holder's process id; nil when it has not noted it yet.
        case held(by: Int?)
        case file(FileError)
    }

    private let file: OpenFile

    public static func acquire(_ path: String) throws(Refusal) -> FolderLock {
        let file = try Self.open(path)
        if flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK else { throw .file(.last("lock \(path)")) }
            throw .held(by: Self.holder(in: file))
        }
        let lock = FolderLock(file: file)
        try lock.noteHolder(path)
        return lock
    }

    /// Who holds a folder.
    public enum Holder: Equatable, Sendable {
        case nobody
        /// Its process id; nil when it has not noted it yet.
        case process(Int?)
    }

    /// Who holds the folder at this moment. Makes and writes nothing; where there is no such file, nobody does.
    ///
    /// Asking takes a shared lock for an instant, since flock(2) has no other question.
    public static func holder(_ path: String) throws(FileError) -> Holder {
        do throws(FileError) {
            let file = try OpenFile(path, O_RDONLY)
            if flock(file.descriptor, LOCK_SH | LOCK_NB) == 0 { return .nobody }
            guard errno == EWOULDBLOCK else { throw .last("look at the lock \(path)") }
            return .process(Self.holder(in: file))
        } catch {
            guard error.isMissing else { throw error }
            return .nobody
        }
    }

    private init(file: OpenFile) {
        self.file = file
    }

    private static func open(_ path: String) throws(Refusal) -> OpenFile {
        do throws(FileError) {
            return try OpenFile(path, O_RDWR | O_CREAT, mode: 0o600)
        } catch {
            throw .file(error)
        }
    }

    private func noteHolder(_ path: String) throws(Refusal) {
        do throws(FileError) {
            guard ftruncate(file.descriptor, 0) == 0 else { throw .last("write \(path)") }
            try file.write([UInt8]("\(getpid())\n".utf8).span)
        } catch {
            // The lock holds without the note, and on a full disk it may guard what is to be cleared away.
            guard error.isFullDisk else { throw .file(error) }
        }
    }

    private static func holder(in file: OpenFile) -> Int? {
        do throws(FileError) {
            let text = String(decoding: try file.read(count: 20, from: 0), as: UTF8.self)
            return Int(text.prefix { $0 != "\n" })
        } catch {
            // That there is a holder is known; only its name is not.
            return nil
        }
    }
}
