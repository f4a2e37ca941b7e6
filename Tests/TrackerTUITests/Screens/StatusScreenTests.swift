import Shared
import Testing

@testable import Capture
@testable import TrackerTUI

struct StatusScreenTests {
    @Test func atTheUsualSizeEverythingIsThere() {
        #expect(
            Scene.busy(width: 80, height: 24).lines == [
                " Time Tracker · eve@example.com @ http://localhost:4000",
                String(repeating: "─", count: 80),
                " ● TRACKING since 08:00:00                                               online",
                "",
                "                 Active        Idle          Net",
                " This session    00:12:45      00:04:00      00:08:45",
                " Today           01:12:45      00:05:00      01:07:45",
                "",
                " Interval       every 3 minutes",
                " Next capture   in 02:15  " + String(repeating: "█", count: 13) + String(repeating: "░", count: 39),
                " Last capture   08:00:00  1920x1080  182 kB  delivered",
                " Queue          empty",
                "─ Messages " + String(repeating: "─", count: 69),
                " 08:00:00 Signed in as eve@example.com at http://localhost:4000.",
                " 08:00:00 The capture interval is 3 minutes.",
                " 08:00:00 Tracking has started.",
                " 08:00:00 Screen captured: 1920x1080, 182 kB. Delivered.",
                " 08:12:00 Screen captured: 1920x1080, 182 kB. Delivered.",
                "",
                "",
                "",
                "",
                String(repeating: "─", count: 80),
                " s start  x stop  l logout  q quit  ? help",
            ])
    }

    @Test func atTheSmallestSizeEverythingIsThereInShort() {
        #expect(
            Scene.busy(width: 40, height: 12).lines == [
                " eve@example.com @ http://localhost:40…",
                " ● TRACKING since 08:00:00       online",
                "         Active    Idle      Net",
                " Session 00:12:45  00:04:00  00:08:45",
                " Today   01:12:45  00:05:00  01:07:45",
                " Next capture in 02:15 of 03:00 █░░░░",
                " Last 08:00:00  182 kB  delivered",
                " Queue empty",
                " 08:00:00 Screen captured: 1920x1080, …",
                " 08:12:00 Screen captured: 1920x1080,",
                "          182 kB. Delivered.",
                " s start x stop l logout q quit ? help",
            ])
    }

    @Test func aWideTerminalHasRoomForMessages() {
        let lines = Scene.busy(width: 120, height: 40).lines
        #expect(lines.count == 40)
        #expect(lines[9].hasPrefix(" Next capture   in 02:15  " + String(repeating: "█", count: 15)))
        #expect(lines[17] == " 08:12:00 Screen captured: 1920x1080, 182 kB. Delivered.")
        #expect(lines[39] == " s start  x stop  l logout  q quit  ? help")
    }

    @Test func waitingSaysSo() {
        var scene = Scene()
        scene.logIn()
        scene.work(.success(.day(Times.day(), intervalSeconds: nil)))
        let lines = scene.lines
        #expect(lines[2].hasPrefix(" ● WAITING FOR AN INTERVAL"))
        #expect(lines[5] == " This session    --:--:--      --:--:--      --:--:--")
        #expect(lines[6] == " Today           00:00:00      00:00:00      00:00:00")
        #expect(lines[8] == " Interval       none assigned yet (usual: 3 minutes)")
        #expect(lines[9] == " Next capture   none: no interval assigned")
        #expect(lines[10] == " Last capture   none yet")
    }

    @Test func hoursWithoutCapturesSaySo() {
        var scene = Scene.tracking()
        scene.hear(.intervalAssigned(.init(employeeID: "eve@example.com", interval: .seconds(0))))
        let lines = scene.lines
        #expect(lines[2].hasPrefix(" ● TRACKING since 08:00:00"))
        #expect(lines[8] == " Interval       hours only, nothing is captured")
        #expect(lines[9] == " Next capture   none: hours only")
        #expect(lines.contains(" 08:00:00 Captures are switched off: hours only, nothing is captured."))
        scene.on(.terminal(.resized(width: 40, height: 12)))
        #expect(scene.lines[5] == " Next capture none: hours only")
    }

    @Test func anIntervalThatIsTakenAwaySaysSo() {
        var scene = Scene.tracking()
        scene.hear(.intervalAssigned(.init(employeeID: "eve@example.com", interval: .unassigned)))
        let lines = scene.lines
        #expect(lines[2].hasPrefix(" ● WAITING FOR AN INTERVAL  "))
        #expect(lines[8] == " Interval       none assigned yet (usual: 3 minutes)")
        #expect(lines[9] == " Next capture   none: no interval assigned")
        #expect(lines.contains(" 08:00:00 No capture interval is assigned any more."))
    }

    @Test func stoppedSaysSo() {
        var scene = Scene.tracking()
        scene.press(.character("x"), at: 5)
        #expect(scene.lines[2].hasPrefix(" ● STOPPING since"))
        scene.work(.success(.stopped(Times.ended(Times.session(), at: 5))), at: 5)
        #expect(scene.lines[2].hasPrefix(" ● STOPPED"))
        #expect(scene.lines[9] == " Next capture   none: not tracking")
    }

    @Test func inASCIINothingElseIsDrawn() {
        let lines = Scene.busy(width: 80, height: 24).lines(.ascii)
        #expect(lines.joined().allSatisfy { $0.isASCII })
        #expect(lines[2].hasPrefix(" * TRACKING since"))
        #expect(lines[9].hasPrefix(" Next capture   in 02:15  #############..."))
    }

    @Test(arguments: [(40, 12), (60, 20), (59, 40), (200, 13), (300, 100)])
    func noLineIsWiderThanTheTerminal(width: Int, height: Int) {
        var scene = Scene.busy(width: width, height: height)
        scene.on(
            .captured(.failed(.grabFailed(reason: String(repeating: "日本語 ", count: 100))), epoch: 1, queue: .with()))
        let lines = scene.lines
        #expect(lines.count == height)
        #expect(lines.allSatisfy { CharacterWidth.columns(of: $0) <= width })
        #expect(lines[height - 1].hasPrefix(" s start"))
    }
}

extension Scene {
    /// Thirteen minutes into a session, an hour of work before it today, four of the minutes idle.
    static func busy(width: Int, height: Int) -> Scene {
        var scene = Scene(width: width, height: height)
        scene.logIn()
        scene.work(.success(.day(Times.day(active: 3600, idle: 60), intervalSeconds: 180)))
        scene.work(.success(.started(Times.session(), isNew: true)))
        scene.on(.captured(.queued(.first), epoch: 1, queue: .with(pending: 1)))
        scene.on(.delivered(.delivered(LastCapture.first.id, file: "uploads/a.png"), epoch: 1, queue: .with()))
        scene.on(.tick, at: 720)
        scene.on(.captured(.queued(.first), epoch: 1, queue: .with(pending: 1)), at: 720)
        scene.on(.delivered(.delivered(LastCapture.first.id, file: "uploads/a.png"), epoch: 1, queue: .with()), at: 720)
        scene.on(.idleSampled(.success(.seconds(240)), taken: Times.at(760).monotonic), at: 760)
        scene.on(.tick, at: 765)
        return scene
    }
}
