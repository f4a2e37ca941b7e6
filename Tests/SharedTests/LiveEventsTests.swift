import JSON
import Shared
import Testing

@Suite struct LiveEventsTests {
    private func text(_ value: some JSONRepresentable) -> String {
        String(decoding: JSONWriter.bytes(of: value.json, .compact), as: UTF8.self)
    }

    /// Writes `value` as `expected`, and reads it back from there.
    private func check<Value: JSONRepresentable & Equatable>(_ value: Value, _ expected: String) throws {
        #expect(text(value) == expected)
        #expect(try Value(json: JSONReader.value(of: Array(expected.utf8))) == value)
    }

    private func complaint<Value: JSONRepresentable>(_ type: Value.Type, _ text: String) -> String? {
        do {
            _ = try Value(json: JSONReader.value(of: Array(text.utf8)))
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func payloadsHaveTheContractsKeysInItsOrder() throws {
        try check(LiveCredentials(token: "t"), #"{"token":"t"}"#)
        try check(LiveCredentials(token: "t", host: "desk"), #"{"token":"t","host":"desk"}"#)
        try check(PresenceList(users: ["a", "b"]), #"{"users":["a","b"]}"#)
        try check(PresenceList(users: []), #"{"users":[]}"#)
        try check(PresenceChange(userID: "a"), #"{"userId":"a"}"#)
        try check(
            IntervalAssigned(employeeID: "a", interval: .seconds(300)), #"{"employeeId":"a","intervalSeconds":300}"#)
        try check(
            IntervalAssigned(employeeID: "a", interval: .seconds(CaptureInterval.hoursOnly)),
            #"{"employeeId":"a","intervalSeconds":0}"#)
        try check(
            IntervalAssigned(employeeID: "a", interval: .unassigned), #"{"employeeId":"a","intervalSeconds":null}"#)
        try check(IntervalAssigned(employeeID: "a", interval: .unstated), #"{"employeeId":"a"}"#)
        try check(LiveViewTarget(employeeID: "a"), #"{"employeeId":"a"}"#)
        try check(LiveViewInitiate(by: "boss"), #"{"by":"boss"}"#)
        try check(LiveViewWatchers(watchers: ["boss"]), #"{"watchers":["boss"]}"#)
        try check(
            LiveViewFrame(employeeID: "a", frameBase64: "iVBORw==", ts: Timestamp(milliseconds: 1_772_438_700_512)),
            #"{"employeeId":"a","frameBase64":"iVBORw==","ts":"2026-03-02T08:05:00.512Z"}"#)
        try check(LiveViewTerminate(by: "a"), #"{"by":"a"}"#)
        try check(
            LiveViewTerminate(by: "a", reason: LiveViewTerminate.offline), #"{"by":"a","reason":"offline"}"#)
    }

    @Test func aSessionNamesItsEmployee() {
        for name in ["mira@harbour.example", "a-b", "-", "Ödegaard-7"] {
            #expect(WorkSession.employee(ofID: "\(name)-1772438700512") == AccountID(stored: name))
        }
    }

    @Test func whatIsMissingIsNamed() {
        #expect(complaint(LiveCredentials.self, "{}") == #""token" must be a text."#)
        #expect(complaint(PresenceList.self, #"{"users":[1]}"#) == #""users" must be a list of texts."#)
        #expect(complaint(LiveViewWatchers.self, "{}") == #""watchers" must be a list of texts."#)
        #expect(complaint(PresenceChange.self, "[]") == "The JSON must be an object.")
        #expect(
            complaint(IntervalAssigned.self, #"{"employeeId":"a","intervalSeconds":"x"}"#)
                == #""intervalSeconds" must be a whole number."#)
        #expect(complaint(LiveViewInitiate.self, #"{"by":null}"#) == #""by" must be a text."#)
        #expect(
            complaint(LiveViewFrame.self, #"{"employeeId":"a","frameBase64":"","ts":5}"#) == #""ts" must be a text."#)
    }

    @Test func aHostIsAShortName() {
        let expected = #""host" must be a text of at most 100 characters without control characters."#
        for host in ["1", "[]", #""\u0007""#, "\"" + String(repeating: "x", count: 101) + "\""] {
            #expect(complaint(LiveCredentials.self, #"{"token":"t","host":\#(host)}"#) == expected)
        }
        for host in ["null", #""""#, "\"" + String(repeating: "é", count: 100) + "\""] {
            #expect(complaint(LiveCredentials.self, #"{"token":"t","host":\#(host)}"#) == nil)
        }
    }

    @Test func keysThatNobodyKnowsAreIgnored() {
        #expect(complaint(LiveViewTarget.self, #"{"employeeId":"a","quality":"high"}"#) == nil)
    }

    @Test func theLargestImageFitsAPacket() {
        let base64 = (LiveViewFrame.largestImage + 2) / 3 * 4
        let around = text(
            LiveViewFrame(employeeID: String(repeating: "é", count: 254), frameBase64: "", ts: .latest))
        #expect(base64 + around.utf8.count + 100 < 1_000_000)
    }
}
