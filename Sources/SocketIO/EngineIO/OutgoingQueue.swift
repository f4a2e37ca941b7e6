/// What waits to go out, in order, as groups of messages that belong together: a packet and its attachments.
struct OutgoingQueue: Sendable {
    struct Group: Sendable, Hashable {
        var messages: ArraySlice<EngineMessage>
        /// Nil as well once a part of the group is on its way: it can't be replaced any more.
        var slot: String?

        var bytes: Int { messages.reduce(0) { $0 + OutgoingQueue.bytes(of: $1) } }
    }

    private(set) var groups: [Group] = []
    private(set) var bytes = 0
    let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var isEmpty: Bool { groups.isEmpty }

    /// What a message takes of ``limit``: short ones are not free.
    static func bytes(of message: EngineMessage) -> Int { message.content.count + 64 }

    /// - Parameter slot: a group of that slot that waits is replaced, in its place.
    /// - Returns: false, and nothing has changed, when there is no room.
    mutating func append(_ messages: [EngineMessage], replacing slot: String?) -> Bool {
        let group = Group(messages: messages[...], slot: slot)
        let replaced = slot.flatMap { slot in groups.firstIndex { $0.slot == slot } }
        let total = bytes + group.bytes - (replaced.map { groups[$0].bytes } ?? 0)
        guard total <= limit else { return false }
        bytes = total
        if let replaced { groups[replaced] = group } else { groups.append(group) }
        return true
    }

    mutating func takeAll() -> [EnginePacket] {
        defer { removeAll() }
        return groups.flatMap { $0.messages.map { .message($0) } }
    }

    /// Takes the first messages: at most `count`, which together take at most `limit` bytes of a polling body.
    mutating func take(_ count: Int, within limit: Int) -> [EnginePacket] {
        var packets: [EnginePacket] = []
        var room = limit
        var finished = 0
        groups: for index in groups.indices {
            while let message = groups[index].messages.first {
                let packet = EnginePacket.message(message)
                let length = PollingPayload.length(of: packet)
                guard packets.count < count, length <= room else { break groups }
                room -= length
                bytes -= Self.bytes(of: message)
                packets.append(packet)
                groups[index].messages.removeFirst()
                groups[index].slot = nil
            }
            finished = index + 1
        }
        groups.removeFirst(finished)
        return packets
    }

    mutating func removeAll() {
        groups = []
        bytes = 0
    }
}
