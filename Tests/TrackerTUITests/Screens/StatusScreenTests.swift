import Foundation
import Shared
import Testing

@testable import Capture
@testable import TrackerTUI

struct StatusScreenTests {
    /// Thirteen minutes into a session, an hour of work before it today, four of the minutes idle.
    private func busy(width: Int, height: Int) -> Scene {
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

    @Test(arguments: [
        (Concealment.oneColour(0), "all black", "all black (locked or off?)"),
        (.oneColour(0x336699), "one colour", "all one colour"),
        (.screenSaver, "screen saver on", "screen saver on (locked?)"),
    ])
    func aCaptureThatShowsNothingIsSaidToShowNothing(concealment: Concealment, short: String, long: String) {
        for (width, last) in [
            (80, [" Last capture   08:00:00  1920x1080  182 kB  \(short), delivered"]),
            (40, [" Last 08:00:00  182 kB", "      \(short), delivered"]),
        ] {
            var scene = Scene(width: width, height: 24)
            scene.logIn()
            scene.work(.success(.started(Times.session(), isNew: true)))
            var capture = LastCapture.first
            capture.concealment = concealment
            scene.on(.captured(.queued(capture), epoch: 1, queue: .with(pending: 1)))
            scene.on(.delivered(.delivered(capture.id, file: "uploads/a.png"), epoch: 1, queue: .with()))
            #expect(scene.lines.contains(last), "\(scene.lines.joined(separator: "\n"))")
            let words = scene.lines.flatMap { $0.split(separator: " ") }.joined(separator: " ")
            #expect(words.contains("08:00:00 Screen captured, \(long): 1920x1080, 182 kB. Delivered."))
        }
    }

    @Test func atTheUsualSizeEverythingIsThere() {
        #expect(
            busy(width: 80, height: 24).lines == [
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

    @Test func whatCouldNotBeKeptAndWhatWasPutAsideIsSaidWithTheReason() {
        var scene = Scene.tracking()
        var queue = SpoolStatus.with(pending: 2, aside: 1)
        (queue.unkept, queue.keepTrouble, queue.asideReason) = (1, "No space left on device", "This is no image.")
        scene.on(.queueChanged(queue), at: 1)
        #expect(
            scene.lines[11...14] == [
                " Queue          2 waiting (364 kB), 1 in memory only, 1 put aside",
                " Not kept       What waits is lost if this program ends: No space left on",
                "                device.",
                " Put aside      This is no image.",
            ])
        let note = "Work and captures cannot be kept on disk (No space left on device): they are sent from memory."
        #expect(scene.model.messages.entries.count { $0.note == .queueFailed(note) } == 1)
        scene.on(.captured(.queued(.first), epoch: 1, queue: queue), at: 2)
        scene.on(.delivered(.nothing, epoch: 1, queue: queue), at: 3)
        #expect(scene.model.messages.entries.count { $0.note == .queueFailed(note) } == 1)
    }

    @Test(arguments: [
        (80, "online · not encrypted", "live link down · not encrypted"), (40, "in clear", "in clear"),
    ])
    func whatIsSaidInClearIsAlwaysSeen(width: Int, up: String, down: String) throws {
        var scene = Scene(width: width, height: 24)
        scene.model.account = Account(
            id: try #require(AccountID("eve@example.com")), server: try #require(BackendURL("http://tracker.example")))
        scene.model.screen = .status(StatusScreen())
        scene.on(.tick)
        #expect(scene.lines[width == 80 ? 2 : 1].hasSuffix(up))
        _ = scene.model.link.wentDown("It broke off.")
        scene.on(.tick)
        #expect(scene.lines[width == 80 ? 2 : 1].hasSuffix(down))
    }

    @Test func atTheSmallestSizeEverythingIsThereInShort() {
        #expect(
            busy(width: 40, height: 12).lines == [
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
        let lines = busy(width: 120, height: 40).lines
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

    @Test func offlineSaysWhyAndWhatWaits() {
        var scene = Scene.tracking()
        scene.on(.tick, at: 60)
        scene.work(.failure(.unreachable("No answer.")), at: 60)
        scene.on(.captured(.queued(.first), epoch: 1, queue: .with(pending: 3, aside: 1, dropped: 2)), at: 60)
        let lines = scene.lines
        #expect(lines[2].hasSuffix("OFFLINE since 08:01"))
        #expect(lines[10].hasSuffix("waits in the queue"))
        #expect(lines[11] == " Queue          3 waiting (546 kB), 1 min kept, 1 put aside, 2 dropped")
        #expect(lines[12] == " Not reached    Last confirmed 00:01:00 ago. No answer.")
    }

    @Test(arguments: [
        (SpoolStatus.with(others: 1), "empty; 1 of another account or server"),
        (.with(pending: 2, others: 3), "2 waiting (910 kB); 3 of another account or server"),
        (.with(aside: 1), "empty, 1 put aside"),
    ])
    func capturesOfOthersDoNotCountAsWaiting(queue: SpoolStatus, text: String) {
        var scene = Scene.tracking()
        scene.on(.captured(.queued(.first), epoch: 1, queue: queue), at: 1)
        #expect(scene.lines[11] == " Queue          \(text)")
    }

    @Test func ownWorkIsNoOthers() {
        var scene = Scene.tracking()
        let owner = SpoolOwner(account: AccountID(stored: "eve@example.com"), server: Scene.serverText)
        var queue = SpoolStatus.with(others: 1)
        (queue.pending, queue.stretches, queue.work) = (3, [owner: 2], [owner: 600])
        scene.on(.queueChanged(queue), at: 1)
        #expect(scene.lines[11] == " Queue          10 min of work kept here; 1 of another account or server")
    }

    @Test func aMissingDisplayIsNamedOnceWithItsReason() {
        var scene = Scene.tracking()
        scene.on(.captured(.failed(.noDisplay), epoch: 1, queue: .with()))
        scene.on(.idleSampled(.failure(.noDisplay), taken: Times.at(1).monotonic))
        let lines = scene.lines
        #expect(lines[12] == " Not captured   There is no screen to capture: DISPLAY is not set.")
        #expect(!lines.contains { $0.hasPrefix(" Idle unknown") })
    }

    @Test func aLongMessageIsWrappedAndTheNewestIsWhole() {
        var scene = busy(width: 40, height: 12)
        scene.model.note(.problem("The state folder has no room for captures any more."))
        #expect(
            scene.lines[8...10] == [
                " 08:12:00 Screen captured: 1920x1080, …", " 08:12:45 The state folder has no room",
                "          for captures any more.",
            ])
    }

    @Test func olderMessagesCanBeReadAndStayWhileNewOnesCome() {
        var scene = Scene.tracking()
        for number in 1...30 { scene.model.note(.problem("Message \(number).")) }
        #expect(scene.lines[21] == " 08:00:00 Message 30.")
        scene.press(.up, .pageUp)
        #expect(scene.lines[12].hasPrefix("─ Messages: 6 newer, End ─"))
        #expect(scene.lines[21] == " 08:00:00 Message 24.")
        scene.model.note(.problem("Message 31."))
        #expect(scene.lines[21] == " 08:00:00 Message 24.")
        scene.press(.home)
        #expect(scene.lines[13] == " 08:00:00 Signed in as eve@example.com at http://localhost:4000.")
        scene.press(.down, .end)
        #expect(scene.lines[12].hasPrefix("─ Messages ─"))
        #expect(scene.lines[21] == " 08:00:00 Message 31.")
    }

    @Test func aMessageThatHasNoRoomIsReadLineByLine() {
        var scene = Scene.tracking(width: 40, height: 12)
        scene.model.note(.problem("One two three four five six seven eight nine ten eleven twelve thirteen fourteen."))
        let lines = ["One two three four five six", "seven eight nine ten eleven", "twelve thirteen fourteen."]
        scene.model.note(.problem("The last."))
        #expect(scene.lines[8...10] == [" 08:00:00 \(lines[0])", "          \(lines[1]) …", " 08:00:00 The last."])
        // Upwards what is above follows, downwards the same comes back.
        var seen: [[String]] = []
        for key in [Key.up, .up, .up, .down, .down, .down] {
            scene.press(key)
            seen.append(Array(scene.lines[8...10]))
        }
        let whole = [" 08:00:00 \(lines[0])", "          \(lines[1])", "          \(lines[2])"]
        #expect(seen[0] == whole)
        #expect(seen[1][1...2] == whole[0...1])
        #expect(seen[2][2] == whole[0])
        #expect(seen[3...4] == [seen[1], seen[0]])
        #expect(scene.model.messages.reading == nil)

        scene = Scene.tracking(width: 40, height: 12)
        scene.on(.captured(.failed(.noDisplay), epoch: 1, queue: .with()))
        scene.model.note(.problem("One two three four five six seven eight nine ten eleven twelve thirteen fourteen."))
        #expect(scene.lines[9...10] == [" 08:00:00 \(lines[0])", "          \(lines[1]) …"])
        scene.press(.up)
        #expect(scene.lines[9...10] == ["          \(lines[1])", "          \(lines[2])"])
        scene.press(.down)
        #expect(scene.lines[9...10] == [" 08:00:00 \(lines[0])", "          \(lines[1]) …"])
    }

    @Test func aCaptureIsOneLineAndThoseOfEarlierAreOne() {
        var scene = Scene.tracking()
        for _ in 0..<3 {
            scene.on(.delivered(.delivered(UUID(), file: "uploads/old.png"), epoch: 1, queue: .with(pending: 1)))
        }
        let recorded = scene.on(
            .delivered(.delivered(LastCapture.first.id, file: "uploads/a.png"), epoch: 1, queue: .with()))
        #expect(recorded.contains(.record(LogEntry(at: Times.wallZero, note: .uploaded(file: "uploads/a.png")))))
        #expect(
            scene.lines[16...18] == [
                " 08:00:00 Screen captured: 1920x1080, 182 kB. Delivered.", " 08:00:00 Earlier captures delivered.", "",
            ])
    }

    @Test func thePasswordIsAskedForBelowTheMessages() {
        var scene = Scene.tracking()
        scene.on(.delivered(.loginEnded, epoch: 1, queue: .with(pending: 1)))
        scene.press(.character("a"), .character("b"))
        let canvas = Screens.picture(of: scene.model, glyphs: .unicode)
        #expect(canvas.lines[2].hasSuffix("LOGIN ENDED"))
        #expect(canvas.lines[20] == " Type the password again: the login has ended.")
        #expect(canvas.lines[21] == " Password  ••")
        #expect(canvas.lines[23] == " Enter sign in  Esc later")
        #expect(canvas.cursor == Canvas.Position(x: 13, y: 21))
    }

    @Test func inASCIINothingElseIsDrawn() {
        let lines = busy(width: 80, height: 24).lines(.ascii)
        #expect(lines.joined().allSatisfy { $0.isASCII })
        #expect(lines[2].hasPrefix(" * TRACKING since"))
        #expect(lines[9].hasPrefix(" Next capture   in 02:15  #############..."))
    }

    @Test(arguments: [(40, 12), (60, 20), (59, 40), (200, 13), (300, 100)])
    func noLineIsWiderThanTheTerminal(width: Int, height: Int) {
        var scene = busy(width: width, height: height)
        scene.on(
            .captured(.failed(.grabFailed(reason: String(repeating: "日本語 ", count: 100))), epoch: 1, queue: .with()))
        let lines = scene.lines
        #expect(lines.count == height)
        #expect(lines.allSatisfy { CharacterWidth.columns(of: $0) <= width })
        #expect(lines[height - 1].hasPrefix(" s start"))
    }
}

struct OtherScreensTests {
    @Test func theLoginFormShowsDotsForThePassword() {
        var scene = Scene()
        scene.press(.paste("secret"))
        let lines = scene.lines
        #expect(lines[0] == " Time Tracker · sign in")
        #expect(lines[5] == "        Server    http://localhost:4000")
        #expect(lines[7] == "        Email     eve@example.com")
        #expect(lines[9] == "        Password  ••••••")
        #expect(lines[23] == " Enter sign in  Tab next field  Esc quit")
        #expect(!lines.joined().contains("secret"))
    }

    @Test func theLoginFormFitsTheSmallestTerminal() {
        var scene = Scene(width: 40, height: 12)
        scene.logIn(.failure(.refused(401, .invalidCredentials, "Invalid credentials")))
        let lines = scene.lines
        #expect(lines[2] == " Server    http://localhost:4000")
        #expect(lines[4] == " Password")
        #expect(lines[5] == " Invalid credentials")
    }

    @Test func aLongTextScrollsSoThatTheCursorIsSeen() {
        var canvas = Canvas(width: 20, height: 1)
        canvas.drawField("Label", TextField("abcdefghijkl"), x: 0, y: 0, labelColumns: 10, isFocused: true)
        #expect(canvas.lines == ["Label     efghijkl"])
        #expect(canvas.cursor == Canvas.Position(x: 18, y: 0))
    }

    @Test func thePasswordFormSaysWhyItIsThere() {
        var scene = Scene()
        scene.logIn(.success(.eve { $0.mustChangePassword = true }))
        let lines = scene.lines
        #expect(lines[0] == " Time Tracker · new password")
        #expect(lines[7] == "     Current password  •••••••••••••")
        #expect(lines[11] == "     New one again")
    }

    @Test func theHelpNamesTheKeys() {
        var scene = Scene.tracking()
        scene.press(.character("?"))
        #expect(scene.lines[2].hasPrefix("  v         end live view; forms: Ctrl-V"))
        #expect(scene.lines[4].hasPrefix("  s         start tracking    "))
        let text = scene.lines.flatMap { $0.split(separator: " ") }.joined(separator: " ")
        for words in ["Ctrl-L draw the screen anew", "never recorded", "Managers may watch", "goes out later."] {
            #expect(text.contains(words))
        }
        scene.press(.character("q"))
        #expect(!scene.showsHelp)
        #expect(scene.model.departure == nil, "the key that closes the help does nothing else")
    }

    @Test func theSmallestHelpSaysWhatIsRecordedAndWhoMayWatch() {
        var scene = Scene.tracking(width: 40, height: 12)
        scene.press(.character("?"))
        #expect(
            scene.lines[2...9] == [
                " Recorded while tracking: the screen at", " the interval, idle time; no keys.",
                " Managers may watch it live: then a red", " line says who.",
                " v end live view  p password  s start", " x stop  l logout  q quit  ? help",
                " Up, Down messages  Ctrl-L redraw", " Ctrl-Z shell",
            ])
    }

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

struct TextTests {
    @Test func linesBreakAtSpacesAndLongWordsWhereTheyMust() {
        #expect(TextWrap.lines("to be or not", columns: 5) == ["to be", "or", "not"])
        #expect(TextWrap.lines("abcdefgh ij", columns: 3) == ["abc", "def", "gh", "ij"])
        #expect(TextWrap.lines("日本語", columns: 4) == ["日本", "語"])
        #expect(TextWrap.lines("日", columns: 1) == [])
    }

    @Test func shortenedTextEndsWithAnEllipsis() {
        #expect(TextWrap.shortened("abcdef", columns: 6) == "abcdef")
        #expect(TextWrap.shortened("abcdef", columns: 5) == "abcd…")
        #expect(TextWrap.shortened("日本語", columns: 4) == "日…")
    }

    @Test func durationsAndSizesReadWell() {
        #expect(DurationText.clock(seconds: 3723) == "01:02:03")
        #expect(DurationText.clock(seconds: 360_000) == "100:00:00")
        #expect(DurationText.clock(seconds: -5) == "00:00:00")
        #expect(DurationText.words(seconds: 60) == "1 minute")
        #expect(DurationText.words(seconds: 90) == "90 seconds")
        #expect(DurationText.size(bytes: 999) == "999 B")
        #expect(DurationText.size(bytes: 999_499) == "999 kB")
        #expect(DurationText.size(bytes: 999_500) == "1.0 MB")
        #expect(DurationText.size(bytes: 1_449_999) == "1.4 MB")
    }
}
