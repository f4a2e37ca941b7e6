import Testing

@testable import TrackerTUI

struct HelpScreenTests {
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
}
