import FoundationEssentials

/// Items that the disk has no room for: they wait in memory, and are lost with the process. Work is small and goes for nothing
/// else: only captures make room.
struct UnkeptItems: Sendable {
    /// How many captures, and how many bytes all together; beyond it the oldest captures go first.
    static let mostCaptures = 100
    static let mostBytes = 64 * 1024 * 1024

    private struct Item: Sendable {
        let id: UUID
        let isCapture: Bool
        let bytes: [UInt8]
    }

    /// Oldest first.
    private var items: [Item] = []
    private(set) var bytes = 0
    /// Why the last one could not be kept, for a person; nil while there is none.
    private(set) var trouble: String?

    var count: Int { items.count }
    /// In the order in which they shall get files: work first, which needs little room.
    var ids: [UUID] { (items.filter { !$0.isCapture } + items.filter(\.isCapture)).map(\.id) }

    /// What its file would hold.
    subscript(id: UUID) -> [UInt8]? { items.first { $0.id == id }?.bytes }

    func contains(_ id: UUID) -> Bool { items.contains { $0.id == id } }

    /// - Returns: the captures that had to go for this item; nil when there is no room for it though all of them went: then it is
    ///   not taken, and none goes.
    mutating func add(_ id: UUID, isCapture: Bool, _ content: [UInt8], because trouble: String) -> [UUID]? {
        var captures = items.filter(\.isCapture)[...]
        var gone: [UUID] = []
        var left = bytes
        while isCapture && captures.count >= Self.mostCaptures || left + content.count > Self.mostBytes {
            guard let oldest = captures.popFirst() else { return nil }
            left -= oldest.bytes.count
            gone.append(oldest.id)
        }
        for id in gone { remove(id) }
        items.append(Item(id: id, isCapture: isCapture, bytes: content))
        bytes += content.count
        self.trouble = trouble
        return gone
    }

    mutating func remove(_ id: UUID) {
        guard let index = items.firstIndex(where: { $0.id == id }) else { return }
        bytes -= items.remove(at: index).bytes.count
        if items.isEmpty { trouble = nil }
    }

    /// Another attempt has failed.
    mutating func stillUnkept(because trouble: String) {
        if !items.isEmpty { self.trouble = trouble }
    }
}
