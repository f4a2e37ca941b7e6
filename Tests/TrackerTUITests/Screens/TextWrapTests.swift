import Testing

@testable import TrackerTUI

struct TextWrapTests {
    @Test func linesBreakAtSpacesAndLongWordsWhereTheyMust() {
        #expect(TextWrap.lines("to be or not", columns: 5) == ["to be", "or", "not"])
        #expect(TextWrap.lines("abcdefgh ij", columns: 3) == ["abc", "def", "gh", "ij"])
        #expect(TextWrap.lines("日本語", columns: 4) == ["日本", "語"])
        #expect(TextWrap.lines("日", columns: 1) == [])
    }

    @Test func shortenedTextEndsWithAnEllipsis() {
        #expect(TextWrap.shortened("abcdef", columns: 6) == "abcdef")
        #expect(TextWrap.shortened("abcdef", columns: 5) == "abcd…")
        #expect(TextWrap.shortened("日本語", columns: 4) == "日…")
    }
}
