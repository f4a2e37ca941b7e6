import Files
import Shared

// The keys that items are encrypted under. A key is on disk before the first item that needs it, and goes after the last one,
// once nobody is signed in whose it is.

extension Spool {
    /// What is added for this owner, who is signed in, is encrypted from now on, and what was encrypted under this key can be
    /// read.
    ///
    /// - Throws: `file` when the disk does not take the key: then what is added waits in memory.
    func keep(_ handedOut: QueueKeyResponse, of owner: SpoolOwner) throws(SpoolError) {
        let key = QueueKey(handedOut.key, of: owner, number: keys.nextNumber)
        keys.signedIn = owner
        if keys.current(for: owner)?.id != key.id {
            // An earlier key that is the newest again gets its file anew, with its new number.
            keys.removedFromDisk(key.id)
            keys.add(key)
        }
        let found = locked.filter { $0.keyID == key.id }
        try onDisk { () throws(FileError) in
            try keepOnDisk(key.id)
            locked.removeAll { $0.keyID == key.id }
            for file in found { try load(name: file.name, size: file.size) }
            pending.sort { $0.item.sequence < $1.item.sequence }
            try removeUnneededKeys()
        }
    }

    /// Whether what is added for this owner is encrypted.
    func hasKey(of owner: SpoolOwner) -> Bool { keys.current(for: owner) != nil }

    /// Whose key is kept though nothing waits; nil: nobody is signed in any more.
    func signedIn(as owner: SpoolOwner?) throws(SpoolError) {
        keys.signedIn = owner
        try onDisk { () throws(FileError) in try removeUnneededKeys() }
    }

    func key(of file: SpoolFile) -> QueueKey? { file.seal.flatMap { keys[$0.keyID] } }

    /// Of what the program knows, also after its file has gone: a capture that was being taken at the logout ends after it.
    func keepOnDisk(_ id: QueueKey.ID) throws(FileError) {
        guard !keys.onDisk.contains(id), let key = keys[id] else { return }
        try Folder.make(keyFolder, mode: 0o700)
        try QueueKeyFile.write(key, in: keyFolder)
        keys.keptOnDisk(id)
    }

    func removeUnneededKeys() throws(FileError) {
        let sealed = Set(pending.compactMap { $0.seal?.keyID } + locked.map(\.keyID) + aside.compactMap(\.keyID))
        for key in keys.unneeded(sealed: sealed) {
            try QueueKeyFile.remove(key.id, in: keyFolder)
            keys.removedFromDisk(key.id)
        }
    }
}
