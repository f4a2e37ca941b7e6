import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// A page's days are the server's: what the browser knows of zones is cut where our rules cut.
struct WebDaysTests {
    private static let script = """
        import { setZone, daySpan, dayOf } from "./format.mjs";
        import { readFileSync } from "node:fs";
        const cut = (zone, days) => {
          setZone(zone);
          return days.map((day) => [...daySpan(day), dayOf(daySpan(day)[0]), dayOf(daySpan(day)[1] - 1)]);
        };
        console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(([zone, days]) => cut(zone, days))));
        """

    @Test func aPageCutsDaysWhereTheServerDoes() async throws {
        let folder = try TemporaryFolder()
        let module = Program.repository + "/Sources/TrackerServer/Public/lib/format.js"
        try folder.write([UInt8](try Data(contentsOf: URL(fileURLWithPath: module))), to: "format.mjs")
        try folder.write(Self.script, to: "days.mjs")
        var asked: [JSONValue] = []
        var expected: [JSONValue] = []
        for (zone, middle) in OtherArithmeticTests.zones {
            let calendar = WorkCalendar(zone: try #require(ZoneDatabase.system.zone(zone)))
            let center = try #require(CivilDate(iso8601: middle))
            // A day that the zone skipped has no instants.
            let days = (-5...5).map { center.adding(days: $0) }.filter { !calendar.span(of: $0).isEmpty }
            asked.append(.array([.string(zone), .array(days.map { .string($0.iso8601) })]))
            expected.append(
                .array(
                    days.map { day in
                        let span = calendar.span(of: day)
                        return .array([
                            .number(Int(span.lowerBound.milliseconds)), .number(Int(span.upperBound.milliseconds)),
                            .string(day.iso8601), .string(day.iso8601),
                        ])
                    }))
        }
        let node = try ChildProcess(["node", folder.path + "/days.mjs"], hasInput: true)
        #expect(node.write(JSONWriter.bytes(of: .array(asked), .compact)))
        node.closeInput()
        let answer = await bytes(from: node.output)
        #expect(await node.end() == 0)
        for (index, cut) in try #require(try JSONReader.value(of: answer).array).enumerated() {
            #expect(cut == expected[index], "\(OtherArithmeticTests.zones[index].0)")
        }
    }
}
