import DequeModule

/// Which small pictures are kept, how large they are, and which was used least recently. Pure.
struct ThumbnailIndex: Sendable {
    private struct Entry {
        let size: Int
        /// The turn of its last use.
        var turn: UInt64
    }

    /// Bytes that all may have together.
    private let limit: Int
    private(set) var bytes = 0
    private var entries: [ThumbnailKey: Entry] = [:]
    private var byImage: [String: Set<ThumbnailKey>] = [:]
    /// Uses in their order; those that a later one has outdated are passed over.
    private var uses: Deque<(key: ThumbnailKey, turn: UInt64)> = []
    private var turn: UInt64 = 0

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { entries.count }

    func contains(_ key: ThumbnailKey) -> Bool { entries[key] != nil }

    /// Notes that it is used now.
    /// - Returns: false when it is not kept.
    mutating func use(_ key: ThumbnailKey) -> Bool {
        guard entries[key] != nil else { return false }
        turn += 1
        entries[key]?.turn = turn
        uses.append((key, turn))
        if uses.count > 2 * entries.count + 100 { uses.removeAll { entries[$0.key]?.turn != $0.turn } }
        return true
    }

    /// Adds one as the most recently used.
    /// - Returns: nil when it is too large to be kept; else those that give way to it: of other versions of the image in its
    ///   width, and the least recently used.
    mutating func add(_ key: ThumbnailKey, size: Int) -> [ThumbnailKey]? {
        remove(key)
        guard size <= limit else { return nil }
        var gone = (byImage[key.image] ?? []).filter { $0.width == key.width }
        for other in gone { remove(other) }
        while bytes + size > limit, let use = uses.popFirst() {
            guard entries[use.key]?.turn == use.turn else { continue }
            remove(use.key)
            gone.insert(use.key)
        }
        bytes += size
        entries[key] = Entry(size: size, turn: turn)
        byImage[key.image, default: []].insert(key)
        _ = use(key)
        return Array(gone)
    }

    /// Whether it is kept or not.
    mutating func remove(_ key: ThumbnailKey) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        bytes -= entry.size
        byImage[key.image]?.remove(key)
        if byImage[key.image]?.isEmpty == true { byImage[key.image] = nil }
    }

    /// Removes those of an image.
    /// - Returns: which they were.
    mutating func removeAll(of image: String) -> [ThumbnailKey] {
        let gone = Array(byImage[image] ?? [])
        for key in gone { remove(key) }
        return gone
    }
}
