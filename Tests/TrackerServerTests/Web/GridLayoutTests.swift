import Foundation
import JSON
import TestSupport
import Testing

/// The grid of captures that the pages reckon (lib/gridlayout.js), in Node, beside one that is looked at row by row.
struct GridLayoutTests {
    private static let script = """
        import { GridLayout } from "./gridlayout.mjs";
        import { readFileSync } from "node:fs";
        const fine = (number) => Math.round(number * 1000);
        const answers = ({ days, width, sizes, heights, spans, steps }) => {
          const rows = days.flatMap((count, day) => Array.from({ length: count }, () => ({ day: `day ${day}` })));
          const grid = new GridLayout(rows, width, sizes);
          const spots = rows.map((_, place) => grid.spot(place));
          return {
            height: fine(grid.height),
            spots: spots.map(({ x, y, below }, place) => [fine(x), fine(y), fine(grid.groupOf(place).y + below)]),
            firsts: heights.map((y) => grid.firstBelow(y)),
            between: spans.map(([top, bottom]) => grid.between(top, bottom).map(({ group, from, to }) => [group.start, from, to])),
            further: steps.map(([place, rows]) => grid.further(place, rows)),
          };
        };
        console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(answers)));
        """

    @Test func theGridIsWhereItIsWhenLookedAtRowByRow() async throws {
        var random = SeededGenerator(seed: 17)
        var cases = (0..<150).map { _ in Case(using: &random) }
        // Nothing, one, and windows that are narrower than a picture.
        cases += [Case(days: [], width: 900), Case(days: [1], width: 900), Case(days: [3, 1, 4], width: 60)]
        let folder = try TemporaryFolder()
        let module = Program.repository + "/Sources/TrackerServer/Public/lib/gridlayout.js"
        try folder.write([UInt8](try Data(contentsOf: URL(fileURLWithPath: module))), to: "gridlayout.mjs")
        try folder.write(Self.script, to: "grid.mjs")
        let node = try ChildProcess(["node", folder.path + "/grid.mjs"], hasInput: true)
        // Node answers when it has all of it.
        #expect(node.write(JSONWriter.bytes(of: .array(cases.map(\.json)), .compact)))
        node.closeInput()
        let answer = await bytes(from: node.output)
        try #require(await node.end() == 0)
        let answers = try #require(try JSONReader.value(of: answer).array)
        try #require(answers.count == cases.count)
        for (each, answer) in zip(cases, answers) { try each.check(try #require(answer.object)) }
    }
}

/// A list of captures in a window, and what is asked of its grid.
private struct Case {
    /// How many captures each day has, the newest first.
    let days: [Int]
    let width: Int
    var (least, gap, words, head) = (168, 12, 48, 44)
    var heights: [Int] = []
    var spans: [(top: Int, bottom: Int)] = []
    var steps: [(place: Int, rows: Int)] = []

    private var count: Int { days.reduce(0, +) }

    init(days: [Int], width: Int) {
        (self.days, self.width) = (days, width)
        heights = [-10, 0, 50, 10_000]
        spans = [(-10, 10), (0, 600), (5000, 6000)]
        if count > 0 { steps = (-3...3).map { (count - 1, $0) } }
    }

    init(using random: inout SeededGenerator) {
        days = (0..<Int.random(in: 1...7, using: &random)).map { _ in Int.random(in: 1...30, using: &random) }
        width = Int.random(in: 100...1400, using: &random)
        least = Int.random(in: 80...240, using: &random)
        gap = Int.random(in: 0...16, using: &random)
        words = Int.random(in: 16...48, using: &random)
        head = Int.random(in: 20...60, using: &random)
        let end = Int(height) + 200
        heights = (0..<30).map { _ in Int.random(in: -200...end, using: &random) }
        // Also those at which a row begins or ends.
        heights += lines.flatMap { [Int($0.top), Int($0.top + down)] }
        spans = (0..<30).map { _ in
            let top = Int.random(in: -200...end, using: &random)
            return (top, top + Int.random(in: 0...1500, using: &random))
        }
        steps = (0..<60).map { _ in
            (Int.random(in: 0..<count, using: &random), Int.random(in: -9...9, using: &random))
        }
    }

    var json: JSONValue {
        .object([
            "days": .array(days.map { .number($0) }), "width": .number(width),
            "sizes": .object([
                "least": .number(least), "gap": .number(gap), "words": .number(words), "head": .number(head),
            ]),
            "heights": .array(heights.map { .number($0) }),
            "spans": .array(spans.map { .array([.number($0.top), .number($0.bottom)]) }),
            "steps": .array(steps.map { .array([.number($0.place), .number($0.rows)]) }),
        ])
    }

    // The grid, row by row.

    /// A row of pictures: which day it is of, its places, and where it begins.
    private struct Line {
        let day: Int
        let places: Range<Int>
        let top: Double
    }

    private var columns: Int { max(1, (width + gap) / (least + gap)) }
    private var cell: Double { Double(width - gap * (columns - 1)) / Double(columns) }
    private var down: Double { (cell * 0.625 + 0.5).rounded(.down) + Double(words + gap) }

    private var lines: [Line] {
        var (lines, place, top): ([Line], Int, Double) = ([], 0, 0)
        for (day, count) in days.enumerated() {
            let end = place + count
            top += Double(head)
            while place < end {
                let next = min(end, place + columns)
                lines.append(Line(day: day, places: place..<next, top: top))
                (place, top) = (next, top + down)
            }
        }
        return lines
    }

    private var height: Double { (lines.last?.top ?? -down) + down }

    func check(_ answer: JSONObject) throws {
        func integer(_ value: JSONValue?) -> Int? {
            if case .number(let number)? = value { number.integer } else { nil }
        }
        func integers(_ value: JSONValue?) -> [Int] { (value?.array ?? []).map { integer($0) ?? .min } }
        func lists(_ key: JSONString) throws -> [JSONValue] { try #require(answer[key]?.array) }
        func fine(_ number: Double) -> Int { Int((number * 1000 + 0.5).rounded(.down)) }
        let lines = lines

        #expect(integer(answer["height"]) == fine(height))
        let spots = lines.flatMap { line in
            line.places.map { place -> [Int] in
                let x = Double(place - line.places.lowerBound) * (cell + Double(gap))
                return [fine(x), fine(line.top), fine(line.top)]
            }
        }
        #expect(try lists("spots").map(integers) == spots, "\(self)")

        // The first of which something is to be seen.
        let firsts = heights.map { y in lines.first { $0.top + down > Double(y) }?.places.lowerBound ?? count }
        #expect(integers(answer["firsts"]) == firsts, "\(self)")

        for ((top, bottom), found) in zip(spans, try lists("between").map { ($0.array ?? []).map(integers) }) {
            let places = found.flatMap { Array($0[1]..<$0[2]) }
            #expect(places == Array(Set(places)).sorted(), "in their order, each once")
            let seen = lines.filter { $0.top < Double(bottom) && $0.top + down > Double(top) }.flatMap(\.places)
            // A day whose heading is in the window may have its first row below it.
            let near = lines.filter { $0.top - Double(head) <= Double(bottom) && $0.top + down >= Double(top) }
            #expect(Set(seen).isSubset(of: places), "\(top) to \(bottom) of \(self)")
            #expect(Set(places).isSubset(of: near.flatMap(\.places)), "\(top) to \(bottom) of \(self)")
            for part in found { #expect(starts.contains(part[0]) && part[0] <= part[1]) }
        }

        let further = steps.map { place, rows in
            let from = lines.firstIndex { $0.places.contains(place) } ?? 0
            let column = place - lines[from].places.lowerBound
            guard lines.indices.contains(from + rows) else { return rows > 0 ? count : 0 }
            let line = lines[from + rows].places
            return min(line.lowerBound + column, line.upperBound - 1)
        }
        #expect(integers(answer["further"]) == further, "\(self)")
    }

    /// The first place of each day.
    private var starts: Set<Int> { Set(days.indices.map { days[..<$0].reduce(0, +) }) }
}
