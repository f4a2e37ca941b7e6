import Foundation
import Shared
import Testing

@testable import TrackerTUI

struct ServerClockTests {
    /// What the server's clock shows at a second of the tests, in whole seconds, when it is that much ahead of the machine's.
    private func sample(_ second: Double, ahead: Double, trip: Double = 0.2) -> ServerClock.Sample {
        let served = Times.at(second + trip / 2).wall.adding(milliseconds: Int64(ahead * 1000))
        let whole = Timestamp(milliseconds: served.milliseconds / 1000 * 1000)
        return .init(date: whole, sentAt: Times.at(second).boot, received: Times.at(second + trip))
    }

    @Test func answersNarrowTheDifferenceDownToAFractionOfASecond() {
        var clock = ServerClock(at: Times.at(0))
        for step in 0..<50 { clock.heard(sample(Double(step) * 61.07, ahead: -600)) }
        let error = clock.time(at: Times.at(5000)) - Times.at(5000 - 600).wall
        #expect(abs(error) < 1000)
        #expect(
            clock.lead(at: Times.at(5000)).flatMap(ServerClock.words(lead:))
                == "This computer's clock is 10 minutes ahead.")
    }

    @Test func aWallClockThatIsSetChangesNothingThatIsDated() {
        var clock = ServerClock(at: Times.at(0))
        clock.heard(sample(0, ahead: 0))
        var moment = Times.at(100)
        let before = clock.time(at: moment)
        moment.wall = moment.wall.adding(seconds: -7200)
        #expect(clock.time(at: moment) == before)
        #expect(clock.lead(at: moment).flatMap(ServerClock.words(lead:)) == "This computer's clock is 2 hours behind.")
    }

    @Test func aServersClockThatIsSetCountsFromThenOn() {
        var clock = ServerClock(at: Times.at(0))
        clock.heard(sample(0, ahead: 0))
        clock.heard(sample(60, ahead: 3600))
        #expect(abs(clock.time(at: Times.at(60)) - Times.at(3660).wall) <= 1100)
    }

    /// The Date header has whole seconds: it says no more of a clock that may be right.
    @Test func aWallClockThatMayBeRightIsTakenToBeRight() {
        var clock = ServerClock(at: Times.at(0))
        clock.heard(sample(0.7, ahead: 0))
        #expect(clock.time(at: Times.at(5)) == Times.at(5).wall)
        clock.heard(sample(7, ahead: 10))
        #expect(clock.time(at: Times.at(8)) != Times.at(8).wall)
    }

    @Test func aTimeToTheMillisecondMakesTheClockBetterKnown() {
        var clock = ServerClock(at: Times.at(0))
        func exact(_ second: Double, ahead: Double) -> ServerClock.Sample {
            .init(
                date: Times.at(second + 0.02 + ahead).wall, sentAt: Times.at(second).boot,
                received: Times.at(second + 0.05), resolution: .zero)
        }
        clock.heard(sample(0, ahead: -600.4))
        clock.heard(exact(1, ahead: -600.4))
        #expect(abs(clock.time(at: Times.at(50)) - Times.at(50 - 600.4).wall) <= 30)
        clock.heard(sample(2, ahead: -600.4))
        // A session that begins later than now, where another has ended that late.
        clock.heard(exact(3, ahead: -596))
        #expect(abs(clock.time(at: Times.at(50)) - Times.at(50 - 600.4).wall) <= 30)
    }

    @Test func whatTheServerToldBeforeItsClockWasSetIsReckonedAnew() {
        var told = WorkInstant(Times.at(10), told: Times.at(9.3).wall)
        var clock = ServerClock(at: Times.at(0))
        clock.heard(sample(0, ahead: 0))
        #expect(clock.time(of: told) == Times.at(9.3).wall)
        clock.heard(sample(60, ahead: -3600))
        #expect(abs(clock.time(of: told) - Times.at(10 - 3600).wall) <= 1100)
        // Of another start of the machine nothing else is known.
        told.bootID = UUID()
        #expect(clock.time(of: told) == Times.at(9.3).wall)
    }

    @Test func sleepIsTimeThatPasses() {
        var clock = ServerClock(at: Times.at(0))
        clock.heard(sample(0, ahead: 0))
        #expect(abs(clock.time(at: Times.at(10, slept: 500)) - Times.at(510).wall) <= 1100)
    }

    /// Three hours ahead, and never told so: what was noted before the first answer is dated anew after it.
    @Test func whatWasNotedBeforeTheFirstAnswerIsDatedByIt() {
        let noted = WorkInstant(Times.at(10))
        var clock = ServerClock(at: Times.at(0))
        #expect(clock.dated(noted) == noted)
        #expect(clock.time(of: noted) == Times.at(10).wall)
        clock.heard(sample(20, ahead: -3 * 3600))
        #expect(abs(clock.time(of: noted) - Times.at(10 - 3 * 3600).wall) <= 1100)
        #expect(clock.dated(noted).told == clock.time(of: noted))
    }

    @Test func afterARestartOfTheMachineItsClockIsThoughtToBeAsWrongAsEver() {
        var clock = ServerClock(at: Times.at(0))
        clock.heard(sample(0, ahead: -600))
        var later = Times.at(86_400)
        (later.bootID, later.boot) = (UUID(), .seconds(30))
        let next = ServerClock(at: later, kept: clock.kept)
        #expect(!next.isKnown)
        #expect(abs(next.time(at: later) - Times.at(86_400 - 600).wall) <= 1100)
        // What was noted before the machine started again, and could not be dated then.
        #expect(abs(next.time(of: WorkInstant(Times.at(50))) - Times.at(50 - 600).wall) <= 1100)
    }

    /// Seconds by which the wall clock was ahead when something was noted, when the machine had started again, and at the next
    /// answer; and at the last one before, if there was any.
    @Test(arguments: [
        // Set wrong since: by a person, or by the machine for a while.
        (0.0, 0.0, 691_200.0, nil), (0, 691_200, 0, nil), (0, -36_000, 0, nil), (0, 691_200, 691_200, 0),
        // As wrong as ever, also when it is set right afterwards: what was noted can't lie behind the machine's start.
        (600, 600, 600, nil), (-600, -600, -600, -600), (691_200, 691_200, 0, nil), (600, 600, 600, 0),
    ])
    func whatWasNotedBeforeTheMachineStartedIsDatedByTheLeastErrorThatFits(
        noted: Double, first: Double, now: Double, before: Double?
    ) {
        let start = UUID()
        func moment(_ second: Double, ahead: Double) -> Moment {
            var moment = Times.at(second)
            (moment.boot, moment.bootID) = (.seconds(second - 1000), start)
            moment.wall = moment.wall.adding(milliseconds: Int64(ahead * 1000))
            return moment
        }
        let kept = before.map {
            ServerClock.Kept(bootID: UUID(), offset: 0...0, difference: -Int64($0 * 1000))
        }
        var clock = ServerClock(at: moment(1020, ahead: first), kept: kept)
        clock.heard(
            .init(date: Times.at(1030).wall, sentAt: .seconds(30), received: moment(1030.2, ahead: now)))
        var earlier = WorkInstant(wall: Times.at(900).wall.adding(milliseconds: Int64(noted * 1000)))
        earlier.bootID = UUID()
        #expect(abs(clock.time(of: earlier) - Times.at(900).wall) <= 1100)
    }

    @Test func theNextRunKnowsTheClockWhileTheMachineRuns() {
        var clock = ServerClock(at: Times.at(0))
        clock.heard(sample(0, ahead: -600))
        var wrong = Times.at(60)
        wrong.wall = wrong.wall.adding(seconds: 86_400)
        let next = ServerClock(at: wrong, kept: clock.kept)
        #expect(next.isKnown)
        #expect(abs(next.time(at: wrong) - Times.at(60 - 600).wall) <= 1100)
    }

    @Test(arguments: [
        (30.0, nil), (-30.9, nil), (31, "31 seconds ahead"), (-600, "10 minutes behind"), (10_800, "3 hours ahead"),
        (691_200, "8 days ahead"),
    ])
    func aDifferenceIsSaidFromHalfAMinuteOn(seconds: Double, words: String?) {
        #expect(ServerClock.words(lead: .seconds(seconds)) == words.map { "This computer's clock is \($0)." })
    }

    @Test(arguments: [
        ("Mon, 02 Mar 2026 08:00:00 GMT", "2026-03-02T08:00:00Z"),
        ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"),
        ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("", nil), ("Mon, 02 Mar 2026 08:00:00 CET", nil),
        ("Mon, 99 Mar 2026 08:00:00 GMT", nil), ("Mon, 02 Mar 99999999999999999999 08:00:00 GMT", nil),
    ])
    func aDateHeaderIsReadInTheFormThatServersSend(header: String, time: String?) {
        #expect(Timestamp(httpDate: header) == time.flatMap { Timestamp(iso8601: $0) })
    }
}
