import Testing

@testable import TrackerTUI

struct TextFieldTests {
    private func field(after keys: [Key], _ text: String = "") -> TextField {
        var field = TextField(text)
        for key in keys { _ = field.handle(key) }
        return field
    }

    @Test func charactersGoWhereTheCursorIs() {
        let field = field(after: [.left, .left, .character("x"), .right, .character("y")], "abc")
        #expect(field.text == "axbyc")
        #expect(field.cursor == 4)
    }

    @Test func backspaceAndDeleteTakeTheirSide() {
        #expect(field(after: [.left, .backspace, .delete], "abc").text == "a")
        #expect(field(after: [.home, .backspace, .delete], "abc").text == "bc")
        #expect(field(after: [.end, .delete], "abc").text == "abc")
        #expect(field(after: [.control("u")], "abc").text == "")
    }

    @Test func controlWTakesTheWordBeforeTheCursor() {
        #expect(field(after: [.control("w")], "one two  ").text == "one ")
        #expect(field(after: [.left, .left, .control("w")], "one two").text == "one wo")
        #expect(field(after: [.home, .control("w")], "one").text == "one")
        var secret = TextField("one two", isSecret: true)
        let isTaken = secret.handle(.control("w"))
        #expect(isTaken && secret.text == "", "its words are nobody's business")
    }

    @Test func pasteIsTheFirstLineWithoutControlCharacters() {
        #expect(field(after: [.paste("\nse\u{1B}cret\t1\r\nmore")]).text == "secret1")
    }

    @Test func aCombiningMarkJoinsTheCharacterBeforeIt() {
        let field = field(after: [.character("e"), .character("\u{301}"), .character("x")])
        #expect(field.text == "e\u{301}x")
        #expect(field.cursor == 2)
    }

    @Test func noMoreThanTheLimit() {
        let field = field(after: [.paste(String(repeating: "a", count: 256)), .character("b")])
        #expect(field.text.count == 256)
    }

    @Test func otherKeysAreNotTheFields() {
        var field = TextField("abc")
        let isTaken = field.handle(.tab)
        #expect(!isTaken)
    }
}
