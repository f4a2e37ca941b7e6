import Files
import FoundationEssentials
import Glibc
import Shared

// What a start makes of the folder that another run has left.
extension Spool {
    private static let lostReason = "It was put aside; the reason was not recorded."

    func load() throws(SpoolError) {
        try onDisk { () throws(FileError) in
            try Folder.make(pendingFolder, mode: 0o700)
            try Folder.make(asideFolder, mode: 0o700)
        }
        do throws(FolderLock.Refusal) {
            lock = try FolderLock.acquire(directory + "/lock")
        } catch {
            switch error {
            case .held(let processID): throw .inUse(directory: directory, processID: processID)
            case .file(let error): throw .file(error)
            }
        }
        try onDisk { () throws(FileError) in
            for folder in [directory, pendingFolder, asideFolder, keyFolder] where try Folder.exists(folder) {
                for file in try Folder.files(in: folder) where file.name.hasSuffix(WholeFile.unfinishedSuffix) {
                    try delete("\(folder)/\(file.name)")
                }
            }
            keys = try QueueKeyFile.all(in: keyFolder)
            drops = try SpoolDrops.read(from: dropsPath)
            try finishDropping()
            try loadAside()
            try loadPending()
        }
        nextSequence = max(
            pending.last?.item.sequence ?? 0, locked.last?.sequence ?? 0, aside.map(\.sequence).max() ?? 0)
        advanceSequence()
    }

    /// Of what the record names, only files that are in the folders go: nothing that somebody wrote into it leads elsewhere.
    private func finishDropping() throws(FileError) {
        let existing = Set(
            try Folder.files(in: pendingFolder).map { "pending/\($0.name)" }
                + Folder.files(in: asideFolder).map { "aside/\($0.name)" })
        try delete(victims: drops.files.filter { existing.contains($0) || existing.contains($0 + Self.reasonSuffix) })
    }

    private func loadAside() throws(FileError) {
        let files = try Folder.files(in: asideFolder)
        let names = Set(files.map(\.name))
        for file in files {
            if file.name.hasSuffix(Self.reasonSuffix),
                names.contains(String(file.name.dropLast(Self.reasonSuffix.count)))
            {
                continue
            }
            var reason = Self.lostReason
            if names.contains(file.name + Self.reasonSuffix) {
                do throws(FileError) {
                    let reasonFile = try OpenFile("\(asideFolder)/\(file.name)\(Self.reasonSuffix)", O_RDONLY)
                    reason = String(decoding: try reasonFile.read(count: 4096, from: 0), as: UTF8.self)
                } catch {
                    reason = "\(Self.lostReason) (\(error.reason))"
                }
            }
            aside.append(
                AsideFile(
                    item: SpoolAsideItem(file: file.name, reason: reason), size: counted(file.size),
                    sequence: SpoolFile.parts(ofName: file.name)?.sequence ?? 0,
                    keyID: try SpoolFile.keyID(of: "\(asideFolder)/\(file.name)")))
        }
        aside.sort { ($0.sequence, $0.item.file) < ($1.sequence, $1.item.file) }
    }

    private func loadPending() throws(FileError) {
        for file in try Folder.files(in: pendingFolder) {
            try load(name: file.name, size: file.size)
        }
    }

    /// A file of those that wait.
    func load(name: String, size: Int) throws(FileError) {
        let sequence = SpoolFile.parts(ofName: name)?.sequence ?? 0
        switch try SpoolFile.read("\(pendingFolder)/\(name)", name: name, keys: keys) {
        case .item(let item):
            pending.append(item)
        case .locked(let keyID):
            locked.append(LockedFile(name: name, size: counted(size), sequence: sequence, keyID: keyID))
        case .damaged(let reason):
            let keyID = try SpoolFile.keyID(of: "\(pendingFolder)/\(name)")
            try putAside(
                name: name, size: counted(size), sequence: sequence, keyID, reason: "Damaged: \(reason).")
        }
    }

    /// A file with holes may claim any size; beyond twice the limit it makes no difference which, and sums stay small.
    private func counted(_ size: Int) -> Int { min(size, 2 * Self.defaultLimit) }
}
