import FoundationEssentials

/// Items that the disk has no room for: they wait in memory, and are lost with the process.
struct UnkeptItems: Sendable {
    /// How many, and how many bytes together; beyond it the oldest go first.
    static let most = 100
    static let mostBytes = 64 * 1024 * 1024

    private struct Item: Sendable {
        let id: UUID
        let bytes: [UInt8]
    }

    /// Oldest first.
    private var items: [Item] = []
    private var bytes = 0
    /// Why the last one could not be kept, for a person; nil while there is none.
    private(set) var trouble: String?

    var count: Int { items.count }
    var ids: [UUID] { items.map(\.id) }

    /// What its file would hold.
    subscript(id: UUID) -> [UInt8]? { items.first { $0.id == id }?.bytes }

    func contains(_ id: UUID) -> Bool { items.contains { $0.id == id } }

    /// - Returns: the items that had to go for this one; nil when it alone is more than may be, and is not taken.
    mutating func add(_ id: UUID, _ content: [UInt8], because trouble: String) -> [UUID]? {
        guard content.count <= Self.mostBytes else { return nil }
        var gone: [UUID] = []
        while items.count >= Self.most || bytes + content.count > Self.mostBytes {
            let oldest = items.removeFirst()
            bytes -= oldest.bytes.count
            gone.append(oldest.id)
        }
        items.append(Item(id: id, bytes: content))
        bytes += content.count
        self.trouble = trouble
        return gone
    }

    mutating func remove(_ id: UUID) {
        guard let index = items.firstIndex(where: { $0.id == id }) else { return }
        bytes -= items.remove(at: index).bytes.count
        if items.isEmpty { trouble = nil }
    }
}
