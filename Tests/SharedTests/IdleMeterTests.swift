import Shared
import Testing

/// Each hour is sampled every second, as the client does it.
struct IdleMeterTests {
    private let threshold: Duration = .seconds(180)

    /// - Parameter hasInput: whether there is input at a second of the hour.
    private func idleSeconds(ofHourWith hasInput: (Int) -> Bool) -> Int {
        var meter = IdleMeter(threshold: threshold, start: .zero)
        var lastInput = 0
        for second in 0...3600 {
            if hasInput(second) { lastInput = second }
            meter.sample(at: .seconds(second), sinceInput: .seconds(second - lastInput))
        }
        return Int(meter.total.components.seconds)
    }

    @Test func aBusyHourHasNoIdleTime() {
        #expect(idleSeconds { _ in true } == 0)
    }

    @Test func aKeyEvery55SecondsIsWork() {
        #expect(idleSeconds { $0.isMultiple(of: 55) } == 0)
    }

    @Test func awayForHalfAnHourCountsInFull() {
        #expect(idleSeconds { $0 <= 600 || $0 >= 2400 } == 1800)
    }

    @Test func aMouseBumpInTheMiddleChangesNothing() {
        #expect(idleSeconds { $0 <= 600 || $0 == 1500 || $0 >= 2400 } == 1800)
    }

    @Test func awayForTheLastTwentyMinutesCountsWithoutAnInputAfterIt() {
        #expect(idleSeconds { $0 <= 2400 } == 1200)
    }

    @Test func twoBreaksCountEachWithoutTheWorkBetween() {
        let idle = idleSeconds { $0 <= 600 || (1190...1195).contains($0) || $0 >= 1785 }
        #expect((1178...1182).contains(idle))
    }

    @Test func fourShortPausesAreWork() {
        #expect(idleSeconds { $0 % 900 <= 600 || $0 % 900 >= 750 } == 0)
    }

    @Test func aPauseCountsFromTheInstantItReachesTheThreshold() {
        var meter = IdleMeter(threshold: threshold, start: .zero)
        for second in 1...179 { meter.sample(at: .seconds(second), sinceInput: .seconds(second)) }
        #expect(meter.total == .zero)
        meter.sample(at: .seconds(180), sinceInput: .seconds(180))
        #expect(meter.total == .seconds(180))
        meter.sample(at: .seconds(181), sinceInput: .seconds(181))
        #expect(meter.total == .seconds(181))
    }

    @Test func nothingBeforeTheStartCounts() {
        var meter = IdleMeter(threshold: threshold, start: .seconds(1000))
        meter.sample(at: .seconds(1001), sinceInput: .seconds(900))
        #expect(meter.total == .zero)
        meter.sample(at: .seconds(1180), sinceInput: .seconds(1079))
        #expect(meter.total == .seconds(180))
    }

    @Test func timeWithoutSamplesIsNotIdleWhenThereWasInputInIt() {
        var meter = IdleMeter(threshold: threshold, start: .zero)
        meter.sample(at: .seconds(10), sinceInput: .seconds(10))
        meter.sample(at: .seconds(1000), sinceInput: .seconds(100))
        #expect(meter.total == .zero)
        meter.sample(at: .seconds(1080), sinceInput: .seconds(180))
        #expect(meter.total == .seconds(180))
    }

    @Test func aSampleOfThePastChangesNothing() {
        var meter = IdleMeter(threshold: threshold, start: .zero)
        meter.sample(at: .seconds(200), sinceInput: .seconds(200))
        let before = meter
        meter.sample(at: .seconds(100), sinceInput: .zero)
        #expect(meter == before)
    }

    @Test func halfSecondsArePartOfTheSum() {
        var meter = IdleMeter(threshold: .seconds(2), start: .zero)
        meter.sample(at: .milliseconds(2500), sinceInput: .milliseconds(2500))
        #expect(meter.total == .milliseconds(2500))
    }
}
