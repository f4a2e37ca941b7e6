import Glibc

/// Holds a folder for this process: a file in it that is locked as long as the value lives. The system lets go of it when
/// the process ends, however it ends.
///
/// The lock belongs to the open file, not to the process (fcntl(2), "Open file description locks"): opening the file once
/// more does it no harm, and one can ask for it without taking it. Where the file system has no such locks it is one of
/// flock(2), which can only be asked for by taking it for a moment.
public struct FolderLock: Sendable {
    public enum Refusal: Error {
        /// The holder's process id; nil when it has not noted it yet.
        case held(by: Int?)
        case file(FileError)
    }

    private let file: OpenFile

    /// How to lock. Each takes the whole file for this process alone, and fails with EWOULDBLOCK or EACCES when another
    /// one has it.
    struct Locking: Sendable {
        var tryLock: @Sendable (Int32) -> Int32
        /// Whether another process has it, without taking it; nil when the file system can't tell.
        var isHeld: @Sendable (Int32) -> Bool?

        static let ofOpenFiles = Locking(
            tryLock: { descriptor in
                var wanted = wholeFile()
                return fcntl(descriptor, setLock, &wanted)
            },
            isHeld: { descriptor in
                var wanted = wholeFile()
                guard fcntl(descriptor, getLock, &wanted) == 0 else { return nil }
                return Int32(wanted.l_type) != F_UNLCK
            })
    }

    // F_OFD_GETLK and F_OFD_SETLK of <linux/fcntl.h>, which Swift's Glibc leaves out.
    private static let getLock: Int32 = 36
    private static let setLock: Int32 = 37

    /// - Throws: ``Refusal``, also when the file system has no locks at all.
    public static func acquire(_ path: String) throws(Refusal) -> FolderLock {
        try acquire(path, .ofOpenFiles)
    }

    static func acquire(_ path: String, _ locking: Locking) throws(Refusal) -> FolderLock {
        let file = try Self.open(path)
        if locking.tryLock(file.descriptor) != 0 {
            let code = errno
            guard code != EAGAIN, code != EACCES else { throw .held(by: Self.holder(in: file)) }
            guard lackOfLocks.contains(code) else { throw .file(FileError(attempt: "lock \(path)", code: code)) }
            try lockByFlock(file)
        }
        let lock = FolderLock(file: file)
        try lock.noteHolder(path)
        return lock
    }

    private static let lackOfLocks = [ENOLCK, EOPNOTSUPP, ENOSYS, EINVAL]
    private static let attempts = 10
    private static let pause: UInt32 = 10_000

    private static func lockByFlock(_ file: OpenFile) throws(Refusal) {
        for attempt in 1...attempts {
            if flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 { return }
            guard errno == EWOULDBLOCK else {
                throw .file(
                    FileError(
                        attempt: "lock \(file.path)", code: errno,
                        detail: "its file system has no locks, which keep two servers out of one folder; "
                            + "mount it with them, or move the folder"))
            }
            // Whoever asks for the lock has it for a moment.
            if attempt < attempts { usleep(pause) }
        }
        throw .held(by: holder(in: file))
    }

    /// Who holds a folder.
    public enum Holder: Equatable, Sendable {
        case nobody
        /// Its process id; nil when it has not noted it yet.
        case process(Int?)
    }

    /// Who holds the folder at this moment. Makes, writes and locks nothing, so that whoever wants the lock meanwhile gets
    /// it; where there is no such file, nobody holds it.
    public static func holder(_ path: String) throws(FileError) -> Holder { try holder(path, .ofOpenFiles) }

    static func holder(_ path: String, _ locking: Locking) throws(FileError) -> Holder {
        do throws(FileError) {
            let file = try OpenFile(reading: path)
            return try isHeld(file, locking) ? .process(Self.holder(in: file)) : .nobody
        } catch {
            guard error.isMissing else { throw error }
            return .nobody
        }
    }

    private static func isHeld(_ file: OpenFile, _ locking: Locking) throws(FileError) -> Bool {
        if let isHeld = locking.isHeld(file.descriptor) { return isHeld }
        if flock(file.descriptor, LOCK_SH | LOCK_NB) == 0 {
            flock(file.descriptor, LOCK_UN)
            return false
        }
        guard errno == EWOULDBLOCK else { throw .last("look at the lock \(file.path)") }
        return true
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
            let file = try OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: 0o600)
            guard try file.isPlain() else {
                throw FileError(attempt: "lock \(path)", code: EINVAL, detail: "it is not a file")
            }
            return file
        } catch {
            guard error.code == ELOOP else { throw .file(error) }
            throw .file(
                FileError(attempt: "lock \(path)", code: error.code, detail: "it is a link, which is not followed"))
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
