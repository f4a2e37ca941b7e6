import Testing

@testable import TrackerTUI

struct SilentDisplayTests {
    private static let sentence = "The display does not answer."

    @Test func anIdleTimeThatIsNotToldIsShownUntilItIs() {
        var scene = Scene.tracking()
        scene.on(.tick, at: 1)
        scene.on(.tick, at: 6)
        #expect(scene.model.display.idleTrouble == nil)
        scene.on(.tick, at: 7)
        #expect(scene.model.display.idleTrouble == Self.sentence)
        #expect(scene.model.display.captureTrouble == nil)
        #expect(scene.model.messages.entries.last?.note == .screenLost(Self.sentence))
        let entries = scene.model.messages.entries
        scene.on(.tick, at: 8)
        #expect(scene.model.messages.entries == entries, "it is said once")
        scene.on(.idleSampled(.success(.seconds(1)), taken: Times.at(9).monotonic), at: 9)
        #expect(scene.model.display.idleTrouble == nil)
        #expect(scene.on(.tick, at: 10).contains(.sampleIdle))
    }

    /// The answer that there is none may be late, too.
    @Test func whereThereIsNoDisplayNoneIsSilent() {
        var scene = Scene { $0.hasDisplay = false }
        scene.logIn()
        scene.work(.success(.day(Times.day(), intervalSeconds: 180)))
        scene.work(.success(.started(Times.session(), isNew: true)))
        #expect(scene.on(.tick, at: 1).contains(.sampleIdle))
        scene.on(.tick, at: 7)
        scene.on(.tick, at: 190)
        #expect(scene.model.display.idleTrouble == nil && scene.model.display.captureTrouble == nil)
    }

    @Test func aCaptureThatDoesNotEndIsShownUntilItDoes() {
        var scene = Scene.tracking()
        scene.on(.tick, at: 180)
        scene.on(.idleSampled(.success(.zero), taken: Times.at(180).monotonic), at: 180)
        scene.on(.tick, at: 186)
        #expect(scene.model.display.captureTrouble == Self.sentence)
        #expect(scene.lines[12] == " Not captured   \(Self.sentence)")
        scene.on(.captured(.queued(.first), epoch: 1, queue: .with(pending: 1)), at: 187)
        #expect(scene.model.display.captureTrouble == nil)
    }
}
