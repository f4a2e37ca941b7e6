import JSON
import Shared
import SocketIO
import Synchronization
import Testing

@testable import TrackerServer

struct FrameBoxTests {
    private static func frame(_ ts: String, by employee: String = "mira") throws -> LiveFrame {
        let payload = LiveViewFrame(employeeID: employee, frameBase64: "AAAA", ts: Timestamp(milliseconds: 0))
        var object = try #require(payload.json.object)
        object["ts"] = .string(ts)
        return try #require(LiveFrame(try Self.event(.object(object))))
    }

    /// An event as it comes through a socket.
    private static func event(_ payload: JSONValue) throws -> SocketEvent {
        var session = SocketSession(namespaces: ["/"], connectTimeout: .seconds(1), at: .now)
        _ = session.receive(.text(Array("0".utf8)))
        _ = session.accept("/", sid: "s")
        let text = Array("2[\"live_view:frame\",".utf8) + JSONWriter.bytes(of: payload, .compact) + Array("]".utf8)
        guard case .event(_, let event, _)? = session.receive(.text(text)).first else {
            throw APIError(.invalidJSON, "no event")
        }
        return event
    }

    @Test func whoWaitsGetsTheFrameThatComes() async throws {
        let box = FrameBox {}
        async let next = box.next(within: .seconds(60)) { _, _ in true }
        box.put(try Self.frame("2026-03-02T08:00:00.000Z"))
        #expect(await next?.frame.ts == "2026-03-02T08:00:00.000Z")
    }

    @Test func whoIsSlowGetsTheNewest() async throws {
        let box = FrameBox {}
        for second in 0..<10 { box.put(try Self.frame("2026-03-02T08:00:0\(second).000Z")) }
        let next = await box.next(within: .seconds(60)) { number, _ in number > 1 }
        #expect(next?.number == 10)
        #expect(next?.frame.ts == "2026-03-02T08:00:09.000Z")
    }

    @Test func timeRunsOutWithoutAFrame() async throws {
        let box = FrameBox {}
        box.put(try Self.frame("2026-03-02T08:00:00.000Z"))
        let next = await box.next(within: .milliseconds(20)) { number, _ in number > 1 }
        #expect(next == nil)
        #expect(!box.isEnded)
    }

    @Test func theEndReleasesWhoWaitsAndIsToldOnce() async throws {
        let ends = Mutex(0)
        let (told, tell) = AsyncStream.makeStream(of: Void.self)
        let box = FrameBox {
            ends.withLock { $0 += 1 }
            tell.yield()
        }
        async let next = box.next(within: .seconds(60)) { _, _ in true }
        box.end()
        box.end()
        #expect(await next == nil)
        for await _ in told.prefix(1) {}
        #expect(ends.withLock { $0 } == 1)
    }

    @Test(arguments: [
        ("2026-03-02T08:00:01Z", "2026-03-02T08:00:00.999Z", true),
        ("2026-03-02T08:00:01Z", "2026-03-02T08:00:01.000Z", false),
        ("2026-03-02T08:00:00Z", "2026-03-02T09:00:01.000Z", false), ("17", "17", false), ("18", "17", true),
    ])
    func laterIsToldByTime(ts: String, than other: String, isLater: Bool) throws {
        #expect(try Self.frame(ts).isLater(than: other) == isLater)
    }

    @Test(arguments: [
        #"{}"#, #"{"employeeId":"mira","ts":"x"}"#, #"{"employeeId":"mira","frameBase64":1,"ts":"x"}"#,
        #"{"employeeId":7,"frameBase64":"AAAA","ts":"x"}"#, #"{"employeeId":"mira","frameBase64":"AAAA"}"#,
        #"{"employeeId":"mira","frameBase64":"AAAA","ts":null}"#, #"[]"#, #"7"#, #""mira""#, #"null"#,
    ])
    func whatIsNoFrameIsNone(payload: String) throws {
        #expect(LiveFrame(try Self.event(try JSONReader.value(of: Array(payload.utf8)))) == nil)
    }
}
