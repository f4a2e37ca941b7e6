import JSON
import Shared
import Testing

@testable import TrackerTUI

struct LiveEventTests {
    private func received(_ name: String, _ text: String) throws -> LiveEvent? {
        try LiveEvent.received(name, JSONReader.value(of: Array(text.utf8)))
    }

    @Test func eventsOfTheServerAreReadByTheirNames() throws {
        #expect(
            try received("interval:assigned", #"{"employeeId":"eve","intervalSeconds":120}"#)
                == .intervalAssigned(.init(employeeID: "eve", interval: .seconds(120))))
        #expect(
            try received("interval:assigned", #"{"employeeId":"eve","intervalSeconds":null}"#)
                == .intervalAssigned(.init(employeeID: "eve", interval: .unassigned)))
        #expect(
            try received("interval:assigned", #"{"employeeId":"eve"}"#)
                == .intervalAssigned(.init(employeeID: "eve", interval: .unstated)))
        #expect(try received("live_view:initiate", #"{"by":"boss"}"#) == .liveViewInitiated(.init(by: "boss")))
        #expect(try received("live_view:terminate", #"{"by":"boss"}"#) == .liveViewTerminated(.init(by: "boss")))
        #expect(
            try received("live_view:watchers", #"{"watchers":["boss","chief"]}"#)
                == .liveViewWatched(.init(watchers: ["boss", "chief"])))
        #expect(try received("presence:online", #"{"userId":"eve"}"#) == nil)
        #expect(throws: JSONFieldError.self) { try received("live_view:initiate", "{}") }
    }

    @Test func aLookIsReadWithinBounds() throws {
        let text = { (who: String) in
            #"{"n":7,"at":"2026-03-02T08:00:00.000Z","who":\#(who),"what":"image_viewed","about":"eve","detail":null}"#
        }
        let row = AuditRow(number: 7, at: Times.wallZero, who: "boss", what: "image_viewed", about: "eve")
        #expect(try received("audit:looked", text(#""boss""#)) == .looked(row))
        #expect(throws: JSONFieldError.self) {
            try received("audit:looked", text("\"\(String(repeating: "n", count: 1017))\""))
        }
    }

    @Test func aCorrectionIsReadWithinBounds() throws {
        let text = { (minutes: String, by: String) in
            #"{"correction":{"id":"c","employeeId":"eve","date":"2026-03-02","minutes":\#(minutes),"reason":"r","by":"\#(by)","#
                + #""createdAt":"2026-03-02T08:00:00.000Z","revokedAt":null,"revokedBy":null}}"#
        }
        let correction = Correction(
            id: "c", employeeID: "eve", date: CivilDate(daysSince1970: 20_514), minutes: -30, reason: "r", by: "boss",
            createdAt: Times.wallZero)
        #expect(try received("work:correction", text("-30", "boss")) == .corrected(correction))
        let tooLong = String(repeating: "n", count: 1017)
        for (minutes, by) in [("527041", "boss"), ("-9223372036854775808", "boss"), ("0.5", "boss"), ("1", tooLong)] {
            #expect(throws: JSONFieldError.self) { try received("work:correction", text(minutes, by)) }
        }
    }

    @Test func namesThatNobodyHasAreNotTaken() throws {
        let (longest, tooLong) = (String(repeating: "n", count: 1016), String(repeating: "n", count: 1017))
        for event in ["live_view:initiate", "live_view:terminate"] {
            #expect(try received(event, #"{"by":"\#(longest)"}"#) != nil)
            #expect(throws: JSONFieldError.self) { try received(event, #"{"by":"\#(tooLong)"}"#) }
        }
        #expect(throws: JSONFieldError.self) {
            try received("live_view:watchers", #"{"watchers":["boss","\#(tooLong)"]}"#)
        }
        let crowd = Array(repeating: #""x""#, count: 101).joined(separator: ",")
        #expect(
            try received("live_view:watchers", #"{"watchers":[\#(crowd)]}"#)
                == .liveViewWatched(.init(watchers: Array(repeating: "x", count: 100))))
    }

    @Test func messagesHaveTheirNamesAndPayloads() {
        let frame = LiveViewFrame(employeeID: "eve", frameBase64: "AA==", ts: Times.wallZero)
        #expect(LiveMessage.frame(frame).kind.rawValue == "live_view:frame")
        #expect(LiveMessage.frame(frame).payload == frame.json)
        #expect(LiveMessage.terminate(.init(by: "eve")).kind.rawValue == "live_view:terminate")
        #expect(LiveMessage.terminate(.init(by: "eve")).payload == .object(["by": .string("eve")]))
    }
}
