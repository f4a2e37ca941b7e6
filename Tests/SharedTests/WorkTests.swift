import Foundation
import JSON
import Shared
import Testing

/// What both programs say to each other about work.
@Suite struct WorkTests {
    private static let client = "0b7e7a0e-1111-4222-8333-0123456789ab"
    private let id = UUID(uuidString: client)

    private func value<Value: JSONRepresentable>(_ type: Value.Type = Value.self, _ text: String) throws -> Value {
        try Value(json: JSONReader.value(of: Array(text.utf8)))
    }

    /// Writes `value` as `expected`, and reads it back from there.
    private func check<Value: JSONRepresentable & Equatable>(_ value: Value, _ expected: String) throws {
        #expect(String(decoding: JSONWriter.bytes(of: value.json, .compact), as: UTF8.self) == expected)
        #expect(try self.value(Value.self, expected) == value)
    }

    private func complaint<Value: JSONRepresentable>(_ type: Value.Type, _ text: String) -> String? {
        do {
            _ = try value(type, text)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func requestsSayWhichClientOnlyWhenItIsKnown() throws {
        let client = Self.client
        try check(StartRequest(), "{}")
        try check(StartRequest(client: id, host: "desk"), #"{"client":"\#(client)","host":"desk"}"#)
        try check(HeartbeatRequest(idleDeltaSeconds: 3), #"{"idleDeltaSeconds":3}"#)
        try check(HeartbeatRequest(idleDeltaSeconds: 3, client: id), #"{"idleDeltaSeconds":3,"client":"\#(client)"}"#)
        #expect(try value(StartRequest.self, #"{"client": "\#(client.uppercased())", "host": null}"#).client == id)
        #expect(complaint(StartRequest.self, #"{"client": 1}"#) == #""client" must be a text."#)
        #expect(complaint(HeartbeatRequest.self, #"{"client": "desk"}"#) == #""client" must be a UUID."#)
    }

    @Test func whoTracksElsewhereIsReadFromTheEventAndFromTheRefusal() throws {
        let elsewhere = WorkElsewhere(client: try #require(id), host: "désk")
        try check(elsewhere, #"{"client":"\#(Self.client)","host":"désk"}"#)
        try check(WorkElsewhere(client: try #require(id), host: nil), #"{"client":"\#(Self.client)","host":null}"#)
        #expect(try WorkElsewhere(json: elsewhere.refusal) == elsewhere)
        #expect(
            String(decoding: JSONWriter.bytes(of: elsewhere.refusal, .compact), as: UTF8.self)
                == #"{"error":"Your time is tracked on désk now; start here to take over.","code":"tracked_elsewhere","#
                + #""client":"\#(Self.client)","host":"désk"}"#)
    }

    @Test(arguments: [(0.0, 90), (30, 60), (30.5, 59), (90, 0), (400, 0)])
    func aSessionHasRoomForTheIdleTimeThatItsLengthLeaves(idle: Double, room: Int) {
        let start = Timestamp(milliseconds: 1_772_438_400_000)
        let session = WorkSession(
            id: "eve-1", employeeID: "eve", startedAt: start, endedAt: nil, isActive: true, idleSeconds: idle,
            lastHeartbeatAt: start, date: "2026-03-02")
        #expect(session.idleRoom(until: start.adding(milliseconds: 90_999)) == room)
        #expect(session.idleRoom(until: start.adding(milliseconds: -1)) == 0)
    }

    @Test func spansAndTheirAnswerHaveTheContractsKeysInItsOrder() throws {
        let start = Timestamp(milliseconds: 1_772_438_400_000)
        let span = WorkSpan(
            key: try #require(id), startedAt: start, endedAt: start.adding(seconds: 90), idleSeconds: 30)
        let text =
            #"{"key":"\#(Self.client)","startedAt":"2026-03-02T08:00:00.000Z","endedAt":"2026-03-02T08:01:30.000Z","#
            + #""idleSeconds":30}"#
        try check(WorkSpansRequest(spans: [span]), #"{"spans":[\#(text)]}"#)
        try check(
            WorkSpansRequest(client: id, spans: [span, span]),
            #"{"client":"\#(Self.client)","spans":[\#(text),\#(text)]}"#)
        try check(
            WorkSpansResponse(spans: [.init(key: try #require(id), sessions: [], refusedSeconds: 90, reason: "No.")]),
            #"{"spans":[{"key":"\#(Self.client)","sessions":[],"refusedSeconds":90,"reason":"No."}]}"#)
        try check(
            WorkSpansResponse(spans: [.init(key: try #require(id), sessions: [], refusedSeconds: 0, reason: nil)]),
            #"{"spans":[{"key":"\#(Self.client)","sessions":[],"refusedSeconds":0}]}"#)
    }

    /// An older server does not say how long it waits.
    @Test func theDayEndsWithTheTimeOutWhereTheServerSaysIt() throws {
        let old =
            #"{"today":"2026-03-02","session":null,"totalActiveSeconds":9,"totalIdleSeconds":2,"netActiveSeconds":7,"#
            + #""intervalSeconds":null"#
        var day = WorkDayResponse(
            today: "2026-03-02", session: nil, totals: WorkTotals(activeSeconds: 9, idleSeconds: 2),
            intervalSeconds: nil)
        let none = #","corrections":[],"correctionSeconds":0}"#
        #expect(try WorkDayResponse(json: try JSONReader.value(of: Array((old + "}").utf8))) == day)
        try check(day, old + none)
        day.sessionTimeoutSeconds = 300
        try check(day, old + #","sessionTimeoutSeconds":300"# + none)
    }
}
