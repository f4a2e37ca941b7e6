import Foundation
import Shared
import Testing

@testable import Capture
@testable import TrackerTUI

/// What the status screen shows of the messages, and the question for the password below them.
struct StatusMessagesTests {
    @Test func aLongMessageIsWrappedAndTheNewestIsWhole() {
        var scene = Scene.busy(width: 40, height: 12)
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
}
