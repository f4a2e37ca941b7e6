import Glibc

/// Holds a folder for this process: a file in it that is locked as long as the value lives. The system lets go of it when
/// the process ends, however it ends.
///
/// The lock belongs to the open file, not to the process (fcntl(2), "Open file description locks"): opening the file once
/// more does it no harm, and one can ask for it without taking it.
public struct FolderLock: Sendable {
    public enum Refusal: Error {
        /// The holder's process id; nil when it has not noted it yet.
        case held(by: Int?)
        case file(FileError)
    }

    private let file: OpenFile

    // F_OFD_GETLK and F_OFD_SETLK of <linux/fcntl.h>, which Swift's Glibc leaves out.
    private static let getLock: Int32 = 36
    private static let setLock: Int32 = 37

    public static func acquire(_ path: String) throws(Refusal) -> FolderLock {
        let file = try Self.open(path)
        var wanted = wholeFile()
        if fcntl(file.descriptor, setLock, &wanted) != 0 {
            guard errno == EAGAIN || errno == EACCES else { throw .file(.last("lock \(path)")) }
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

    /// Who holds the folder at this moment. Makes, writes and locks nothing, so that whoever wants the lock meanwhile gets
    /// it; where there is no such file, nobody holds it.
    public static func holder(_ path: String) throws(FileError) -> Holder {
        do throws(FileError) {
            let file = try OpenFile(path, O_RDONLY)
            var wanted = wholeFile()
            guard fcntl(file.descriptor, getLock, &wanted) == 0 else {
                throw .last("look at the lock \(path)")
            }
            return Int32(wanted.l_type) == F_UNLCK ? .nobody : .process(Self.holder(in: file))
        } catch {
            guard error.isMissing else { throw error }
            return .nobody
        }
    }

    private init(file: OpenFile) {
        self.file = file
    }

    /// Nobody else's lock may be anywhere in the file.
    private static func wholeFile() -> flock {
        flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
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
            guard let id = pid_t(text.prefix { $0 != "\n" }), id > 0 else { return nil }
            // One that has just locked the file has not yet replaced the note of the one before it.
            return kill(id, 0) != 0 && errno == ESRCH ? nil : Int(id)
        } catch {
            // That there is a holder is known; only its name is not.
            return nil
        }
    }
}
