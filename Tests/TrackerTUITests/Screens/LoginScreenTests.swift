import Testing

@testable import TrackerTUI

struct LoginScreenTests {
    private func scene(width: Int = 80, height: Int = 24, notes: [String] = []) -> Scene {
        Scene(width: width, height: height) {
            $0.serverOrigin = "/home/eve/.env"
            $0.signInNotes = notes
        }
    }

    @Test(arguments: [(80, 24, 6), (40, 12, 5)])
    func anAddressThatCameFromAFileIsShownWithIt(width: Int, height: Int, row: Int) {
        let lines = scene(width: width, height: height).lines
        // Below the field, or below all of them.
        #expect(lines[row].contains("from /home/eve/.env"))
        #expect(lines.contains { $0.contains("Server") && $0.contains(Scene.serverText) })
    }

    @Test func anotherAddressCameFromWhoTypedIt() {
        var scene = scene()
        scene.press(.backTab, .backTab, .character("1"))
        #expect(!scene.lines.contains { $0.contains("from /home/eve/.env") })
        scene.press(.backspace)
        #expect(scene.lines.contains { $0.contains("from /home/eve/.env") })
    }

    @Test func aFileThatWasPassedOverIsNamed() {
        let scene = scene(notes: ["/tmp/.env is not read: others can write it."])
        #expect(scene.lines.contains { $0.contains("/tmp/.env is not read: others can write it.") })
    }
}
