import Shared
import Testing

@testable import TrackerTUI

struct CanvasTests {
    @Test func textIsCutAtTheEdgeAndOutsideNothingHappens() {
        var canvas = Canvas(width: 5, height: 2)
        canvas.put("hello world", x: 2, y: 0)
        canvas.put("gone", x: 0, y: 2)
        canvas.put("gone", x: -1, y: 1)
        canvas.put("gone", x: 9, y: 1)
        #expect(canvas.lines == ["  hel", ""])
    }

    @Test func columnsLimitAText() {
        var canvas = Canvas(width: 10, height: 1)
        #expect(canvas.put("abcdef", x: 1, y: 0, columns: 3) == 4)
        #expect(canvas.lines == [" abc"])
    }

    @Test func controlCharactersNeverReachACell() {
        var canvas = Canvas(width: 20, height: 1)
        canvas.put("a\u{1B}[31mb\r\n\u{7}\u{9B}c\u{202E}\u{0}d", x: 0, y: 0)
        #expect(canvas.lines == ["a[31mbcd"])
        let all = canvas.cells.compactMap(\.character)
        #expect(all.allSatisfy { CharacterWidth.columns(of: $0) > 0 })
    }

    @Test func wideCharactersTakeTwoColumnsAndAreNeverHalved() {
        var canvas = Canvas(width: 5, height: 1)
        #expect(canvas.put("日本語", x: 0, y: 0) == 4)
        #expect(canvas.lines == ["日本"])
        canvas.put("x", x: 1, y: 0)
        #expect(canvas.lines == [" x本"])
        canvas.put("y", x: 2, y: 0)
        #expect(canvas.lines == [" xy"])
    }

    @Test func inASCIIEverythingElseIsReplacedColumnForColumn() {
        var canvas = Canvas(width: 12, height: 1, glyphs: .ascii)
        canvas.put("é日x…", x: 0, y: 0)
        #expect(canvas.lines == ["???x~"])
    }

    @Test(
        arguments: [
            ("a", 1), ("é", 1), ("e\u{301}", 1), ("日", 2), ("한", 2), ("Ａ", 2), ("👍🏽", 2), ("❤️", 2), ("\u{301}", 0),
            ("\u{200B}", 0), ("\t", 0), ("\u{85}", 0), ("─", 1), ("█", 1),
        ] as [(Character, Int)])
    func charactersHaveTheirColumns(character: Character, columns: Int) {
        #expect(CharacterWidth.columns(of: character) == columns)
    }
}
