import Shared
import Testing

@testable import TrackerTUI

/// What is asked before a key ends tracking.
struct QuestionTests {
    private func isLeaving(_ scene: Scene) -> Bool { scene.model.departure != nil }

    @Test(arguments: [Key.character("x"), .character("l"), .character("q"), .control("c")])
    func theSameKeyAgainOrYIsAYes(key: Key) {
        for yes in [key, .character("y")] {
            var scene = Scene.tracking(asks: true)
            scene.press(key, at: 1)
            #expect(scene.model.tracking.isTracking)
            #expect(scene.lines[23].contains("any other key: no"))
            scene.press(yes, at: 2)
            #expect(!scene.model.tracking.isTracking)
            #expect(scene.model.question == nil)
        }
    }

    @Test func anyOtherKeyIsANoAndNothingElse() {
        var scene = Scene.tracking(asks: true)
        for key in [Key.character("n"), .character("x"), .character("?"), .escape, .enter] {
            scene.press(.character("q"), key)
            #expect(scene.model.question == nil)
            #expect(scene.model.tracking.isTracking)
            #expect(!scene.showsHelp)
        }
        #expect(scene.lines[23] == " s start  x stop  l logout  q quit  ? help")
    }

    @Test func theQuestionStandsOnEveryScreen() {
        var scene = Scene.tracking(asks: true, width: 40, height: 12)
        scene.press(.control("c"))
        #expect(scene.lines[11] == " Stop, quit? y/Ctrl-C yes, else no")
        scene.press(.character("n"))
        scene.press(.character("l"))
        #expect(scene.lines[11] == " Stop, log out? y/l yes, else no")
        scene.press(.character("n"), .character("?"), .control("c"))
        #expect(scene.lines[11] == " Stop, quit? y/Ctrl-C yes, else no")
        scene.on(.terminal(.resized(width: 40, height: 5)))
        #expect(scene.lines[4] == " Stop, quit? y/Ctrl-C yes, else no")
    }

    @Test func itStandsAboveTheFieldForThePasswordToo() {
        var scene = Scene.tracking(asks: true)
        scene.on(.delivered(.loginEnded, epoch: 1, queue: .with(pending: 1)))
        scene.press(.character("q"), .control("c"), .character("z"))
        #expect(scene.prompt?.fields[0].text.text == "q", "a key of the question is not typed")
        #expect(scene.model.tracking.isTracking)
        scene.press(.control("c"), .control("c"))
        #expect(!scene.model.tracking.isTracking)
    }

    @Test func nobodyIsAskedWhereNothingIsTracked() {
        var scene = Scene(asks: true)
        scene.logIn()
        scene.press(.character("q"))
        #expect(isLeaving(scene) || scene.effects.last == .exit(0))
        scene = .tracking(asks: true)
        scene.press(.character("x"), .character("x"), at: 1)
        scene.work(.success(.stopped(Times.ended(Times.session(), at: 1))), at: 1)
        scene.press(.character("q"), at: 2)
        #expect(scene.model.question == nil)
        #expect(isLeaving(scene) || scene.effects.last == .exit(0))
    }

    @Test func aSignalDoesNotAskAndAnEndTakesTheQuestionAway() {
        var scene = Scene.tracking(asks: true)
        scene.on(.terminate, at: 1)
        #expect(isLeaving(scene))
        scene = .tracking(asks: true)
        scene.press(.character("q"))
        scene.hear(.intervalAssigned(.init(employeeID: "eve@example.com", interval: .unassigned)))
        #expect(scene.model.question == nil)
    }

    @Test func whatIsPastedDoesNothingOutsideAField() {
        var scene = Scene.tracking(asks: true)
        for text in ["q", "x\nl\n", "?"] { scene.press(.paste(text)) }
        #expect(scene.model.question == nil && !scene.showsHelp)
        scene.press(.character("?"), .paste("q"))
        #expect(scene.showsHelp)
        scene.press(.escape, .character("q"), .paste("y"))
        #expect(scene.model.question != nil && scene.model.tracking.isTracking)
    }
}
