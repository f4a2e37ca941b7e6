import Glibc
import Synchronization
import TestSupport
import Testing

@testable import TrackerTUI

struct ListenerTests {
    private static let gone = AppEvent.listenerLost(ListenerLoss(code: EPIPE))

    private func notes(_ effects: [Effect]) -> [String] {
        effects.compactMap { if case .record(let entry) = $0 { entry.note.text } else { nil } }
    }

    @Test(arguments: [(EPIPE, true), (EBADF, true), (EIO, true), (ENOSPC, false), (EDQUOT, false), (EFBIG, false)])
    func aReaderWhoHasGoneIsToldFromAFullDisk(code: Int32, isGone: Bool) {
        let reason = String(cString: strerror(code))
        #expect(ListenerLoss(code: code) == (isGone ? .gone(reason: reason) : .failing(reason: reason)))
    }

    @Test func whereNobodyListensTheSessionEndsAndTheCodeIsOne() {
        var scene = Scene.tracking(isHeadless: true)
        let effects = scene.on(Self.gone, at: 10)
        #expect(notes(effects) == ["The client ends: nobody reads these lines any more (Broken pipe)."])
        #expect(scene.model.tracking.isLeaving)
        #expect(
            effects.contains { if case .send(let request, _) = $0, case .stop = request.kind { true } else { false } })
        // The pipe and each line say so.
        #expect(notes(scene.on(Self.gone, at: 10)) == [])
        #expect(scene.work(.success(.stopped(Times.session())), at: 11).contains(.exit(1)))
    }

    @Test func beforeTheLoginItIsOverAtOnce() {
        var scene = Scene(isHeadless: true)
        #expect(scene.on(Self.gone).contains(.exit(1)))
    }

    @Test func aFullDiskIsSaidOnceAndTrackingGoesOn() {
        var scene = Scene.tracking(isHeadless: true)
        let full = AppEvent.listenerLost(ListenerLoss(code: ENOSPC))
        #expect(
            notes(scene.on(full, at: 10))
                == ["Tracking goes on, but these lines cannot be written (No space left on device)."])
        #expect(scene.on(full, at: 11) == [])
        #expect(scene.model.tracking.isTracking)
    }

    @Test func aPipeWhoseReaderGoesIsNoticedWithoutALine() async throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { close(ends[1]) }
        let writer = ends[1]
        let (losses, continuation) = AsyncStream.makeStream(of: ListenerLoss.self)
        ListenerLoss.watch(writer) { continuation.yield($0) }
        close(ends[0])
        var iterator = losses.makeAsyncIterator()
        #expect(await iterator.next() == .gone(reason: "Broken pipe"))
    }

    @Test func aLineIsWrittenWholeWhereThePipeDoesNotWait() async throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        #expect(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
        let writer = LineWriter(descriptor: ends[1])
        // More than a pipe holds.
        let line = String(repeating: "x", count: 200_000)
        writer.write(line)
        let read = await bytes(from: ends[0]) { $0.last == UInt8(ascii: "\n") }
        #expect(read.count == line.utf8.count + 1)
        for end in ends { close(end) }
    }
}
