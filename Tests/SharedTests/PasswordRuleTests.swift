import Shared
import Testing

@Suite struct PasswordRuleTests {
    /// RFC 8265, section 4.3: the examples of table 4 that say what is the same.
    @Test(arguments: [
        ("correct horse battery staple", "correct horse battery staple"),
        ("Correct Horse Battery Staple", "Correct Horse Battery Staple"),
        ("\u{3C0}\u{DF}\u{E5}", "\u{3C0}\u{DF}\u{E5}"), ("Jack of \u{2666}s", "Jack of \u{2666}s"),
        ("foo\u{1680}bar", "foo bar"), ("a\u{30A}\u{A0}e\u{301}", "\u{E5} \u{E9}"), ("\u{3000}x", " x"),
    ])
    func passwordsAreComposedAndTheirSpacesAreOne(password: String, prepared: String) {
        #expect(PasswordRule.prepared(password).unicodeScalars.elementsEqual(prepared.unicodeScalars))
    }

    @Test func thePreparedFormsCharactersCount() {
        #expect(PasswordRule.allows(String(repeating: "e\u{301}", count: 256)))
        #expect(!PasswordRule.allows(String(repeating: "e\u{301}", count: 9)))
        #expect(PasswordRule.allows(String(repeating: "😀", count: 10)))
        #expect(!PasswordRule.allows(String(repeating: "😀", count: 257)))
    }

    @Test(arguments: ["\u{0}", "\t", "\u{7F}", "\u{85}"])
    func controlCharactersAreRefused(character: String) {
        #expect(PasswordRule.missing(in: "ten or more" + character) == "a text without control characters")
        #expect(PasswordRule.missing(in: character) == PasswordRule.sentence)
        #expect(PasswordRule.allows("ten or more ❤️ 👩‍👩‍👧"))
    }
}
