import Shared
import Testing

@testable import Capture
@testable import TrackerTUI

struct LiveFeedTests {
    private let boss = AccountID(stored: "boss@example.org")
    private let chief = AccountID(stored: "chief@example.org")

    /// Tracking, a frame every five seconds.
    private struct Rig {
        var live = LiveFeed(interval: .seconds(5))

        init(isTracking: Bool = true) {
            if isTracking { on(.trackingStarted, at: 0) }
        }

        @discardableResult
        mutating func on(_ event: LiveFeed.Event, at seconds: Double) -> [LiveFeed.Action] {
            live.handle(event, at: .seconds(seconds))
        }

        @discardableResult
        mutating func end(_ round: Generation = 1, _ outcome: LiveFeed.Outcome? = nil, at seconds: Double)
            -> [LiveFeed.Action]
        {
            on(.frameEnded(round: round, outcome ?? .sent(at: Times.at(seconds).wall)), at: seconds)
        }
    }

    @Test func whoeverWatchesIsNamedAndGetsAFrameAtOnce() {
        var rig = Rig()
        #expect(
            rig.on(.initiated(by: boss), at: 3) == [
                .note(.liveStarted(by: "boss@example.org")), .takeFrame(round: 1, mustSend: true),
            ])
        #expect(rig.live.isLive)
        #expect(rig.live.watchers == [boss])
        #expect(rig.live.lastFrame == nil)
        rig.end(at: 3)
        #expect(rig.live.lastFrame == Times.at(3).wall)
    }

    @Test func framesAreAnIntervalApartAndOneAtATime() {
        var rig = Rig()
        rig.on(.initiated(by: boss), at: 0)
        #expect(rig.on(.tick, at: 5) == [], "the first one is still under way")
        #expect(rig.end(at: 6) == [.takeFrame(round: 1, mustSend: false)])
        rig.end(at: 6)
        #expect(rig.on(.tick, at: 9) == [])
        #expect(rig.on(.tick, at: 10) == [.takeFrame(round: 1, mustSend: false)])
    }

    @Test func whatHasNotChangedIsSentAgainAfterHalfAMinute() {
        var rig = Rig()
        rig.on(.initiated(by: boss), at: 0)
        rig.end(at: 0)
        for seconds in [5.2, 10.1, 15.2, 20.1, 25.0] {
            #expect(rig.on(.tick, at: seconds) == [.takeFrame(round: 1, mustSend: false)])
            rig.end(1, .unchanged, at: seconds)
        }
        #expect(rig.on(.tick, at: 30) == [.takeFrame(round: 1, mustSend: true)])
        rig.end(at: 30)
        #expect(rig.on(.tick, at: 35) == [.takeFrame(round: 1, mustSend: false)])
    }

    @Test func aSecondWatcherIsNamedAndGetsTheFrameThatIsThere() {
        var rig = Rig()
        rig.on(.initiated(by: boss), at: 0)
        rig.end(at: 0)
        #expect(
            rig.on(.initiated(by: chief), at: 2) == [
                .note(.liveStarted(by: "chief@example.org")), .takeFrame(round: 1, mustSend: true),
            ])
        #expect(rig.live.watchers == [boss, chief])
        rig.end(at: 2)
        #expect(rig.on(.initiated(by: AccountID(stored: "BOSS@example.org")), at: 2.5) == [], "known, and too soon")
        #expect(rig.on(.tick, at: 3) == [.takeFrame(round: 1, mustSend: true)])
    }

    @Test func aWatcherWhoComesWhileAFrameIsTakenGetsTheNextSoon() {
        var rig = Rig()
        rig.on(.initiated(by: boss), at: 0)
        rig.on(.initiated(by: chief), at: 0.5)
        #expect(rig.end(at: 0.7) == [])
        #expect(rig.on(.tick, at: 1) == [.takeFrame(round: 1, mustSend: true)])
    }

    @Test func aFrameThatDidNotGoOutIsOwed() {
        var rig = Rig()
        rig.on(.initiated(by: boss), at: 0)
        rig.end(1, .notSent, at: 0)
        #expect(rig.live.lastFrame == nil)
        #expect(rig.on(.tick, at: 5) == [.takeFrame(round: 1, mustSend: true)])
        #expect(rig.end(1, .failed(.noDisplay), at: 5) == [.note(.liveFrameFailed(CaptureError.noDisplay.description))])
        #expect(rig.on(.tick, at: 10) == [.takeFrame(round: 1, mustSend: true)])
        #expect(rig.end(1, .failed(.noDisplay), at: 10) == [], "it is said once")
    }

    @Test func theServerEndsItWhenNobodyWatchesAnyMore() {
        var rig = Rig()
        rig.on(.initiated(by: boss), at: 0)
        rig.on(.initiated(by: chief), at: 1)
        #expect(
            rig.on(.terminated(by: chief), at: 2) == [
                .stopFrames, .note(.liveEnded(.byWatcher("chief@example.org"))),
            ])
        #expect(!rig.live.isLive)
        #expect(rig.live.watchers == [])
        #expect(rig.on(.tick, at: 10) == [])
    }

    @Test func theEmployeeEndsItAndTheServerIsTold() {
        var rig = Rig()
        #expect(rig.on(.endPressed, at: 0) == [])
        rig.on(.initiated(by: boss), at: 0)
        #expect(rig.on(.endPressed, at: 1) == [.terminate, .stopFrames, .note(.liveEnded(.byEmployee))])
        #expect(rig.end(at: 1) == [], "a frame that ends late begins nothing")
        #expect(rig.live.lastFrame == nil)
    }

    @Test func whoBeganBeforeTheEndIsNotTakenForANewWatcher() {
        for end in [LiveFeed.Event.endPressed, .trackingEnded] {
            var rig = Rig()
            rig.on(.initiated(by: boss), at: 0)
            rig.on(end, at: 1)
            rig.on(.trackingStarted, at: 1)
            #expect(rig.on(.initiated(by: chief), at: 1.1) == [], "the server ends that one too")
            #expect(rig.on(.watched(by: [boss, chief]), at: 1.1) == [])
            #expect(rig.on(.endHeard, at: 1.2) == [])
            #expect(!rig.live.isLive)
            rig.on(.initiated(by: chief), at: 1.3)
            #expect(rig.live.watchers == [chief])
        }
    }

    @Test func aServerThatDoesNotHearOfTheEndIsNotWaitedForForEver() {
        var rig = Rig()
        rig.on(.initiated(by: boss), at: 0)
        rig.on(.endPressed, at: 1)
        rig.on(.initiated(by: boss), at: 10.9)
        #expect(!rig.live.isLive)
        rig.on(.initiated(by: boss), at: 11)
        #expect(rig.live.isLive)
        for event in [LiveFeed.Event.disconnected, .left] {
            rig.on(.endPressed, at: 12)
            rig.on(event, at: 12)
            rig.on(.initiated(by: boss), at: 12)
            #expect(rig.live.isLive, "another connection, another beginning")
        }
    }

    @Test func whoLeavesOthersIsTakenOut() {
        var rig = Rig()
        rig.on(.initiated(by: boss), at: 0)
        rig.on(.initiated(by: chief), at: 0)
        #expect(rig.on(.watched(by: [boss, chief]), at: 1) == [])
        let spelling = AccountID(stored: "Chief@example.org")
        #expect(rig.on(.watched(by: [spelling]), at: 2) == [.note(.liveLeft(by: "boss@example.org"))])
        #expect(rig.live.watchers == [chief])
        #expect(rig.on(.watched(by: []), at: 3) == [], "an event tells that")
        #expect(rig.live.watchers == [chief])
    }

    @Test func whoLeavesBeforeAnythingIsTrackedIsNotNamedLater() {
        var rig = Rig(isTracking: false)
        rig.on(.initiated(by: boss), at: 0)
        rig.on(.initiated(by: chief), at: 0)
        #expect(rig.on(.watched(by: [chief]), at: 1) == [])
        #expect(rig.on(.trackingStarted, at: 2).first == .note(.liveStarted(by: "chief@example.org")))
    }

    @Test func whoBeginsAndCeasesAgainAndAgainGetsAFrameASecondAtMost() {
        var rig = Rig()
        var frames = 0
        for step in 0..<100 {
            let now = Double(step) / 10
            for event in [LiveFeed.Event.initiated(by: boss), .tick, .terminated(by: boss)] {
                for action in rig.on(event, at: now) {
                    guard case .takeFrame(let round, _) = action else { continue }
                    frames += 1
                    rig.end(round, at: now)
                }
            }
        }
        #expect((9...10).contains(frames))
    }

    @Test func itEndsWithTracking() {
        var rig = Rig()
        rig.on(.initiated(by: boss), at: 0)
        #expect(rig.on(.trackingEnded, at: 1) == [.terminate, .stopFrames, .note(.liveEnded(.trackingEnded))])
        #expect(rig.on(.trackingStarted, at: 2) == [], "whoever wants to watch again must ask again")
    }

    @Test func whoeverAsksWhileNothingIsTrackedSeesNothingBeforeItIs() {
        var rig = Rig(isTracking: false)
        #expect(rig.on(.initiated(by: boss), at: 0) == [.note(.liveAsked(by: "boss@example.org"))])
        #expect(rig.on(.initiated(by: chief), at: 0) == [.note(.liveAsked(by: "chief@example.org"))])
        #expect(!rig.live.isLive)
        #expect(rig.on(.tick, at: 5) == [])
        #expect(
            rig.on(.trackingStarted, at: 6) == [
                .note(.liveStarted(by: "boss@example.org, chief@example.org")), .takeFrame(round: 1, mustSend: true),
            ])
        var other = Rig(isTracking: false)
        other.on(.initiated(by: boss), at: 0)
        #expect(other.on(.terminated(by: boss), at: 1) == [])
        #expect(other.on(.trackingStarted, at: 2) == [])
    }

    @Test func aConnectionThatBreaksEndsItUntilTheServerAsksAgain() {
        var rig = Rig()
        rig.on(.initiated(by: boss), at: 0)
        #expect(rig.on(.disconnected, at: 1) == [.stopFrames, .note(.liveEnded(.disconnected))])
        #expect(
            rig.on(.initiated(by: boss), at: 2) == [
                .note(.liveStarted(by: "boss@example.org")), .takeFrame(round: 2, mustSend: true),
            ])
        #expect(rig.end(1, at: 2) == [])
        #expect(rig.live.lastFrame == nil, "that frame was the first round's")
    }

    @Test func leavingNeedsNoWordToTheServer() {
        var rig = Rig()
        rig.on(.initiated(by: boss), at: 0)
        #expect(rig.on(.left, at: 1) == [.stopFrames, .note(.liveEnded(.left))])
        #expect(rig.on(.trackingEnded, at: 1) == [])
    }

    @Test func aFloodOfWatchersIsBounded() {
        var rig = Rig()
        for number in 0..<1000 { rig.on(.initiated(by: AccountID(stored: "m\(number)")), at: 0.5) }
        #expect(rig.live.watchers.count == LiveFeed.watcherLimit)
    }
}
