import Testing

@testable import TrackerTUI

struct DurationTextTests {
    @Test func durationsAndSizesReadWell() {
        #expect(DurationText.clock(seconds: 3723) == "01:02:03")
        #expect(DurationText.clock(seconds: 360_000) == "100:00:00")
        #expect(DurationText.clock(seconds: -5) == "00:00:00")
        #expect(DurationText.words(seconds: 60) == "1 minute")
        #expect(DurationText.words(seconds: 90) == "90 seconds")
        #expect(DurationText.size(bytes: 999) == "999 B")
        #expect(DurationText.size(bytes: 999_499) == "999 kB")
        #expect(DurationText.size(bytes: 999_500) == "1.0 MB")
        #expect(DurationText.size(bytes: 1_449_999) == "1.4 MB")
    }
}
