import Testing

@testable import TrackerServer

@Suite struct AnswerFormatTests {
    @Test(
        arguments: [
            (nil, .json), ("", .json), (" , ", .json), ("*/*", .json), ("application/json", .json), ("text/csv", .csv),
            ("text/plain", .text), ("TEXT/CSV", .csv), ("text/*", .csv), ("text/*, text/csv;q=0", .text),
            ("text/csv;q=0.5, text/plain;q=0.6", .text), ("text/html, */*;q=0.1", .json),
            ("application/json;q=0, */*", .csv), ("text/plain ; q=1.0 , application/json; q = 0.999", .text),
            ("text/plain;charset=utf-8", .text),
            // What a browser sends.
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", .json),
            ("text/html", nil), ("application/json;q=0", nil), ("*/*;q=0", nil), ("image/png, application/xml", nil),
            ("text/csv;q=2, text/plain;q=nan, application/json;q=-1", nil), (";q=1", nil), ("json", nil),
        ] as [(String?, AnswerFormat?)])
    func theHeaderSaysWhatIsLikedBest(accept: String?, format: AnswerFormat?) {
        #expect(AnswerFormat.preferred(accept: accept) == format)
    }
}
