import JSON
import Testing

@Suite struct JSONReaderTests {
    private func roundTrip(_ text: String) throws -> String {
        String(decoding: JSONWriter.bytes(of: try JSONReader.value(of: Array(text.utf8)), .compact), as: UTF8.self)
    }

    @Test(arguments: [
        "null", "true", "[]", "{}", #"{"a":1,"b":[true,false,null]}"#, #""\"\\/\b\f\n\r\t\u0001""#,
        "123456789012345678901234567890.50e+2", "-0", "1E5", #"["漢字🙂é"]"#,
        #"{"__proto__":1,"constructor":2,"10":3,"2":4}"#,
    ])
    func canonicalTextSurvivesUnchanged(text: String) throws {
        #expect(try roundTrip(text) == text)
    }

    @Test func escapesBecomeCharactersAndWhiteSpaceGoes() throws {
        #expect(try roundTrip(" { \"a\" :\r\n\t\"\\u00e9\\ud83d\\ude42\\/\" } ") == #"{"a":"é🙂/"}"#)
    }

    @Test func ofDuplicateKeysTheLastWinsInTheFirstPlace() throws {
        #expect(try roundTrip(#"{"a":1,"b":2,"a":3}"#) == #"{"a":3,"b":2}"#)
    }

    @Test func keysThatOnlyLookAlikeAreDifferentKeys() throws {
        let text = "{\"\u{E9}\":1,\"e\u{301}\":2}"
        #expect(try roundTrip(text).utf8.elementsEqual(text.utf8))
    }

    @Test func aThousandKeysAreAllKept() throws {
        let text = "{" + (0..<1000).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}"
        #expect(try roundTrip(text) == text)
        #expect(try JSONReader.value(of: Array(text.utf8)).object?["k999"] == .number(999))
    }

    @Test(arguments: [#""\ud800""#, #""a\uDC00b""#, #""\ud83dx\u00e9""#, #""\ud83d\ud83d""#])
    func unpairedSurrogatesStayTheEscapesTheyWere(text: String) throws {
        let expected = text.replacing(#"\u00e9"#, with: "é")
        #expect(try roundTrip(text) == expected)
        #expect(try roundTrip("{\(text):1}") == "{\(expected):1}")
    }

    @Test(arguments: [
        ("", 1, 1), ("{", 1, 2), ("[1,]", 1, 4), ("{\"a\" 1}", 1, 6), ("{\n  \"a\": tru\n}", 2, 8), ("01", 1, 2),
        ("[1.]", 1, 4), ("1e", 1, 3), ("\"é\n\"", 1, 3), (#""\x""#, 1, 2), (#""\u12g4""#, 1, 2), ("[1] 2", 1, 5),
        ("\u{FEFF}{}", 1, 1), ("{1:2}", 1, 2), ("'a'", 1, 1), ("\"abc", 1, 5), ("-", 1, 1), ("[nul]", 1, 2),
    ])
    func anErrorSaysWhereItIs(text: String, line: Int, column: Int) throws {
        let error = #expect(throws: JSONError.self) { try JSONReader.value(of: Array(text.utf8)) }
        #expect(error?.place.line == line)
        #expect(error?.place.column == column)
    }

    @Test func invalidUTF8IsRefused() {
        for bytes: [UInt8] in [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22],
        ] {
            #expect(throws: JSONError.self) { try JSONReader.value(of: bytes) }
        }
    }

    @Test func nestingIsBoundedAndUsesUpNoStack() throws {
        let depth = JSONReader.maximumDepth
        let allowed = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(try roundTrip(allowed) == allowed)
        for opening in ["[", "{\"a\":"] {
            let error = #expect(throws: JSONError.self) {
                try JSONReader.value(of: Array(String(repeating: opening, count: 100_000).utf8))
            }
            #expect(error?.expected == "no nesting deeper than 200 levels")
        }
    }
}
