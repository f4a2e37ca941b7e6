import Testing

@testable import TrackerTUI

struct ErrorLinesTests {
    private func written(_ text: String, in lines: inout ErrorLines, at seconds: Int = 0) -> [String] {
        lines.take(Array(text.utf8), at: .seconds(seconds))
    }

    @Test func aLineIsWrittenWhenItIsWhole() {
        var lines = ErrorLines()
        #expect(written("Authorization ", in: &lines) == [])
        #expect(written("required\n\nand\u{1B}[2J more", in: &lines) == ["Authorization required"])
        #expect(lines.end() == ["and [2J more"])
    }

    @Test func theSameLineIsWrittenOnceAnHour() {
        var lines = ErrorLines()
        var all: [String] = []
        for second in 0..<7300 { all += written("Authorization required\n", in: &lines, at: second) }
        let more = "3599 more lines, the same ones or too many."
        #expect(all == ["Authorization required", more, "Authorization required", more, "Authorization required"])
    }

    @Test func aFloodIsCut() {
        var lines = ErrorLines()
        var all: [String] = []
        for number in 0..<10_000 { all += written("\(number)\n", in: &lines) }
        #expect(all.count == ErrorLines.linesAnHour)
        #expect(lines.end() == ["\(10_000 - ErrorLines.linesAnHour) more lines, the same ones or too many."])
        let long = String(repeating: "x", count: 100_000)
        #expect(written(long + "\n", in: &lines) == [String(long.prefix(ErrorLines.lineLimit))])
    }
}
