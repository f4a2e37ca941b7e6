import JSON
import Shared
import Testing

@Suite struct OfficeEventTests {
    private let time = Timestamp(milliseconds: 1_772_438_400_123)

    private func check(_ event: OfficeEvent, _ name: String, _ data: String) {
        #expect(event.name == name)
        #expect(String(decoding: JSONWriter.bytes(of: event.json, .compact), as: UTF8.self) == data)
    }

    @Test func eachHasTheContractsNameAndKeysInItsOrder() {
        check(
            .hello(presence: ["a", "b"], tracking: [], at: time), "hello",
            #"{"presence":["a","b"],"tracking":[],"at":"2026-03-02T08:00:00.123Z"}"#)
        check(.presence(userID: "a", isOnline: true), "presence", #"{"userId":"a","online":true}"#)
        let session = WorkSession(
            id: "a-1", employeeID: "a", startedAt: time, endedAt: nil, isActive: true, idleSeconds: 0,
            lastHeartbeatAt: time, date: "2026-03-02")
        check(
            .session(session), "session",
            #"{"employeeId":"a","session":{"id":"a-1","employeeId":"a","startedAt":"2026-03-02T08:00:00.123Z","#
                + #""endedAt":null,"isActive":true,"idleSeconds":0,"lastHeartbeatAt":"2026-03-02T08:00:00.123Z","#
                + #""date":"2026-03-02"}}"#)
        check(
            .capture(UploadRecord(file: "uploads/x.png", employeeID: "a", ts: time)), "capture",
            #"{"file":"uploads/x.png","ts":"2026-03-02T08:00:00.123Z","employeeId":"a"}"#)
        check(
            .interval(IntervalAssigned(employeeID: "a", interval: .unassigned)), "interval",
            #"{"employeeId":"a","intervalSeconds":null}"#)
        check(.account(email: "a", .added), "account", #"{"email":"a","change":"added"}"#)
        check(.account(email: "a", .removed), "account", #"{"email":"a","change":"removed"}"#)
        check(.account(email: "a", .changed), "account", #"{"email":"a","change":"changed"}"#)
        check(
            .organization(name: "Harbour", createdAt: nil), "organization", #"{"name":"Harbour","createdAt":null}"#)
        let correction = Correction(
            id: "c-1", employeeID: "a", date: CivilDate(daysSince1970: 20_514), minutes: -30, reason: "r", by: "m",
            createdAt: time, revokedAt: time, revokedBy: "n")
        check(
            .correction(correction), "correction",
            #"{"correction":{"id":"c-1","employeeId":"a","date":"2026-03-02","minutes":-30,"reason":"r","by":"m","#
                + #""createdAt":"2026-03-02T08:00:00.123Z","revokedAt":"2026-03-02T08:00:00.123Z","#
                + #""revokedBy":"n"}}"#)
    }
}
