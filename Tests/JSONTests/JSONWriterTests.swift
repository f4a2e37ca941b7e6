import JSON
import TestSupport
import Testing

@Suite struct JSONWriterTests {
    @Test func prettyLayoutIsThatOfStringifyWithTwoSpaces() {
        let value: JSONValue = .object([
            "a": .array([]), "b": .object([:]), "c": .array([.number(1), .object(["d": .null])]),
        ])
        let text = String(decoding: JSONWriter.bytes(of: value, .pretty), as: UTF8.self)
        #expect(
            text == """
                {
                  "a": [],
                  "b": {},
                  "c": [
                    1,
                    {
                      "d": null
                    }
                  ]
                }
                """)
    }

    @Test(arguments: [
        (0.0, "0"), (-0.0, "0"), (1, "1"), (47.5, "47.5"), (0.1, "0.1"), (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (1.2345678901234568e20, "123456789012345680000"), (1e-6, "0.000001"), (1e-7, "1e-7"), (1.5e-7, "1.5e-7"),
        (-2.5, "-2.5"), (Double.leastNonzeroMagnitude, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"), (0.30000000000000004, "0.30000000000000004"),
    ])
    func numbersAreWrittenAsJavaScriptWritesThem(value: Double, text: String) {
        #expect(value.ecmaScriptText == text)
    }

    @Test func wholeNumbersAreWrittenAsSwiftWritesThem() {
        var generator = SeededGenerator(seed: 3)
        let anyLength = (0..<64).map {
            Int(truncatingIfNeeded: UInt64.random(in: 0...UInt64.max, using: &generator) >> $0)
        }
        for value in [0, 9, 10, -1, -10, 99, 100, .max, .min] + anyLength {
            var writer = JSONWriter(.compact)
            writer.number(value)
            #expect(String(decoding: writer.bytes, as: UTF8.self) == String(value))
        }
    }

    @Test(arguments: [JSONWriter.Layout.compact, .pretty])
    func keysOfTheSourceAndTextsInPlaceAreAsAnyOthers(layout: JSONWriter.Layout) {
        var writer = JSONWriter(layout)
        writer.beginObject()
        writer.key("kéy")
        writer.string(unescaped: { $0 += Array("10:30".utf8) })
        writer.key(text: "a \"b\"")
        writer.number(7)
        writer.endObject()
        let value: JSONValue = .object(["kéy": .string("10:30"), "a \"b\"": .number(7)])
        #expect(writer.bytes == JSONWriter.bytes(of: value, layout))
    }

    @Test(arguments: [1, 10, 1000])
    func whatIsPassedOnInPartsIsTheWhole(portion: Int) {
        var generator = SeededGenerator(seed: 9)
        let value = JSONValue.array((0..<50).map { _ in randomValue(depth: 4, &generator) })
        var parts: [[UInt8]] = []
        var writer = JSONWriter(.pretty, portion: portion) { parts.append($0) }
        writer.value(value)
        #expect(parts.count > 1 && parts.allSatisfy { $0.count >= portion })
        #expect(parts.flatMap(\.self) + writer.bytes == JSONWriter.bytes(of: value, .pretty))
    }

    @Test func wholeNumbersAreFoundHoweverTheyAreWritten() throws {
        func integer(_ text: String) throws -> Int? {
            guard case .number(let number) = try JSONReader.value(of: Array(text.utf8)) else { return nil }
            return number.integer
        }
        #expect(try integer("60") == 60)
        #expect(try integer("60.0") == 60)
        #expect(try integer("6e1") == 60)
        #expect(try integer("60.5") == nil)
        #expect(try integer("1e400") == nil)
        #expect(try integer("9223372036854775807") == Int.max)
        #expect(try integer("9223372036854775808") == nil)
    }

    /// Node is the reference: random texts, numbers and shapes must come out with its bytes.
    @Test func randomValuesHaveTheBytesOfNode() async throws {
        var generator = SeededGenerator(seed: 7)
        let values = (0..<200).map { _ in randomValue(depth: 4, &generator) }
        let input = JSONWriter.bytes(of: .array(values), .compact)
        let script = "process.stdout.write(JSON.stringify(JSON.parse(require('fs').readFileSync(0, 'utf8')), null, 2))"
        let node = try ChildProcess(["node", "-e", script], hasInput: true)
        #expect(node.write(input))
        node.closeInput()
        #expect(await bytes(from: node.output) == JSONWriter.bytes(of: .array(values), .pretty))
        #expect(await node.end() == 0)
    }

    private func randomValue(depth: Int, _ generator: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .number(Int.random(in: -(1 << 53)...(1 << 53), using: &generator))
        case 3:
            let value = Double(bitPattern: UInt64.random(in: 0...UInt64.max, using: &generator))
            return .number(value.isFinite ? value : 0.5)
        case 4: return .string(randomText(&generator))
        case 5:
            return .array(
                (0..<Int.random(in: 0...5, using: &generator)).map { _ in randomValue(depth: depth - 1, &generator) })
        default:
            // Not a number first: Node moves keys that look like integers to the front.
            return .object(
                JSONObject(
                    (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                        (JSONString("k" + randomText(&generator)), randomValue(depth: depth - 1, &generator))
                    }))
        }
    }

    private func randomText(_ generator: inout SeededGenerator) -> String {
        let scalars = (0..<Int.random(in: 0...12, using: &generator)).compactMap { _ in
            Unicode.Scalar(UInt32.random(in: 0...(Bool.random(using: &generator) ? 0x7F : 0x1_FFFF), using: &generator))
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }
}
