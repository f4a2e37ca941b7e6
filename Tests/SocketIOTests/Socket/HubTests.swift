import SocketIO
import Testing

struct HubTests {
    private typealias Room = Hub<Int>.Room

    @Test func aMemberIsWhereItJoinedUntilItLeaves() {
        var hub = Hub<Int>()
        hub.join(1, Room("a"))
        hub.join(1, Room("a"))
        hub.join(2, Room("a"))
        hub.join(2, Room("a", namespace: "/x"))
        #expect(hub.members(of: Room("a")) == [1, 2])
        #expect(hub.rooms(of: 2) == [Room("a"), Room("a", namespace: "/x")])
        let hasLeft = (hub.leave(1, Room("a")), hub.leave(1, Room("a")))
        #expect(hasLeft == (true, false))
        #expect(hub.members(of: Room("a")) == [2])
        #expect(!hub.contains(1, Room("a")))
    }

    @Test func whoGoesIsNowhere() {
        var hub = Hub<Int>()
        for room in ["a", "b", "c"] { hub.join(7, Room(room)) }
        let left = hub.remove(7)
        #expect(left == [Room("a"), Room("b"), Room("c")])
        #expect(hub.members(of: Room("b")).isEmpty)
        #expect(hub.rooms(of: 7).isEmpty)
    }
}
