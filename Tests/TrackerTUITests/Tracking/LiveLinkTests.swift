import Testing

@testable import TrackerTUI

struct LiveLinkTests {
    private var link = LiveLink()

    @Test mutating func whenItIsThereWhatWasMissedIsAskedForAndOnlyItsReturnIsNews() {
        #expect(link.cameUp() == [.ask])
        #expect(link.state == .up)
        _ = link.wentDown("It broke.")
        #expect(link.cameUp() == [.record(.liveLinkUp), .ask])
    }

    @Test mutating func whenItBreaksTheServerMayBeGoneToo() {
        _ = link.cameUp()
        let news: [LiveLink.Action] = [.record(.liveLinkDown("It broke.")), .endLiveView]
        #expect(link.wentDown("It broke.") == news + [.suspectServer])
        #expect(link.isDown)
        #expect(link.wentDown("Still.") == [.endLiveView], "that is no news")
        #expect(link.state == .down(reason: "Still."))
        link.renew()
        #expect(link.wentDown("It broke.") == news, "it never was there")
    }

    @Test mutating func anotherConnectionIsOfAnotherGeneration() {
        let first = link.generation
        _ = link.cameUp()
        link.renew()
        #expect(link.generation > first)
        #expect(link.state == .unknown)
    }
}
