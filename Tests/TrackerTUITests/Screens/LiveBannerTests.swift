import Shared
import Testing

@testable import TrackerTUI

struct LiveBannerTests {
    private func banner(_ names: [String], width: Int, height: Int = 24) -> String {
        var scene = LiveModelTests.connected(width: width, height: height)
        for name in names { scene.hear(.liveViewInitiated(.init(by: name)), at: 4) }
        scene.on(.liveFrame(.sent(at: Times.at(5).wall), round: 1), at: 5)
        return scene.lines[0]
    }

    @Test func atTheUsualSizeItStandsAboveEverything() {
        let scene = LiveModelTests.watched(by: "boss@example.org")
        let canvas = Screens.picture(of: scene.model, glyphs: .unicode)
        #expect(
            canvas.lines[0]
                == " ● LIVE  watched by boss@example.org  last frame 08:00:05             v ends it")
        for x in 0..<80 {
            #expect(canvas.cell(x: x, y: 0).style == Style(color: .red, isBold: true, isReverse: true))
        }
        #expect(canvas.lines[1] == " Time Tracker · eve@example.com @ http://localhost:4000")
        #expect(canvas.lines[23] == " v end live view  s start  x stop  l logout  q quit  ? help")
        #expect(canvas.lines.contains { $0.hasPrefix(" 08:00:04 Live view started by boss@example.org: your") })
    }

    @Test func atTheSmallestSizeTheScreenBelowIsWhole() {
        let scene = LiveModelTests.watched(by: "boss@example.org", width: 40, height: 12)
        #expect(
            scene.lines == [
                " ● LIVE boss@exampl… 08:00:05 v ends it",
                " eve@example.com @ http://localhost:40…",
                " ● TRACKING since 08:00:00       online",
                "         Active    Idle      Net",
                " Session 00:00:05  00:00:00  00:00:05",
                " Today   00:00:05  00:00:00  00:00:05",
                " Next capture in 02:55 of 03:00 ░░░░░",
                " Last 08:00:00  182 kB  waits in the q…",
                " Queue 1 waiting (182 kB)",
                " 08:00:04 Live view started by",
                "          boss@example.org: your scree…",
                " v end s start x stop l logout q quit",
            ])
    }

    @Test func itUsesTheRoomThereIs() {
        #expect(
            banner(["boss@example.org"], width: 120).hasPrefix(
                " ● LIVE  your screen is being watched by boss@example.org  last frame 08:00:05   "))
        #expect(banner(["a@b.org", "c@d.org"], width: 80).hasPrefix(" ● LIVE  watched by a@b.org, c@d.org  last"))
        let long = String(repeating: "boss", count: 20)
        #expect(
            banner([long, "chief"], width: 80)
                == " ● LIVE  watched by bossbossbossbossbossbos… +1  last frame 08:00:05  v ends it")
        #expect(banner([long, "chief"], width: 40, height: 12) == " ● LIVE bossboss… +1 08:00:05 v ends it")
    }

    @Test func beforeTheFirstFrameItSaysSo() {
        var scene = LiveModelTests.connected()
        scene.hear(.liveViewInitiated(.init(by: "boss@example.org")), at: 4)
        #expect(scene.lines[0].contains("watched by boss@example.org  no frame yet"))
    }

    @Test func whileSomebodyTypesAnotherKeyEndsIt() {
        for (width, key) in [(80, "Ctrl-V"), (40, "^V")] {
            var scene = LiveModelTests.watched(by: "boss@example.org", width: width, height: width == 40 ? 12 : 24)
            scene.on(.delivered(.loginEnded, epoch: 1, queue: .with(pending: 1)), at: 6)
            #expect(scene.lines[0].hasSuffix(" \(key) ends it"))
            let canvas = Screens.picture(of: scene.model, glyphs: .unicode)
            #expect(canvas.cursor?.y == canvas.height - (width == 40 ? 2 : 3), "it stands where the field is")
        }
    }

    @Test func itIsOnEveryScreen() {
        var scene = LiveModelTests.watched(by: "boss@example.org")
        scene.press(.character("?"), at: 6)
        #expect(scene.lines[0].hasPrefix(" ● LIVE"))
        #expect(scene.lines[1] == " Time Tracker · help")
        #expect(scene.lines[3].hasPrefix("  v         end live view; forms: Ctrl-V"))
        scene = LiveModelTests.watched(by: "boss@example.org", width: 40, height: 12)
        scene.press(.character("?"), at: 6)
        #expect(scene.lines[7] == " v end live view  p password  s start")
        #expect(scene.lines[10] == String(repeating: "─", count: 40))
        #expect(scene.lines[11] == " any key back")
        scene = LiveModelTests.watched(by: "boss@example.org")
        scene.on(.delivered(.passwordExpired, epoch: 1, queue: .with(pending: 1)), at: 6)
        #expect(scene.lines[0].hasSuffix("Ctrl-V ends it"))
        #expect(scene.lines[1] == " Time Tracker · new password")
        scene = LiveModelTests.watched(by: "boss@example.org")
        scene.on(.terminal(.resized(width: 30, height: 5)), at: 6)
        #expect(scene.lines[4].hasPrefix(" ● LIVE"))
    }

    @Test func whenItEndsTheScreenIsAsBefore() {
        var scene = LiveModelTests.watched(by: "boss@example.org")
        scene.press(.character("v"), at: 6)
        #expect(scene.lines[0] == " Time Tracker · eve@example.com @ http://localhost:4000")
        #expect(scene.lines[23] == " s start  x stop  l logout  q quit  ? help")
    }

    @Test(arguments: [(40, 12), (60, 20), (59, 40), (200, 13), (20, 3), (3, 1)])
    func noLineIsWiderThanTheTerminal(width: Int, height: Int) {
        var scene = LiveModelTests.watched(
            by: String(repeating: "日本語", count: 40), "b\u{1B}[2J\n", width: width, height: height)
        for key in [Key.escape, .character("?")] {
            scene.press(key, at: 6)
            #expect(scene.lines.count == height)
            #expect(scene.lines.allSatisfy { CharacterWidth.columns(of: $0) <= width })
        }
    }
}
