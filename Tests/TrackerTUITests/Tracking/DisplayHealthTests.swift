import Testing

@testable import TrackerTUI

struct DisplayHealthTests {
    private var display = DisplayHealth()

    @Test mutating func oneSampleAtATime() {
        #expect(display.beginSample(at: .zero) == true)
        #expect(display.beginSample(at: .seconds(1)) == false)
        _ = display.endSample(trouble: nil)
        #expect(display.beginSample(at: .seconds(2)) == true)
    }

    @Test mutating func aTroubleIsNewsOnceWhicheverOfTheTwoHasIt() {
        #expect(display.endCapture(trouble: "No display.") == true)
        #expect(display.endCapture(trouble: "No display.") == false)
        #expect(display.endSample(trouble: "No display.") == false)
        #expect(display.endSample(trouble: "No extension.") == true)
        #expect(display.captureTrouble == "No display." && display.idleTrouble == "No extension.")
        #expect(display.endCapture(trouble: nil) == false)
        #expect(display.endSample(trouble: nil) == false)
        #expect(display.captureTrouble == nil && display.idleTrouble == nil)
        #expect(display.endCapture(trouble: "No display.") == true)
    }

    @Test mutating func silenceIsNewsOnceAndOfWhatDoesNotAnswer() {
        _ = display.beginSample(at: .zero)
        #expect(display.noticeSilence(at: DisplayHealth.patience) == false)
        #expect(display.noticeSilence(at: .seconds(6)) == true)
        #expect(display.idleTrouble == DisplayHealth.silence && display.captureTrouble == nil)
        display.beginCapture(at: .seconds(6))
        #expect(display.noticeSilence(at: .seconds(12)) == false)
        #expect(display.captureTrouble == DisplayHealth.silence)
        _ = display.endSample(trouble: nil)
        #expect(display.idleTrouble == nil && display.captureTrouble == DisplayHealth.silence)
    }

    @Test mutating func theNextEmployeeHearsNothingOfItButTheSampleThatIsOutIsWaitedFor() {
        _ = display.beginSample(at: .zero)
        display.beginCapture(at: .zero)
        _ = display.noticeSilence(at: .seconds(6))
        display.signedOut()
        #expect(display.idleTrouble == nil && display.captureTrouble == nil)
        #expect(display.beginSample(at: .seconds(7)) == false)
        _ = display.endSample(trouble: nil)
        #expect(display.noticeSilence(at: .seconds(60)) == false, "the capture was another's")
    }
}
