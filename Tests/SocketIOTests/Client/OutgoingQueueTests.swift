import Testing

@testable import SocketIO

struct OutgoingQueueTests {
    private func text(_ content: String) -> EngineMessage { .text(Array(content.utf8)) }

    private func append(_ messages: [EngineMessage], to queue: inout OutgoingQueue, _ slot: String?) -> Bool {
        queue.append(messages, replacing: slot)
    }

    @Test func theNewestOfASlotTakesThePlaceOfTheOldest() {
        var queue = OutgoingQueue(limit: 1000)
        #expect(append([text("a"), .binary([1])], to: &queue, "frame") == true)
        #expect(append([text("b")], to: &queue, nil) == true)
        #expect(append([text("c")], to: &queue, "frame") == true)
        #expect(queue.takeAll() == [.message(text("c")), .message(text("b"))])
        #expect(queue.bytes == 0)
    }

    @Test func aQueueThatIsFullStaysAsItIs() {
        var queue = OutgoingQueue(limit: 200)
        #expect(append([text("aaaa")], to: &queue, "s") == true)
        #expect(append([text(String(repeating: "b", count: 200))], to: &queue, "s") == false)
        #expect(append([text(String(repeating: "b", count: 100))], to: &queue, nil) == false)
        #expect(queue.takeAll() == [.message(text("aaaa"))])
    }

    @Test func whatIsPartlyOnItsWayIsNotReplaced() {
        var queue = OutgoingQueue(limit: 1000)
        #expect(append([text("a"), .binary([1, 2, 3])], to: &queue, "s") == true)
        #expect(queue.take(1, within: 100) == [.message(text("a"))])
        #expect(append([text("b")], to: &queue, "s") == true)
        #expect(queue.take(16, within: 100) == [.message(.binary([1, 2, 3])), .message(text("b"))])
        #expect(queue.isEmpty && queue.bytes == 0)
    }

    @Test func noMoreIsTakenThanABodyMayHave() {
        var queue = OutgoingQueue(limit: 10_000)
        for number in 0..<20 { #expect(append([text("\(number)")], to: &queue, nil) == true) }
        #expect(queue.take(16, within: 10).count == 3)
        #expect(queue.take(16, within: 1000).count == 16)
        #expect(queue.take(16, within: 1000).count == 1)
    }
}
