import Files
import FoundationEssentials
import Glibc
import Shared

// What the owner of a queue can do with it while no client runs: see what is in it, save its pictures, drop what nobody will
// deliver.

/// A file of the queue as its owner is shown it.
struct QueueEntry: Equatable, Sendable {
    enum State: Equatable, Sendable {
        case waits
        case aside(reason: String)
        /// Waits too, but its key is not here.
        case locked
    }

    let name: String
    /// Nil when the file does not say what it is, at least not without its key.
    let item: SpoolItem?
    /// Bytes.
    let size: Int
    let state: State

    /// For example `2026-03-02T08:05:00.512Z  capture  162 KiB  eve@example.org  waits`.
    var line: String {
        let what = item.map { item in
            let kind =
                item.isCapture ? "capture" : "work of \(DurationText.spoken(seconds: item.workSeconds))"
            return [item.at.wall.iso8601, kind, DurationText.size(bytes: size), item.account.spelling]
        }
        let state =
            switch state {
            case .waits: "waits"
            case .aside(let reason): "put aside: \(reason)"
            case .locked: "cannot be read: its key is missing"
            }
        return ((what ?? [name.printable, DurationText.size(bytes: size)]) + [state]).joined(separator: "  ").onOneLine
    }
}

extension Spool {
    /// What waits, in order, and then what was put aside.
    func entries() throws(SpoolError) -> [QueueEntry] {
        let waiting =
            pending.map { QueueEntry(name: $0.name, item: $0.item, size: $0.size, state: .waits) }
            + locked.map { QueueEntry(name: $0.name, item: nil, size: $0.size, state: .locked) }
        var entries = waiting.sorted { $0.name < $1.name }
        for file in aside {
            let found = try onDisk { () throws(FileError) -> SpoolFile? in try content(ofAside: file.item.file) }
            entries.append(
                QueueEntry(
                    name: file.item.file, item: found?.item, size: file.size, state: .aside(reason: file.item.reason))
            )
        }
        return entries
    }

    /// Writes the pictures of what waits and of what was put aside into a folder, for this user alone.
    ///
    /// - Returns: how many there were, and how many that could not be read.
    func savePictures(in folder: String) throws(SpoolError) -> (saved: Int, unreadable: Int) {
        let areSaved = try onDisk { () throws(FileError) -> [Bool] in
            try Folder.make(folder, mode: 0o700)
            var areSaved: [Bool] = []
            for file in pending where file.item.isCapture {
                areSaved.append(try save(file, from: "\(pendingFolder)/\(file.name)", in: folder))
            }
            for file in aside where !SpoolFile.isWork(file.item.file) {
                let found = try content(ofAside: file.item.file)
                let path = "\(asideFolder)/\(file.item.file)"
                areSaved.append(try save(found, from: path, in: folder))
            }
            return areSaved
        }
        return (areSaved.count { $0 }, locked.count + areSaved.count { !$0 })
    }

    /// Removes what will not be delivered: what was put aside, and what cannot be read since its key is missing. Keys that were
    /// kept for it go as well.
    ///
    /// - Returns: how many files there were.
    func dropUndeliverable() throws(SpoolError) -> Int {
        let victims = locked.map { "pending/\($0.name)" } + aside.map { "aside/\($0.item.file)" }
        try onDisk { () throws(FileError) in
            try delete(victims: victims)
            try WholeFile.flushFolder(pendingFolder)
            try WholeFile.flushFolder(asideFolder)
            try removeUnneededKeys()
        }
        return victims.count
    }

    /// Nil when it cannot be read, or is no item.
    private func content(ofAside name: String) throws(FileError) -> SpoolFile? {
        // A second file of one name got another before it.
        let original = SpoolFile.parts(ofName: name) == nil ? String(name.dropFirst(37)) : name
        guard
            case .item(let file) = try SpoolFile.read("\(asideFolder)/\(name)", name: original, keys: keys)
        else { return nil }
        return file
    }

    /// - Returns: false when it cannot be read.
    private func save(_ file: SpoolFile?, from path: String, in folder: String) throws(FileError) -> Bool {
        guard let file else { return false }
        let bytes = try OpenFile(path, O_RDONLY).read(count: file.sizeOfImage + 1, from: file.headerSize)
        guard let image = file.image(in: bytes[...], key: key(of: file)) else { return false }
        let time = file.item.at.wall.iso8601.split(whereSeparator: { ":.".contains($0) }).joined(separator: "-")
        try WholeFile.write(image.span, to: "\(folder)/\(time)-\(file.item.id.uuidString).png", mode: 0o600)
        return true
    }
}
