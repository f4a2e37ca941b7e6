import JSON
import TestSupport
import Testing

/// Reading over a value accepts what reading it accepts, and ends where that ends.
@Suite struct SkipValueTests {
    /// Where the value ends, or the error.
    private enum End: Hashable { case offset(Int), refused(JSONError) }

    private func end(_ text: [UInt8], from offset: Int, _ read: (inout JSONReader) throws(JSONError) -> Void) -> End {
        var reader = JSONReader(text, from: offset)
        do throws(JSONError) {
            try read(&reader)
            return .offset(reader.offset)
        } catch {
            return .refused(error)
        }
    }

    private func expectSame(_ text: [UInt8], from offset: Int = 0, _ location: SourceLocation = #_sourceLocation) {
        let read = end(text, from: offset) { reader throws(JSONError) in _ = try reader.value() }
        let skipped = end(text, from: offset) { reader throws(JSONError) in try reader.skipValue() }
        #expect(read == skipped, "\(String(decoding: text, as: UTF8.self))", sourceLocation: location)
    }

    @Test(arguments: [
        "", " ", "null", " true ", "false", "nul", "0", "-0.5e+3", "01", "1.", "-", "\"\"", "\"a\"", "\"", "\"a",
        "\"\\\"\"",
        "\"\\", "\"\\u12\"", "\"\\ud800\"", "\"\\ud83d\\ude42\"", "\"\\x\"", "\"é漢🙂\"", "\"a\nb\"", "\"a\u{0}\"",
        "\"\u{7F}\"",
        "[]", "[1,]", "[", "]", "[\"]\"]", "{}", "{\"a\":1}", "{\"a\":}", "{a:1}", "{\"a\" 1}", "{\"a\":1,}",
        "{\"a\":{\"b\":[\"c\"]}}x",
        "{\"a\\n\":\"b\"}", ",", "tru", "\u{FEFF}1",
    ])
    func aValueIsSkippedWhereItWouldBeRead(text: String) {
        expectSame(Array(text.utf8))
    }

    @Test func everyByteInAStringIsTakenOrRefusedAlike() {
        for byte in UInt8.min...UInt8.max {
            for length in [0, 1, 7, 8, 15, 16, 40] {
                let plain = [UInt8](repeating: UInt8(ascii: "x"), count: length)
                let quote = UInt8(ascii: "\"")
                expectSame([quote] + plain + [byte] + plain + [quote])
                expectSame([quote] + plain + [byte])
                expectSame([UInt8(ascii: "["), quote] + plain + [byte, quote, UInt8(ascii: "]")])
            }
        }
    }

    @Test func longStringsAreSkippedToTheirQuote() {
        let long = String(repeating: "iVBORw0KGgo", count: 10_000)
        for text in [
            "\"\(long)\"", "[\"\(long)\",1]", "\"\(long)", "\"\(long)\u{1}\"", "\"\(long)é\"", "\"\(long)\\n\"",
        ] {
            expectSame(Array(text.utf8))
        }
    }

    @Test(arguments: ["[", "{\"a\":"])
    func nestingIsBoundedAlike(opening: String) {
        let closing = opening == "[" ? "]" : "}"
        for depth in [1, 199, 200, 201, 1000, 100_000] {
            let inside = String(repeating: opening, count: depth)
            expectSame(Array((inside + "1" + String(repeating: closing, count: depth)).utf8))
            expectSame(Array(inside.utf8))
        }
        // A deep value that is over does not count for the next.
        let deep = String(repeating: "[", count: 199) + String(repeating: "]", count: 199)
        expectSame(Array("[\(deep),\(deep)]".utf8))
    }

    @Test func itStartsWhereItIsTold() {
        let text = Array("[1, \"two\",{\"three\":3}]".utf8)
        for offset in 0...text.count { expectSame(text, from: offset) }
    }

    @Test func randomTextsWholeAndMutatedAreSkippedWhereTheyWouldBeRead() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<3000 {
            let text = Array(randomText(depth: 5, &generator).utf8)
            expectSame(text)
            for _ in 0..<4 { expectSame(mutated(text, &generator)) }
        }
    }

    private func randomText(depth: Int, _ generator: inout SeededGenerator) -> String {
        let space = Int.random(in: 0..<6, using: &generator) == 0 ? " \n" : ""
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &generator) {
        case 0: return space + ["null", "true", "false", "0"][Int.random(in: 0..<4, using: &generator)]
        case 1: return "\(Int.random(in: Int.min...Int.max, using: &generator))" + space
        case 2:
            return "-0.\(UInt8.random(in: 0...255, using: &generator))e-\(UInt8.random(in: 0...255, using: &generator))"
        case 3: return randomString(&generator)
        case 4: return "\"" + String(repeating: "a ~", count: Int.random(in: 0..<60, using: &generator)) + "\""
        case 5, 6:
            let elements = (0..<Int.random(in: 0..<4, using: &generator)).map { _ in
                randomText(depth: depth - 1, &generator)
            }
            return "[" + elements.joined(separator: "," + space) + "]" + space
        default:
            let members = (0..<Int.random(in: 0..<4, using: &generator)).map { _ in
                randomString(&generator) + space + ":" + randomText(depth: depth - 1, &generator)
            }
            return "{" + space + members.joined(separator: ",") + "}"
        }
    }

    private func randomString(_ generator: inout SeededGenerator) -> String {
        let parts = [
            "a", "bc", "\\n", "\\\"", "\\\\", "\\u00e9", "\\ud83d\\ude42", "\\udc00", "é", "漢", "🙂", "{", "]", ",",
            "\u{7F}",
        ]
        let chosen = (0..<Int.random(in: 0..<6, using: &generator)).map { _ in
            parts[Int.random(in: 0..<parts.count, using: &generator)]
        }
        return "\"" + chosen.joined() + "\""
    }

    private func mutated(_ text: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var text = text
        let likely = Array("\"\\{}[],:0-.e \u{1}u".utf8) + [0x80, 0xC3, 0xE2, 0xED, 0xFF]
        for _ in 0...Int.random(in: 0..<3, using: &generator) {
            let place = Int.random(in: 0..<max(1, text.count), using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: text.insert(likely[Int.random(in: 0..<likely.count, using: &generator)], at: min(place, text.count))
            case 1 where place < text.count: text.remove(at: place)
            case 2 where place < text.count: text[place] = likely[Int.random(in: 0..<likely.count, using: &generator)]
            default: text = Array(text.prefix(place))
            }
        }
        return text
    }
}
