/// Who is in which room. A room exists as long as somebody is in it.
///
/// - Parameter Room: a room's name, as whoever uses it tells rooms apart.
public struct Hub<Member: Hashable & Sendable, Room: Hashable & Sendable>: Sendable {
    private var members: [Room: Set<Member>] = [:]
    private var rooms: [Member: Set<Room>] = [:]

    /// Nobody is anywhere.
    public init() {}

    /// Without effect when the member is there already.
    public mutating func join(_ member: Member, _ room: Room) {
        members[room, default: []].insert(member)
        rooms[member, default: []].insert(room)
    }

    /// Takes a member out of one room.
    /// - Returns: false when it was not there.
    @discardableResult
    public mutating func leave(_ member: Member, _ room: Room) -> Bool {
        guard members[room]?.remove(member) != nil else { return false }
        if members[room]?.isEmpty == true { members[room] = nil }
        rooms[member]?.remove(room)
        if rooms[member]?.isEmpty == true { rooms[member] = nil }
        return true
    }

    /// Takes a member out of every room.
    /// - Returns: the rooms that it was in.
    @discardableResult
    public mutating func remove(_ member: Member) -> Set<Room> {
        let left = rooms[member] ?? []
        for room in left { leave(member, room) }
        return left
    }

    /// Nobody for a room that does not exist.
    public func members(of room: Room) -> Set<Member> { members[room] ?? [] }
    public func rooms(of member: Member) -> Set<Room> { rooms[member] ?? [] }
    public func contains(_ member: Member, _ room: Room) -> Bool { members[room]?.contains(member) == true }
}
