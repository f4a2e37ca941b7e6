import Files
import FoundationEssentials
import Glibc
import Shared

// Spool: the offline queue on disk. Every capture goes through it, and leaves it when the server has it.
//
//     <directory>/lock        held by the client that works here
//     <directory>/pending/    one file an item (SpoolFile), in order of their names
//     <directory>/aside/      what will not be delivered, beside it why (<name>.reason)
//     <directory>/dropped     how many were given up for room (SpoolDrops)
//     <directory>/keys/       what items are encrypted under (QueueKeyFile), each for as long as it is needed (KeptKeys)

/// Captures and work that wait for delivery. What `add` has returned from survives `kill -9` and power loss.
///
/// Its file operations block a thread of their own, never the cooperative pool.
actor Spool {
    static let defaultLimit = 512 * 1024 * 1024

    struct AsideFile {
        let item: SpoolAsideItem
        let size: Int
        /// Zero for files that were never captures: they go first when room is needed.
        let sequence: Int
        /// What it is sealed under; nil also for what is not sealed.
        let keyID: QueueKey.ID?
    }

    /// An item whose key is not here.
    struct LockedFile: Equatable, Sendable {
        let name: String
        let size: Int
        let sequence: Int
        let keyID: QueueKey.ID
    }

    static let reasonSuffix = ".reason"

    private let executor = BlockingExecutor(label: "Spool")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let directory: String
    private let limit: Int
    /// Kept for as long as the spool lives.
    var lock: FolderLock?
    /// In order: oldest first.
    var pending: [SpoolFile] = []
    var locked: [LockedFile] = []
    var aside: [AsideFile] = []
    var keys = KeptKeys()
    var drops = SpoolDrops()
    /// Those of ``pending`` that have no file.
    private var unkept = UnkeptItems()
    var nextSequence = 1

    var pendingFolder: String { directory + "/pending" }
    var asideFolder: String { directory + "/aside" }
    var keyFolder: String { directory + "/keys" }
    var dropsPath: String { directory + "/dropped" }

    /// Opens the folder, makes it where it is missing (0700), and clears up after a client that was killed.
    ///
    /// Files that are not whole items are put aside. Only what the file system refuses is an error.
    ///
    /// - Parameters:
    ///   - directory: for one client at a time.
    ///   - limit: bytes that all files together may have; beyond it the oldest go first.
    static func open(directory: String, limit: Int = defaultLimit) async throws(SpoolError) -> Spool {
        let spool = Spool(directory: directory, limit: limit)
        try await spool.load()
        return spool
    }

    private init(directory: String, limit: Int) {
        self.directory = directory
        self.limit = limit
    }

    var status: SpoolStatus {
        var status = SpoolStatus(
            pending: pending.count, bytes: usedBytes + unkept.bytes, aside: aside.count, dropped: drops.count)
        for item in pending.map(\.item) {
            switch item.content {
            case .capture: status.waiting[item.owner, default: 0] += 1
            case .work:
                status.stretches[item.owner, default: 0] += 1
                status.work[item.owner, default: 0] += item.workSeconds
            }
        }
        (status.asideReason, status.unkept, status.keepTrouble) = (
            aside.last?.item.reason, unkept.count, unkept.trouble
        )
        status.locked = locked.count
        return status
    }

    /// What was put aside, oldest first.
    var asideItems: [SpoolAsideItem] { aside.map(\.item) }

    /// The oldest item for this account on this server.
    ///
    /// - Parameters:
    ///   - server: compared letter by letter with what `add` was given.
    ///   - sequence: items up to that one come only when there is none behind them.
    func next(for account: AccountID, on server: String, after sequence: Int = 0) -> SpoolItem? {
        let isOwn = { (item: SpoolItem) in item.account == account && item.server == server }
        return (pending.first { isOwn($0.item) && $0.item.sequence > sequence } ?? pending.first { isOwn($0.item) })?
            .item
    }

    /// Puts a capture on disk. Gives up the oldest captures where the limit asks for it. What the disk does not take waits in
    /// memory, within ``UnkeptItems``' limits; ``status`` says so, and it gets its file when there is room again.
    ///
    /// - Throws: `largerThanLimit`, `notSealed`, or `file` where the capture is not even kept in memory.
    @discardableResult
    func add(
        png: [UInt8], at capturedAt: WorkInstant, account: AccountID, server: String
    ) throws(SpoolError) -> SpoolItem {
        let item = SpoolItem(
            id: UUID(), sequence: nextSequence, at: capturedAt, account: account, server: server,
            content: .capture(imageSize: png.count))
        try add(item, image: png)
        return item
    }

    /// Puts work on disk, as ``add(png:at:account:server:)`` does a capture.
    func add(_ stretch: WorkStretch, account: AccountID, server: String) throws(SpoolError) {
        let item = SpoolItem(
            id: UUID(), sequence: nextSequence, at: stretch.start, account: account, server: server,
            content: .work(end: stretch.end, idleSeconds: stretch.idleSeconds))
        try add(item, image: [])
    }

    private func add(_ item: SpoolItem, image: [UInt8]) throws(SpoolError) {
        let (file, bytes) = try SpoolFile.bytes(of: item, image: image, sealedUnder: keys.current(for: item.owner))
        // No work goes for a capture.
        let most = item.isCapture ? limit - pending.reduce(0) { $0 + ($1.item.isCapture ? 0 : $1.size) } : limit
        guard file.size <= most else { throw .largerThanLimit(bytes: file.size, limit: most) }
        do throws(FileError) {
            // Room that is too little for a capture may do for work.
            if item.isCapture { try keepWhatWaits() }
            try keep(file, bytes)
        } catch {
            guard let gone = unkept.add(item.id, isCapture: item.isCapture, bytes, because: error.reason) else {
                throw .file(error)
            }
            drops.addUnkept(gone.count)
            pending.removeAll { gone.contains($0.item.id) }
        }
        pending.append(file)
        advanceSequence()
    }

    /// Gives what is in memory alone its files, as far as the disk has room by now.
    func keepUnkept() {
        do throws(FileError) { try keepWhatWaits() } catch { unkept.stillUnkept(because: error.reason) }
    }

    /// The PNG of a waiting item.
    ///
    /// - Throws: `damaged` when the file was changed since it was added, and then puts it aside; `noSuchItem`; `file`.
    func image(of id: UUID) throws(SpoolError) -> [UInt8] {
        let file = try pendingFile(id)
        let bytes: ArraySlice<UInt8>
        if let content = unkept[id] {
            bytes = content.dropFirst(file.headerSize)
        } else {
            do throws(FileError) {
                bytes = try OpenFile("\(pendingFolder)/\(file.name)", O_RDONLY)
                    .read(count: file.sizeOfImage + 1, from: file.headerSize)[...]
            } catch {
                guard error.code == ENOENT else { throw .file(error) }
                pending.removeAll { $0.item.id == id }
                throw .noSuchItem(id)
            }
        }
        if let image = file.image(in: bytes, key: key(of: file)) { return image }
        let reason =
            bytes.count == file.sizeOfImage
            ? "its image is not as it was encrypted"
            : "its image does not have \(file.item.imageSize) bytes any more"
        try putAside(id, reason: "Damaged: \(reason).")
        throw .damaged(id, reason: reason)
    }

    /// Forgets a delivered item.
    func remove(_ id: UUID) throws(SpoolError) {
        let file = try pendingFile(id)
        let isForgotten = forget(id)
        try onDisk { () throws(FileError) in
            if !isForgotten {
                try delete("\(pendingFolder)/\(file.name)")
                pending.removeAll { $0.item.id == id }
                try WholeFile.flushFolder(pendingFolder)
            }
            try removeUnneededKeys()
        }
    }

    /// Keeps everything of an account that is gone.
    func putAllAside(of account: AccountID, on server: String, reason: String) throws(SpoolError) {
        for file in pending where file.item.account == account && file.item.server == server {
            try putAside(file.item.id, reason: reason)
        }
    }

    /// Puts captures in line again that were refused for their time alone, where their time is one that the server takes.
    ///
    /// - Parameter isTaken: whether the server takes an item of that time.
    func retryTimes(_ isTaken: (WorkInstant) -> Bool) throws(SpoolError) {
        for file in aside where file.item.reason.contains(UploadField.capturedAt) {
            try onDisk { () throws(FileError) in
                let path = "\(asideFolder)/\(file.item.file)"
                guard case .item(let found) = try SpoolFile.read(path, name: file.item.file, keys: keys),
                    isTaken(found.item.at)
                else { return }
                try WholeFile.move(path, to: "\(pendingFolder)/\(file.item.file)")
                try delete(path + Self.reasonSuffix)
                aside.removeAll { $0.item.file == file.item.file }
                pending.append(found)
                try WholeFile.flushFolder(pendingFolder)
                try WholeFile.flushFolder(asideFolder)
            }
        }
        pending.sort { $0.item.sequence < $1.item.sequence }
    }

    /// Keeps an item that the server refused, with its reason, without trying it again.
    func putAside(_ id: UUID, reason: String) throws(SpoolError) {
        let file = try pendingFile(id)
        if forget(id) {
            // Until the program ends it is shown with the others.
            let item = SpoolAsideItem(file: file.name, reason: reason)
            aside.append(AsideFile(item: item, size: 0, sequence: file.item.sequence, keyID: nil))
            return
        }
        try onDisk { () throws(FileError) in
            try putAside(
                name: file.name, size: file.size, sequence: file.item.sequence, file.seal?.keyID, reason: reason)
        }
    }
}

extension Spool {
    private var usedBytes: Int {
        files.reduce(0) { $0 + $1.size } + locked.reduce(0) { $0 + $1.size } + aside.reduce(0) { $0 + $1.size }
    }

    /// What waits and has a file.
    private var files: [SpoolFile] { unkept.count == 0 ? pending : pending.filter { !unkept.contains($0.item.id) } }

    private func keep(_ file: SpoolFile, _ bytes: [UInt8]) throws(FileError) {
        if let seal = file.seal { try keepOnDisk(seal.keyID) }
        try makeRoom(for: file.size)
        try WholeFile.write(bytes.span, to: "\(pendingFolder)/\(file.name)", mode: 0o600)
    }

    /// - Throws: what the first item that still has no file met with.
    private func keepWhatWaits() throws(FileError) {
        for id in unkept.ids {
            guard let file = pending.first(where: { $0.item.id == id }), let bytes = unkept[id] else { continue }
            try keep(file, bytes)
            unkept.remove(id)
        }
    }

    /// - Returns: false for an item that has a file.
    private func forget(_ id: UUID) -> Bool {
        guard unkept.contains(id) else { return false }
        unkept.remove(id)
        pending.removeAll { $0.item.id == id }
        return true
    }

    /// Numbers end only where somebody has written the largest one: the order of what comes then is that of the ids.
    func advanceSequence() { nextSequence = min(nextSequence + 1, SpoolFile.largestSequence) }

    private func pendingFile(_ id: UUID) throws(SpoolError) -> SpoolFile {
        guard let file = pending.first(where: { $0.item.id == id }) else { throw .noSuchItem(id) }
        return file
    }

    func onDisk<Result>(_ body: () throws(FileError) -> Result) throws(SpoolError) -> Result {
        do throws(FileError) { return try body() } catch { throw .file(error) }
    }

    /// A file that somebody else has already removed is removed.
    func delete(_ path: String) throws(FileError) {
        guard PathCalls.unlink(path) == 0 || errno == ENOENT else { throw .last("remove \(path)") }
    }

    func putAside(
        name: String, size: Int, sequence: Int, _ keyID: QueueKey.ID?, reason: String
    ) throws(FileError) {
        let isTaken = aside.contains { $0.item.file == name }
        let newName = isTaken ? "\(UUID().uuidString)-\(name.suffix(200))" : name
        try WholeFile.move("\(pendingFolder)/\(name)", to: "\(asideFolder)/\(newName)")
        pending.removeAll { $0.name == name }
        aside.append(
            AsideFile(
                item: SpoolAsideItem(file: newName, reason: reason), size: size, sequence: sequence, keyID: keyID))
        try WholeFile.flushFolder(asideFolder)
        try WholeFile.flushFolder(pendingFolder)
        do throws(FileError) {
            let path = "\(asideFolder)/\(newName)\(Self.reasonSuffix)"
            try WholeFile.write([UInt8](reason.utf8).span, to: path, mode: 0o600)
        } catch {
            // A full disk costs the next start this reason; it must not hold up the queue, whose delivery makes room.
            guard error.isFullDisk else { throw error }
        }
    }

    /// Gives up the oldest files until `size` more bytes are allowed, captures before any work.
    private func makeRoom(for size: Int) throws(FileError) {
        let files =
            self.files.map { (path: "pending/\($0.name)", size: $0.size, sequence: $0.item.sequence) }
            + locked.map { (path: "pending/\($0.name)", size: $0.size, sequence: $0.sequence) }
            + aside.map { (path: "aside/\($0.item.file)", size: $0.size, sequence: $0.sequence) }
        var excess = files.reduce(size) { $0 + $1.size } - limit
        guard excess > 0 else { return }
        var victims: [String] = []
        let inOrder = files.sorted { $0.sequence < $1.sequence }
        let captures = inOrder.filter { !SpoolFile.isWork($0.path) }
        for file in captures + inOrder.filter({ SpoolFile.isWork($0.path) }) where excess > 0 {
            victims.append(file.path)
            excess -= file.size
        }
        drops.add(victims)
        try drops.write(to: dropsPath)
        try delete(victims: victims)
    }

    func delete(victims: [String]) throws(FileError) {
        for path in victims {
            try delete("\(directory)/\(path)")
            if path.hasPrefix("aside/") { try delete("\(directory)/\(path)\(Self.reasonSuffix)") }
        }
        let given = Set(victims)
        pending.removeAll { given.contains("pending/\($0.name)") }
        locked.removeAll { given.contains("pending/\($0.name)") }
        aside.removeAll { given.contains("aside/\($0.item.file)") }
    }
}
