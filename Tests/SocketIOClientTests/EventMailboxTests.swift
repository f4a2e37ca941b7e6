import SocketIO
import Synchronization
import Testing

@testable import SocketIOClient

@Suite(.timeLimit(.minutes(5)))
struct EventMailboxTests {
    private func name(_ event: SocketClientEvent?) -> String? {
        if case .refused(let message) = event { message } else { nil }
    }

    @Test func eventsComeInTheirOrderAndHaveALimit() async {
        let mailbox = EventMailbox(maximumEvents: 2, maximumBytes: 10)
        #expect(mailbox.append(.refused(message: "a"), bytes: 4))
        #expect(!mailbox.append(.refused(message: "too long"), bytes: 7))
        #expect(mailbox.append(.refused(message: "b"), bytes: 4))
        #expect(!mailbox.hasRoom)
        #expect(!mailbox.append(.refused(message: "too many"), bytes: 1))
        mailbox.appendAlways(.refused(message: "c"))
        let isEmpty = Mutex(false)
        mailbox.whenEmpty { isEmpty.withLock { $0 = true } }
        for expected in ["a", "b"] { #expect(name(await mailbox.next()) == expected) }
        #expect(!isEmpty.withLock { $0 })
        #expect(name(await mailbox.next()) == "c")
        #expect(isEmpty.withLock { $0 })
        #expect(mailbox.append(.refused(message: "d"), bytes: 10))
    }

    @Test func theReaderGetsWhatWaitsBeforeTheEnd() async {
        let mailbox = EventMailbox(maximumEvents: 2, maximumBytes: 10)
        mailbox.appendAlways(.refused(message: "a"))
        mailbox.finish()
        mailbox.appendAlways(.refused(message: "late"))
        #expect(name(await mailbox.next()) == "a")
        #expect(name(await mailbox.next()) == nil)
    }

    @Test func aReaderThatIsCancelledGoesOn() async {
        let mailbox = EventMailbox(maximumEvents: 2, maximumBytes: 10)
        let reader = Task { await mailbox.next() }
        reader.cancel()
        #expect(name(await reader.value) == nil)
        mailbox.appendAlways(.refused(message: "a"))
        #expect(name(await mailbox.next()) == "a")
    }
}
