import Foundation
import Shared
import Testing

@testable import Capture
@testable import TrackerTUI

/// Captures, idle time, and what becomes of what waits.
struct DeliveryModelTests {
    @Test func aQueuedCaptureIsDeliveredAndShownAsDelivered() {
        var scene = Scene.tracking()
        #expect(scene.model.lastCapture?.result == .queued)
        scene.on(.delivered(.delivered(LastCapture.first.id, file: "uploads/a.png"), epoch: 1, queue: .with()))
        #expect(scene.model.lastCapture?.result == .delivered)
        #expect(scene.model.messages.entries.last?.isDelivered == true)
    }

    @Test func aCaptureThatIsPutAsideSaysWhyAndTheNextGoesOut() {
        var scene = Scene.tracking()
        scene.on(.delivered(.nothing, epoch: 1, queue: .with()))
        scene.on(.captured(.queued(.first), epoch: 1, queue: .with(pending: 2)))
        let effects = scene.on(
            .delivered(
                .putAside(LastCapture.first.id, reason: "No image."), epoch: 1, queue: .with(pending: 1, aside: 1)))
        #expect(scene.model.lastCapture?.result == .putAside(reason: "No image."))
        #expect(effects.contains { if case .deliver = $0 { true } else { false } })
    }

    @Test func whyACaptureStaysInLineIsSaidUntilOneIsTaken() {
        let (page, full) = ("Status 502 from what answers at http://a.", "The server's disk is full.")
        var scene = Scene.tracking()
        func notes() -> [Note] {
            scene.model.messages.entries.map(\.note).filter { if case .deliveryWaits = $0 { true } else { false } }
        }
        for second in [1.0, 2, 4] {
            let waits = AppEvent.DeliveryOutcome.postponed(reason: page, retryAfter: nil)
            scene.on(.delivered(waits, epoch: 1, queue: .with(pending: 1)), at: second)
            #expect(scene.lines[12] == " Not delivered  \(page)")
            #expect(scene.model.tracking.outage == nil)
        }
        #expect(notes() == [.deliveryWaits(page)])
        scene.on(.delivered(.postponed(reason: full, retryAfter: nil), epoch: 1, queue: .with(pending: 1)), at: 8)
        #expect(notes() == [.deliveryWaits(page), .deliveryWaits(full)])
        scene.on(.delivered(.delivered(LastCapture.first.id, file: "a.png"), epoch: 1, queue: .with()), at: 9)
        #expect(!scene.lines.contains { $0.hasPrefix(" Not delivered ") })
    }

    @Test func thatTheServerIsNotReachedIsSaidOnce() {
        var scene = Scene.tracking()
        let gone = AppEvent.delivered(.unanswered(reason: "Gone."), epoch: 1, queue: .with(pending: 1))
        scene.on(gone, at: 1)
        scene.work(.failure(.unreachable("Gone.")), at: 1)
        scene.on(gone, at: 2)
        #expect(
            scene.model.messages.entries.map(\.note).filter { $0.text.contains("Gone.") } == [.wentOffline("Gone.")])
        #expect(scene.lines.count { $0.contains("Gone.") } == 2, "in a row, and in the messages")
    }

    @Test func aCaptureThatFailsIsSaidOnceAndTrackingGoesOn() {
        var scene = Scene.tracking()
        let first = scene.on(.captured(.failed(.noDisplay), epoch: 1, queue: .with()))
        let second = scene.on(.captured(.failed(.noDisplay), epoch: 1, queue: .with()))
        #expect(first.contains { if case .record = $0 { true } else { false } })
        #expect(second == [])
        #expect(scene.model.tracking.isTracking)
        #expect(scene.model.display.captureTrouble?.contains("DISPLAY") == true)
    }

    @Test func inputIsSampledOnlyWhileTrackingAndOneAtATime() {
        var scene = Scene()
        scene.logIn()
        #expect(!scene.on(.tick, at: 1).contains(.sampleIdle))
        scene = .tracking()
        #expect(scene.on(.tick, at: 1).contains(.sampleIdle))
        #expect(!scene.on(.tick, at: 2).contains(.sampleIdle))
        scene.on(.idleSampled(.success(.seconds(1)), taken: Times.at(2).monotonic), at: 2)
        #expect(scene.on(.tick, at: 3).contains(.sampleIdle))
    }

    @Test func workThatArrivesAndWorkThatDoesNotCountAreSaid() {
        var scene = Scene.tracking()
        scene.on(
            .delivered(.workDelivered(seconds: 3240, refused: 60, reason: "Too old."), epoch: 1, queue: .with()), at: 1)
        #expect(
            scene.model.messages.entries.suffix(2).map(\.note.text) == [
                "00:54:00 have arrived: work that was kept here.",
                "00:01:00 that were kept here do not count: Too old.",
            ])
    }
}
