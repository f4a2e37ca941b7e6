import Foundation
import Shared
import TestSupport
import Testing

@Suite struct CaseFoldingTests {
    /// Every character against Python's `casefold`, which has the standard's table. Both must make the same texts equal: what
    /// they fold to differs in Cherokee alone, where small letters stand for capitals.
    @Test(.ownThread) func everyCharacterIsFoldedAsTheStandardSays() async throws {
        let script = """
            import unicodedata
            for code in range(0x110000):
                text = chr(code)
                if unicodedata.category(text) in ("Cs", "Cn"): continue
                folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
                print(code, *map(ord, folded))
            """
        let outcome = try await run("python3", "-c", script)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let cherokee = (UInt32(0x13A0)...0x13F5)
        var count = 0
        for line in String(decoding: outcome.output, as: UTF8.self).split(separator: "\n") {
            let codes = line.split(separator: " ").compactMap { UInt32($0) }
            let scalars = codes.compactMap { Unicode.Scalar($0) }
            try #require(scalars.count == codes.count && !scalars.isEmpty)
            var expected = scalars.dropFirst().reduce(into: "") { $0.unicodeScalars.append($1) }
            if codes.count == 2, cherokee.contains(codes[1]) { expected = scalars[1].properties.lowercaseMapping }
            let folded = String(Character(scalars[0])).caseFolded
            #expect(folded.unicodeScalars.elementsEqual(expected.unicodeScalars) || folded == expected, "\(line)")
            count += 1
        }
        #expect(count > 280_000)
    }

    /// The standard library would need minutes to compose half a million marks that stand in the wrong order.
    @Test func whatIsTooLongForAnyIDIsNotComposed() {
        let marks = String(repeating: "\u{301}", count: 240_000) + String(repeating: "\u{316}", count: 240_000)
        #expect(marks.composed.utf8.elementsEqual(marks.utf8))
        #expect(AccountID(stored: marks) == AccountID(stored: marks))
        #expect(AccountID(stored: marks) != AccountID(stored: marks + "a"))
        #expect(PasswordRule.prepared(marks).utf8.elementsEqual(marks.utf8))
        #expect(AccountID(marks) == nil)
    }

    /// Character by character, and what only the whole text shows.
    @Test(arguments: [
        "e\u{301}", "\u{212B}", "\u{1100}\u{1161}\u{11A8}", "a\u{345}\u{301}", "q\u{307}\u{323}", "\u{958}", "",
    ])
    func textsAreComposedAsFoundationDoes(text: String) {
        let composed = text.precomposedStringWithCanonicalMapping
        #expect(text.composed.unicodeScalars.elementsEqual(composed.unicodeScalars))
    }
}
