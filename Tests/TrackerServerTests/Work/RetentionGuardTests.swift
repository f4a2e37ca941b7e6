import Shared
import Testing

@testable import TrackerServer

@Suite struct RetentionGuardTests {
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 24 * hour
    private static let year: Int64 = 365 * day
    private let last = SampleChanges.time

    private var note: RetentionNote.Stored {
        .note(RetentionNote(at: last, through: last.adding(milliseconds: -30 * Self.day)))
    }

    /// The decision of a server that was started `up` milliseconds ago, `later` milliseconds after the last turn by the clock.
    private func decision(
        _ later: Int64, up: Int64 = 0, steadyFor: Int64? = nil, isConfirmed: Bool = false
    ) -> RetentionGuard.Decision {
        RetentionGuard(start: 1000, isConfirmed: isConfirmed).decide(
            removing: 1, at: last.adding(milliseconds: later), after: note, steady: 1000 + up,
            steadyFor: steadyFor ?? up)
    }

    @Test func aStartGoesOnAfterALongWeekend() {
        #expect(decision(5 * 60_000) == .go)
        #expect(decision(3 * Self.day) == .go)
        #expect(decision(3 * Self.day + 1) == .hold(ahead: 3 * Self.day + 1, wait: Self.day))
    }

    @Test func aClockThatLeaptByYearsIsNotBelieved() {
        #expect(decision(3 * Self.year) == .hold(ahead: 3 * Self.year, wait: Self.day))
        // Not after some hours either.
        #expect(
            decision(3 * Self.year + 23 * Self.hour, up: 23 * Self.hour)
                == .hold(ahead: 3 * Self.year, wait: Self.hour))
        #expect(decision(3 * Self.year + Self.day, up: Self.day) == .go)
        // Set once more, it has to prove itself anew.
        #expect(
            decision(3 * Self.year, up: 2 * Self.day, steadyFor: Self.hour)
                == .hold(ahead: 3 * Self.year - 2 * Self.day, wait: 23 * Self.hour))
    }

    @Test func theAdministratorsWordCountsForOneTurn() {
        var turns = RetentionGuard(start: 0, isConfirmed: true)
        let leapt = last.adding(milliseconds: 3 * Self.year)
        #expect(turns.decide(removing: 1, at: leapt, after: note, steady: 0, steadyFor: 0) == .go)
        turns.went(steady: 0)
        let confirmed = RetentionNote.Stored.note(RetentionNote(at: leapt, through: leapt))
        let again = leapt.adding(milliseconds: Self.year)
        #expect(
            turns.decide(removing: 1, at: again, after: confirmed, steady: Self.hour, steadyFor: 0)
                == .hold(ahead: Self.year - Self.hour, wait: Self.day))
    }

    /// While it runs, the server knows how much time has passed: it needs no weekend.
    @Test func aLeapWhileTheServerRunsIsSeenByTheHour() {
        var turns = RetentionGuard(start: 0, isConfirmed: false)
        turns.went(steady: 0)
        func decision(_ later: Int64) -> RetentionGuard.Decision {
            turns.decide(
                removing: 1, at: last.adding(milliseconds: later), after: note, steady: Self.hour,
                steadyFor: Self.hour / 2)
        }
        #expect(decision(Self.hour) == .go)
        #expect(decision(2 * Self.hour) == .go)
        #expect(decision(2 * Self.hour + 1) == .hold(ahead: Self.hour + 1, wait: Self.day - Self.hour / 2))
        #expect(decision(-Self.year) == .go)
    }

    @Test func aClockThatRunsALittleFastIsBelieved() {
        var turns = RetentionGuard(start: 0, isConfirmed: false)
        var note = note
        var (now, steady) = (last, Int64(0))
        for _ in 0..<10_000 {
            #expect(turns.decide(removing: 1, at: now, after: note, steady: steady, steadyFor: 0) == .go)
            turns.went(steady: steady)
            note = .note(RetentionNote(at: now, through: now))
            (now, steady) = (now.adding(milliseconds: Self.hour + 60_000), steady + Self.hour)
        }
    }

    @Test func restartsConfirmNothing() {
        for restart in 0..<100 as Range<Int64> {
            let turns = RetentionGuard(start: restart * Self.hour, isConfirmed: false)
            let now = last.adding(milliseconds: Self.year + restart * Self.hour)
            let decision = turns.decide(removing: 1, at: now, after: note, steady: restart * Self.hour, steadyFor: 0)
            #expect(decision == .hold(ahead: Self.year + restart * Self.hour, wait: Self.day))
        }
    }

    @Test func aTurnThatWouldRemoveNothingIsNotHeldBack() {
        let turns = RetentionGuard(start: 0, isConfirmed: false)
        for note in [note, .damaged, .none] {
            let leapt = last.adding(milliseconds: 3 * Self.year)
            #expect(turns.decide(removing: 0, at: leapt, after: note, steady: 0, steadyFor: 0) == .go)
        }
    }

    @Test func theFirstTurnEverDoesWhatIsSet() {
        let turns = RetentionGuard(start: 0, isConfirmed: false)
        #expect(turns.decide(removing: 1, at: last, after: .none, steady: 0, steadyFor: 0) == .go)
        #expect(
            turns.decide(removing: 1, at: last, after: .damaged, steady: 0, steadyFor: 0)
                == .hold(ahead: nil, wait: Self.day))
        #expect(turns.decide(removing: 1, at: last, after: .damaged, steady: Self.day, steadyFor: Self.day) == .go)
    }

    // MARK: The clock's watch

    @Test func theWatchSeesLeapsAndNoDrift() {
        var watch = ClockWatch(time: last, steady: 0)
        for second in 1...10_000 as ClosedRange<Int64> {
            watch.observe(time: last.adding(milliseconds: second * 1001), steady: second * 1000)
        }
        #expect(watch.leaps == 0)
        #expect(watch.steadySince == 0)
        let late: Int64 = 20_000_000
        watch.observe(time: last.adding(milliseconds: late + Self.year), steady: late)
        #expect(watch.leaps == Self.year + late - 20_000_000 - 10_000)
        #expect(watch.steadySince == late)
        watch.observe(time: last.adding(milliseconds: late + 1000), steady: late + 1000)
        #expect(abs(watch.leaps) <= 10_000)
        #expect(watch.steadySince == late + 1000)
    }
}
