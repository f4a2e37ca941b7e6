import SocketIO
import TestSupport
import Testing

@Suite struct HubTests {
    /// Of a namespace, as Socket.IO has them.
    private struct Room: Hashable {
        let namespace: String
        let name: String

        init(_ name: String, namespace: String = "/") {
            self.namespace = namespace
            self.name = name
        }
    }

    @Test func aMemberIsWhereItJoinedUntilItLeaves() {
        var hub = Hub<Int, Room>()
        hub.join(1, Room("a"))
        hub.join(1, Room("a"))
        hub.join(2, Room("a"))
        hub.join(2, Room("a", namespace: "/x"))
        #expect(hub.members(of: Room("a")) == [1, 2])
        #expect(hub.members(of: Room("a", namespace: "/x")) == [2])
        #expect(hub.rooms(of: 2) == [Room("a"), Room("a", namespace: "/x")])
        let (first, second) = (hub.leave(1, Room("a")), hub.leave(1, Room("a")))
        #expect(first)
        #expect(!second)
        #expect(hub.members(of: Room("a")) == [2])
        #expect(!hub.contains(1, Room("a")))
        #expect(hub.contains(2, Room("a")))
    }

    @Test func whoGoesIsNowhere() {
        var hub = Hub<Int, Room>()
        for room in ["a", "b", "c"] { hub.join(7, Room(room)) }
        let (left, nothing) = (hub.remove(7), hub.remove(7))
        #expect(left == [Room("a"), Room("b"), Room("c")])
        #expect(hub.members(of: Room("b")).isEmpty)
        #expect(hub.rooms(of: 7).isEmpty)
        #expect(nothing.isEmpty)
    }

    @Test func anyOrderOfJoiningAndLeavingIsWhatASetOfPairsSays() {
        struct Pair: Hashable {
            let member: Int
            let room: Room
        }
        var generator = SeededGenerator(seed: 1)
        var hub = Hub<Int, Room>()
        var pairs: Set<Pair> = []
        let rooms = [Room("a"), Room("b"), Room("a", namespace: "/x")]
        for _ in 0..<2000 {
            let member = Int.random(in: 0..<4, using: &generator)
            let room = rooms[Int.random(in: 0..<3, using: &generator)]
            switch Int.random(in: 0..<5, using: &generator) {
            case 0, 1:
                hub.join(member, room)
                pairs.insert(Pair(member: member, room: room))
            case 2, 3:
                let left = hub.leave(member, room)
                #expect(left == (pairs.remove(Pair(member: member, room: room)) != nil))
            default:
                let left = hub.remove(member)
                #expect(left == Set(pairs.filter { $0.member == member }.map(\.room)))
                pairs = pairs.filter { $0.member != member }
            }
            for room in rooms { #expect(hub.members(of: room) == Set(pairs.filter { $0.room == room }.map(\.member))) }
            for member in 0..<4 {
                #expect(hub.rooms(of: member) == Set(pairs.filter { $0.member == member }.map(\.room)))
            }
        }
    }
}
