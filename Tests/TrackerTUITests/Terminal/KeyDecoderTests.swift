import Testing

@testable import TrackerTUI

struct KeyDecoderTests {
    private func keys(_ inputs: [KeyDecoder.Input]) -> [Key] {
        var decoder = KeyDecoder()
        return inputs.compactMap { decoder.decode($0) }
    }

    private func scalars(_ text: String) -> [KeyDecoder.Input] { text.unicodeScalars.map { .scalar($0.value) } }

    @Test func charactersAreThemselves() {
        #expect(keys(scalars("aé日?")) == [.character("a"), .character("é"), .character("日"), .character("?")])
    }

    @Test func controlCharactersAreKeys() {
        #expect(
            keys(scalars("\t\r\n\u{1B}\u{7F}\u{8}\u{3}\u{1A}"))
                == [.tab, .enter, .enter, .escape, .backspace, .backspace, .control("c"), .control("z")])
    }

    @Test func otherControlCharactersAndNonsenseAreNothing() {
        #expect(keys([.scalar(0), .scalar(0x1F), .scalar(0x85), .scalar(0xD800), .function(.unknown)]) == [])
    }

    @Test func functionKeysPass() {
        #expect(keys([.function(.key(.up)), .function(.resize), .function(.key(.backTab))]) == [.up, .backTab])
    }

    @Test func pastedTextIsOneKeyWhateverIsInIt() {
        let inputs = [.function(.pasteStart)] + scalars("a\t\r\u{3}b") + [.function(.key(.up)), .function(.pasteEnd)]
        #expect(keys(inputs + scalars("c")) == [.paste("a\t\r\u{3}b"), .character("c")])
    }

    @Test func aPasteWithoutAnEndIsGivenOutWhenAskedFor() {
        var decoder = KeyDecoder()
        for input in [.function(.pasteStart)] + scalars("ab") { #expect(decoder.decode(input) == nil) }
        #expect(decoder.isPasting)
        #expect(decoder.endPaste() == .paste("ab"))
        #expect(decoder.endPaste() == nil)
    }

    @Test func anEndlessPasteIsCut() {
        let text = String(repeating: "x", count: KeyDecoder.pasteLimit + 10)
        let pasted = keys([.function(.pasteStart)] + scalars(text) + [.function(.pasteEnd)])
        #expect(pasted == [.paste(String(text.prefix(KeyDecoder.pasteLimit)))])
    }
}
