import Testing

@testable import TrackerTUI

struct HoldupTests {
    private var holdup = Holdup()

    /// - Returns: whether it is said.
    private mutating func stays(_ reason: String, isAnswer: Bool = true, isOutage: Bool = false) -> Bool {
        holdup.stays(because: reason, isAnswer: isAnswer, isOutage: isOutage)
    }

    @Test mutating func aReasonIsNewsWhenItChanges() {
        let said = [stays("Full."), stays("Full."), stays("Slow."), stays("Full.")]
        #expect(said == [true, false, true, true])
        #expect(holdup.reason == "Full.")
    }

    @Test mutating func anItemThatIsRefusedAgainAndAgainIsSaidOnceUntilNothingWaits() {
        var said = [stays("Oh.")]
        for _ in 0..<3 {
            holdup.moved()
            #expect(holdup.reason == nil)
            said.append(stays("Oh."))
            #expect(holdup.reason == "Oh.")
        }
        holdup.ended()
        said.append(stays("Oh."))
        #expect(said == [true, false, false, false, true])
    }

    @Test mutating func thatNobodyAnswersIsNewsOnlyWhereOthersAreAnswered() {
        let said = [
            stays("Gone.", isAnswer: false), stays("Gone.", isAnswer: false, isOutage: true),
            stays("Gone.", isAnswer: false), stays("Gone.", isAnswer: false),
        ]
        #expect(said == [false, false, true, false])
    }
}
