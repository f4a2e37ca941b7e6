import HTTPTypes
import JSON
import Shared
import SocketIO
import Testing

@testable import TrackerServer

struct FrameBoxTests {
    private static func frame(_ ts: String, by employee: String = "mira") throws -> LiveFrame {
        let payload = LiveViewFrame(employeeID: employee, frameBase64: "AAAA", ts: Timestamp(milliseconds: 0))
        var object = try #require(payload.json.object)
        object["ts"] = .string(ts)
        return try #require(LiveFrame(try Self.event(.object(object)), from: mira))
    }

    private static let mira = LiveState.Member(
        account: AccountID(stored: "mira"), isManager: false, proofID: "token", host: "desk")

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
        let box = FrameBox()
        async let next = box.next(within: .seconds(60)) { _, _ in true }
        box.put(try Self.frame("2026-03-02T08:00:00.000Z"))
        #expect(await next?.frame.ts == "2026-03-02T08:00:00.000Z")
    }

    @Test func whoIsSlowGetsTheNewest() async throws {
        let box = FrameBox()
        for second in 0..<10 { box.put(try Self.frame("2026-03-02T08:00:0\(second).000Z")) }
        let next = await box.next(within: .seconds(60)) { number, _ in number > 1 }
        #expect(next?.number == 10)
        #expect(next?.frame.ts == "2026-03-02T08:00:09.000Z")
    }

    @Test func timeRunsOutWithoutAFrame() async throws {
        let box = FrameBox()
        box.put(try Self.frame("2026-03-02T08:00:00.000Z"))
        let next = await box.next(within: .milliseconds(20)) { number, _ in number > 1 }
        #expect(next == nil)
        #expect(box.end == nil)
    }

    /// However short the time is, and whenever it is over.
    @Test(.timeLimit(.minutes(1))) func timeRunsOutForEverybody() async throws {
        let box = FrameBox()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20_000 {
                group.addTask {
                    let next = await box.next(within: .microseconds(number % 200)) { _, _ in true }
                    #expect(next == nil)
                }
            }
        }
    }

    @Test func theEndReleasesWhoWaitsAndTheFirstCounts() async throws {
        let box = FrameBox()
        async let next = box.next { _, _ in true }
        box.end(.tokenEnded)
        box.end(.over)
        #expect(await next == nil)
        #expect(box.end == .tokenEnded)
    }

    @Test(arguments: [
        ("2026-03-02T08:00:01Z", "2026-03-02T08:00:00.999Z", true),
        ("2026-03-02T08:00:01Z", "2026-03-02T08:00:01.000Z", false),
        // The sender's clock was set back.
        ("2026-03-02T08:00:00Z", "2026-03-02T09:00:01.000Z", true), ("17", "17", false), ("18", "17", true),
    ])
    func anotherIsToldByItsStamp(ts: String, than other: String, isAnother: Bool) throws {
        #expect(try Self.frame(ts).isAnother(than: other) == isAnother)
    }

    @Test(
        arguments: [
            (nil, nil), ("desk", "desk"), ("Mira's desk", "Mira's%20desk"), ("Büro 100%", "B%C3%BCro%20100%25"),
        ] as [(String?, String?)])
    func theHostStandsInAHeader(host: String?, header: String?) throws {
        var sender = Self.mira
        sender.host = host
        let frame = try #require(LiveFrame(try Self.event(Self.payload(of: "mira")), from: sender))
        #expect(frame.headers[.xFrameHost] == header)
    }

    private static func payload(of employee: String) -> JSONValue {
        .object([
            "ts": .number(1), "more": .null, "employeeId": .string(employee), "frameBase64": .string("AAAA"),
        ])
    }

    /// All but the id goes on as it came.
    @Test func theIDIsSpelledAsTheAccountIs() throws {
        let frame = try #require(LiveFrame(try Self.event(Self.payload(of: "MIRA")), from: Self.mira))
        #expect(frame.outgoing == OutgoingEvent("live_view:frame", Self.payload(of: "mira")))
        let event = try Self.event(Self.payload(of: "mira"))
        #expect(LiveFrame(event, from: Self.mira)?.outgoing == OutgoingEvent(relaying: event))
        #expect(LiveFrame(try Self.event(Self.payload(of: "jonas")), from: Self.mira) == nil)
    }

    @Test(arguments: [
        #"{}"#, #"{"employeeId":"mira","ts":"x"}"#, #"{"employeeId":"mira","frameBase64":1,"ts":"x"}"#,
        #"{"employeeId":7,"frameBase64":"AAAA","ts":"x"}"#, #"{"employeeId":"mira","frameBase64":"AAAA"}"#,
        #"{"employeeId":"mira","frameBase64":"AAAA","ts":null}"#, #"[]"#, #"7"#, #""mira""#, #"null"#,
    ])
    func whatIsNoFrameIsNone(payload: String) throws {
        #expect(LiveFrame(try Self.event(try JSONReader.value(of: Array(payload.utf8))), from: Self.mira) == nil)
    }
}
