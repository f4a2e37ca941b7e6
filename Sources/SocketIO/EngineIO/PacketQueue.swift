/// What waits for the client of an ``EngineSession``, in order.
struct PacketQueue: Sendable {
    private struct Entry: Sendable {
        let packet: EnginePacket
        let slot: String?

        /// What it takes of the queue's limits: short ones are not free.
        var bytes: Int { packet.length + 64 }
    }

    private var entries: [Entry] = []
    private(set) var bytes = 0
    /// Of these, what is in a slot: it never grows beyond the newest of each.
    private var slotBytes = 0

    var isEmpty: Bool { entries.isEmpty }
    var bytesOutsideSlots: Int { bytes - slotBytes }

    /// - Parameter slot: a packet of that slot is replaced, in its place.
    mutating func append(_ packet: EnginePacket, replacing slot: String? = nil) {
        let entry = Entry(packet: packet, slot: slot)
        if let slot, let index = entries.firstIndex(where: { $0.slot == slot }) {
            count(entries[index], -1)
            entries[index] = entry
        } else {
            entries.append(entry)
        }
        count(entry, 1)
    }

    private mutating func count(_ entry: Entry, _ sign: Int) {
        bytes += sign * entry.bytes
        if entry.slot != nil { slotBytes += sign * entry.bytes }
    }

    mutating func takeAll() -> [EnginePacket] {
        defer { removeAll() }
        return entries.map(\.packet)
    }

    /// Takes as many of the first packets, one at least, as a polling body of `maximum` bytes has room for.
    mutating func takeBody(of limit: Int, within maximum: Int) -> [EnginePacket] {
        var taken = 0
        // The first packet has no separator before it.
        var length = -1
        while taken < min(limit, entries.count) {
            length += PollingPayload.length(of: entries[taken].packet)
            guard taken == 0 || length <= maximum else { break }
            count(entries[taken], -1)
            taken += 1
        }
        defer { entries.removeFirst(taken) }
        return entries.prefix(taken).map(\.packet)
    }

    /// Takes the last such packet out.
    /// - Returns: false when there is none.
    mutating func removeLast(_ packet: EnginePacket) -> Bool {
        guard let index = entries.lastIndex(where: { $0.packet == packet }) else { return false }
        count(entries.remove(at: index), -1)
        return true
    }

    mutating func removeAll() { self = PacketQueue() }
}
