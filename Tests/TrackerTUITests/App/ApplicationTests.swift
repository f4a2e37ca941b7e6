import Foundation
import Shared
import Synchronization
import TestSupport
import Testing

@testable import TrackerTUI

/// The loop, with all events waiting before it begins.
struct ApplicationTests {
    private final class CountingTerminal: Terminal {
        let pictures = Mutex<[Canvas]>([])

        func show(_ canvas: Canvas) { pictures.withLock { $0.append(canvas) } }
        func suspend() {}
        func close() async {}
    }

    /// A clock that passes so many milliseconds at each look.
    private final class SteppingClock: MomentClock {
        private let step: Int
        private let looks = Counter()

        init(step: Int) { self.step = step }

        func now() -> Moment { Times.at(Double(looks.next() * step) / 1000) }
    }

    /// - Returns: what was drawn.
    private func pictures(of events: [TerminalEvent], step: Int) async throws -> [Canvas] {
        let folder = try TemporaryFolder()
        let spool = try await Spool.open(directory: folder.path + "/queue")
        let surroundings = Surroundings(
            clock: SteppingClock(step: step), api: { _, _ in StubServer() }, makeLive: { StubLine().made($0, $1) },
            screen: StubScreen(), input: StubScreen(), spool: spool, state: ClientState(directory: folder.path),
            defaultInterval: 180,
            record: { _ in }, suspend: {})
        let (terminal, queue) = (CountingTerminal(), EventQueue())
        for event in events { queue.send(.terminal(event)) }
        queue.finish()
        var application = Application(
            model: AppModel(options: .init(server: Scene.serverText), at: Times.at(0), jitter: { 0 }),
            surroundings: surroundings, terminal: terminal, glyphs: .unicode, events: queue)
        #expect(await application.run() == 0)
        return terminal.pictures.withLock { $0 }
    }

    @Test func manyEventsThatWaitMakeOnePicture() async throws {
        let word = "abcdefghijklmnopqrstuvwxyz"
        let pictures = try await pictures(of: word.map { .key(.character($0)) }, step: 0)
        #expect(pictures.count == 1)
        #expect(pictures.first?.lines.contains { $0.contains(word) } ?? false)
    }

    @Test func whileEventsComeWithoutAPauseTheScreenMovesEveryHundredMilliseconds() async throws {
        // Each moves the focus to another of three fields.
        let pictures = try await pictures(of: Array(repeating: .key(.down), count: 1000), step: 1)
        #expect(pictures.count == 10)
    }

    @Test func anEventAloneIsDrawnAtOnce() async throws {
        let pictures = try await pictures(of: [.key(.character("a"))], step: 1)
        #expect(pictures.count == 1)
    }
}
