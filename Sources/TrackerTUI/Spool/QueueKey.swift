import Crypto
import Shared

/// What a server has handed out to encrypt the queue of one account under.
struct QueueKey: Sendable {
    /// What sealed files call their key by; it says nothing of the key. The same key of a server with two addresses has two.
    struct ID: Hashable, Sendable {
        static let byteCount = 8

        let bytes: [UInt8]

        /// Their first ``byteCount``.
        init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes.prefix(Self.byteCount)) }

        /// In hexadecimal.
        var text: String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }

    let owner: SpoolOwner
    let id: ID
    /// Larger than that of every key which this folder had before it.
    let number: Int
    /// ``QueueKeyResponse/byteCount`` of them.
    let bytes: [UInt8]

    init(_ bytes: [UInt8], of owner: SpoolOwner, number: Int) {
        let info = "tracker queue key id 1\n\(owner.server)\n\(owner.account.folded)"
        let name = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: bytes), info: Array(info.utf8), outputByteCount: ID.byteCount)
        (self.owner, self.number, self.bytes) = (owner, number, bytes)
        id = ID(name.withUnsafeBytes { Array($0) })
    }
}

// A key is never to be printed, also not within something else.
extension QueueKey: CustomStringConvertible, CustomReflectable {
    var description: String { "QueueKey \(id.text)" }
    var customMirror: Mirror { Mirror(self, children: ["id": id.text]) }
}

/// The keys that a queue's folder has, in which order they came, and which of them are still needed.
struct KeptKeys: Sendable {
    /// In the order in which they came.
    private(set) var all: [QueueKey] = []
    /// Those that have a file; the others are known until the program ends.
    private(set) var onDisk: Set<QueueKey.ID> = []
    /// Whose key is needed, whatever the queue holds.
    var signedIn: SpoolOwner?

    subscript(id: QueueKey.ID) -> QueueKey? { all.last { $0.id == id } }

    /// What is sealed from now on for this owner is sealed under it.
    func current(for owner: SpoolOwner) -> QueueKey? { all.last { $0.owner == owner } }

    /// The number of the next one.
    var nextNumber: Int { min((all.map(\.number).max() ?? 0) + 1, Self.largestNumber) }

    static let largestNumber = Int(Int32.max)

    mutating func add(_ key: QueueKey) {
        all.removeAll { $0.id == key.id }
        all.append(key)
        all.sort { $0.number < $1.number }
    }

    mutating func keptOnDisk(_ id: QueueKey.ID) { onDisk.insert(id) }

    mutating func removedFromDisk(_ id: QueueKey.ID) { onDisk.remove(id) }

    /// Those whose files may go: nothing is sealed under them, and they are not of whoever is signed in.
    func unneeded(sealed: Set<QueueKey.ID>) -> [QueueKey] {
        let needed = signedIn.flatMap { current(for: $0)?.id }
        return all.filter { onDisk.contains($0.id) && $0.id != needed && !sealed.contains($0.id) }
    }
}
