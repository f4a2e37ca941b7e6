import Testing

@testable import TrackerTUI

struct LogEntryTests {
    @Test func aLineOfOutputIsOneLineWhateverTheServerSent() {
        let entry = LogEntry(at: Times.wallZero, note: .requestRefused("a\nb\u{1B}[2Jc\u{2028}d"))
        #expect(entry.line == "2026-03-02T08:00:00.000Z refused a b [2Jc d")
    }
}
