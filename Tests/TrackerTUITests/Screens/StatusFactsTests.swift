import Foundation
import Shared
import Testing

@testable import Capture
@testable import TrackerTUI

/// What the status screen says of captures, of what waits, and of what does not work.
struct StatusFactsTests {
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

    /// A day is corrected, by a manager or with a capture that is deleted: it is said at once, and today's sum stands on the screen.
    @Test(
        arguments: [
            (30, nil, "boss@example.com has added 00:30:00 to 2026-03-02: ", " Corrected      +00:30:00 today"),
            (-15, nil, "boss@example.com has taken 00:15:00 off 2026-03-02: ", " Corrected      -00:15:00 today"),
            (30, "chief", "chief has revoked the correction of 2026-03-02 by +00:30:00: ", nil),
        ] as [(Int, String?, String, String?)])
    func aCorrectionIsSaidAndShown(minutes: Int, revokedBy: String?, said: String, shown: String?) {
        var scene = Scene.tracking()
        let correction = Times.correction(minutes, revokedBy: revokedBy)
        scene.on(.live(.corrected(correction), link: scene.model.link.generation), at: 1)
        #expect(
            scene.model.messages.entries.contains {
                $0.note.text.hasPrefix(said + "Client visit") && !$0.note.text.contains { $0 == "\n" || $0 == "\u{1B}" }
            })
        #expect(scene.model.tracking.inFlight?.kind == .day)
        let counting = correction.counts ? [correction] : []
        scene.work(
            .success(.day(Times.day(session: Times.session(), corrections: counting), intervalSeconds: 180)), at: 2)
        #expect(scene.lines.first { $0.hasPrefix(" Corrected") } == shown)
        let count = scene.model.messages.entries.count
        scene.on(
            .live(.corrected(Times.correction(5, of: "adam@example.com")), link: scene.model.link.generation), at: 3)
        #expect(scene.model.messages.entries.count == count)
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
}
