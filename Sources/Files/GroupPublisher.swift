import Dispatch
import Glibc
import Synchronization

/// Gives files their names in a folder, for many at a time: whoever asks while one group is on its way shares the next.
///
/// All files of a group reach the disk before one of them gets its name, and one flush of the folder serves all names.
/// Files are flushed several at a time: the system and the disk then do for all of them what they would do for each.
/// The disk writes the contents of the next group meanwhile, if ``OpenFile/startWriting()`` has told it to.
public final class GroupPublisher: Sendable {
    /// Called with false when the name is taken, and with the reason when the file or its name could not be flushed;
    /// then the file has no name.
    public typealias Completion = @Sendable (Result<Bool, FileError>) -> Void

    private struct Publication: Sendable {
        let file: UnnamedFile
        let path: String
        let completion: Completion
    }

    private struct State {
        var isRunning = false
        var waiting: [Publication] = []
    }

    private let folder: String
    private let gatherTime: Duration
    private let folders: FolderFlushes
    private let announce: Announcement
    private let flush: @Sendable (OpenFile) throws(FileError) -> Void
    private let queue = DispatchQueue(label: "publisher")
    /// Threads that wait for the disk while `queue` waits for them.
    private let flushers = (0..<width).map { DispatchQueue(label: "publisher's flush \($0)") }
    private let state = Mutex(State())

    /// Files that are flushed at a time.
    static let width = 8

    /// Called with a group's files and the paths that they are about to get. When it throws, they get none.
    public typealias Announcement = @Sendable ([(file: OpenFile, path: String)]) throws(FileError) -> Void

    /// - Parameters:
    ///   - gatherTime: the least time between two groups while several wait together.
    ///   - folders: of all who flush the folder.
    public convenience init(
        folder: String, gatherTime: Duration, folders: FolderFlushes = FolderFlushes(),
        announce: @escaping Announcement = { _ throws(FileError) in }
    ) {
        self.init(folder: folder, gatherTime: gatherTime, folders: folders, announce: announce) {
            file throws(FileError) in
            try file.flushData()
        }
    }

    /// - Parameter flush: lets the content of a file reach the disk.
    init(
        folder: String, gatherTime: Duration, folders: FolderFlushes = FolderFlushes(),
        announce: @escaping Announcement = { _ throws(FileError) in },
        flush: @escaping @Sendable (OpenFile) throws(FileError) -> Void
    ) {
        self.folder = folder
        self.gatherTime = gatherTime
        self.folders = folders
        self.announce = announce
        self.flush = flush
    }

    /// Calls `completion` when the file's content and its name have reached the disk, on a thread that others wait for too.
    /// - Parameter path: a file of the folder.
    public func publish(_ file: UnnamedFile, as path: String, _ completion: @escaping Completion) {
        let isRunning = state.withLock { state in
            state.waiting.append(Publication(file: file, path: path, completion: completion))
            defer { state.isRunning = true }
            return state.isRunning
        }
        if !isRunning { queue.async { [self] in publishAll() } }
    }

    private func publishAll() {
        while case let group = nextGroup(), !group.isEmpty {
            let start = ContinuousClock.now
            for (publication, result) in zip(group, results(of: group)) { publication.completion(result) }
            let rest = gatherTime - (ContinuousClock.now - start)
            if group.count > 1, rest > .zero { usleep(UInt32(rest / .microseconds(1))) }
        }
    }

    /// Nobody, when all are served.
    private func nextGroup() -> [Publication] {
        state.withLock { state in
            defer { state.waiting = [] }
            state.isRunning = !state.waiting.isEmpty
            return state.waiting
        }
    }

    private func results(of group: [Publication]) -> [Result<Bool, FileError>] {
        do throws(FileError) {
            try announce(group.map { ($0.file.file, $0.path) })
        } catch {
            return group.map { _ in .failure(error) }
        }
        let flushed = flushed(group)
        let failures = folders.failures(of: folder)
        let named = zip(group, flushed).map { publication, flushed in
            Result { () throws(FileError) in
                try flushed.get()
                return try publication.file.name(publication.path)
            }
        }
        do throws(FileError) {
            try folders.flush(folder, since: failures)
            return named
        } catch {
            return zip(group, named).map { publication, named in
                guard case .success(true) = named else { return named }
                return Result { () throws(FileError) in
                    try Folder.removeFile(publication.path)
                    throw error
                }
            }
        }
    }

    private func flushed(_ group: [Publication]) -> [Result<Void, FileError>] {
        let results = Mutex([Result<Void, FileError>](repeating: .success(()), count: group.count))
        let done = DispatchGroup()
        for (number, flusher) in flushers.prefix(group.count).enumerated() {
            flusher.async(group: done) { [flush] in
                for place in stride(from: number, to: group.count, by: Self.width) {
                    let result = Result { () throws(FileError) in try flush(group[place].file.file) }
                    results.withLock { $0[place] = result }
                }
            }
        }
        done.wait()
        return results.withLock { $0 }
    }
}
