import Testing

@testable import TrackerTUI

struct CapturePlanTests {
    @Test func theFirstIsDueAtTheStartThenOneEachInterval() {
        var plan = CapturePlan(start: .seconds(100), interval: .seconds(120))
        #expect(plan.takeDue(at: .seconds(100)) == true)
        #expect(plan.takeDue(at: .seconds(219)) == false)
        #expect(plan.takeDue(at: .milliseconds(220_400)) == true)
        #expect(plan.remaining(at: .milliseconds(220_400)) == .milliseconds(119_600), "lateness does not add up")
    }

    @Test func missedOnesAreTakenOnce() {
        var plan = CapturePlan(start: .zero, interval: .seconds(120))
        #expect(plan.takeDue(at: .zero) == true)
        #expect(plan.takeDue(at: .seconds(1000)) == true)
        #expect(plan.takeDue(at: .seconds(1001)) == false)
        #expect(plan.remaining(at: .seconds(1000)) == .seconds(120))
    }

    @Test func aShorterIntervalThatHasPassedIsDueNow() {
        var plan = CapturePlan(start: .zero, interval: .seconds(600))
        #expect(plan.takeDue(at: .zero) == true)
        plan.change(interval: .seconds(120), at: .seconds(300))
        #expect(plan.takeDue(at: .seconds(300)) == true)
    }

    @Test func progressRunsFromZeroToOne() {
        var plan = CapturePlan(start: .zero, interval: .seconds(100))
        #expect(plan.takeDue(at: .zero) == true)
        #expect(plan.progress(at: .zero) == 0)
        #expect(plan.progress(at: .seconds(25)) == 0.25)
        #expect(plan.progress(at: .seconds(500)) == 1)
    }
}

struct RetryPauseTests {
    private func pauses(jitter: Double) -> [Int] {
        var pause = RetryPause()
        return (1...8).map { _ in
            pause.failed(at: .zero, jitter: jitter)
            return (0...100_000).first { pause.allows(at: .milliseconds($0)) } ?? -1
        }
    }

    @Test func pausesDoubleUpToAMinute() {
        #expect(pauses(jitter: 0) == [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
    }

    @Test func randomnessTakesUpToHalfOfThem() {
        #expect(pauses(jitter: 1) == [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    }

    @Test func aResetAllowsAtOnce() {
        var pause = RetryPause()
        pause.failed(at: .zero, jitter: 0)
        #expect(!pause.allows(at: .zero))
        pause.reset()
        #expect(pause.allows(at: .zero))
    }
}

struct DeliveryTests {
    private var delivery = Delivery(jitter: { 0 })

    @Test mutating func nothingIsSentBeforeTheLogin() {
        #expect(delivery.handle(.queued, at: .zero) == false)
        #expect(delivery.handle(.signedIn, at: .zero) == true)
    }

    @Test mutating func oneAtATimeUntilTheQueueIsEmpty() {
        #expect(delivery.handle(.signedIn, at: .zero) == true)
        #expect(delivery.handle(.queued, at: .zero) == false)
        #expect(delivery.handle(.done, at: .zero) == true)
        #expect(delivery.handle(.empty, at: .zero) == false)
        #expect(delivery.handle(.tick, at: .seconds(1)) == false)
        #expect(delivery.handle(.queued, at: .seconds(2)) == true)
    }

    @Test mutating func aCaptureThatComesWhileTheQueueIsLookedAtIsNotForgotten() {
        #expect(delivery.handle(.signedIn, at: .zero) == true)
        #expect(delivery.handle(.queued, at: .zero) == false)
        #expect(delivery.handle(.empty, at: .zero) == true)
    }

    @Test mutating func whatCouldNotBeDeliveredIsTriedAgainAfterAPause() {
        #expect(delivery.handle(.signedIn, at: .zero) == true)
        #expect(delivery.handle(.postponed(retryAfter: nil), at: .zero) == false)
        #expect(delivery.handle(.queued, at: .milliseconds(500)) == false)
        #expect(delivery.handle(.tick, at: .seconds(1)) == true)
        #expect(delivery.handle(.postponed(retryAfter: .seconds(40)), at: .seconds(1)) == false)
        #expect(delivery.handle(.tick, at: .seconds(40)) == false)
        #expect(delivery.handle(.tick, at: .seconds(41)) == true)
    }

    @Test mutating func thePauseThatTheServerAskedForOutlivesWhateverElseGoesWell() {
        #expect(delivery.handle(.signedIn, at: .zero) == true)
        #expect(delivery.handle(.postponed(retryAfter: .seconds(1800)), at: .zero) == false)
        #expect(delivery.handle(.retryNow, at: .seconds(5)) == false)
        #expect(delivery.handle(.queued, at: .seconds(6)) == false)
        #expect(delivery.handle(.loginNeeded, at: .seconds(7)) == false)
        #expect(delivery.handle(.signedIn, at: .seconds(8)) == false)
        #expect(delivery.handle(.tick, at: .seconds(1799)) == false)
        #expect(delivery.handle(.tick, at: .seconds(1800)) == true)
    }

    @Test mutating func aPauseThatNobodyAskedForEndsWhenTheServerIsBack() {
        #expect(delivery.handle(.signedIn, at: .zero) == true)
        #expect(delivery.handle(.postponed(retryAfter: nil), at: .zero) == false)
        #expect(delivery.handle(.retryNow, at: .milliseconds(100)) == true)
    }

    @Test mutating func whoLogsInNextIsNotToldToWait() {
        #expect(delivery.handle(.signedIn, at: .zero) == true)
        #expect(delivery.handle(.postponed(retryAfter: .seconds(1800)), at: .zero) == false)
        #expect(delivery.handle(.signedOut, at: .seconds(1)) == false)
        #expect(delivery.handle(.signedIn, at: .seconds(2)) == true)
    }

    @Test mutating func withoutALoginItWaitsForTheNextOne() {
        #expect(delivery.handle(.signedIn, at: .zero) == true)
        #expect(delivery.handle(.loginNeeded, at: .zero) == false)
        #expect(delivery.handle(.tick, at: .seconds(100)) == false)
        #expect(delivery.handle(.signedIn, at: .seconds(101)) == true)
    }
}
