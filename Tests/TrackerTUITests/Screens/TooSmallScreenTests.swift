import Testing

@testable import TrackerTUI

struct TooSmallScreenTests {
    @Test(arguments: [(39, 12), (40, 11), (10, 3), (1, 1)])
    func aTerminalThatIsTooSmallSaysWhatIsNeeded(width: Int, height: Int) {
        let lines = Scene(width: width, height: height).lines
        #expect(lines.count == height)
        #expect(lines[0].first == "T")
        if width == 39 {
            #expect(lines[0...1] == ["This window has 39x12 characters; Time", "Tracker needs 40x12."])
        }
    }
}
