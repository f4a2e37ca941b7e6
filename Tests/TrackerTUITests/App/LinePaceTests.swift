import Foundation
import Logging
import TestSupport
import Testing

@testable import TrackerTUI

struct LinePaceTests {
    @Test func beyondItsNumberAKindIsCountedUntilItsTimeIsOver() {
        var pace = LinePace()
        for _ in 0..<LinePace.most { #expect(pace.admit("interval", at: .seconds(5)) == 0) }
        for _ in 0..<7 { #expect(pace.admit("interval", at: .seconds(64)) == nil) }
        #expect(pace.admit("offline", at: .seconds(64)) == 0)
        #expect(pace.admit("interval", at: .seconds(65)) == 7)
        #expect(pace.admit("interval", at: .seconds(65)) == 0)
    }

    @Test func capturesAreAllTold() {
        var pace = LinePace()
        for _ in 0...LinePace.most { #expect(pace.admit("uploaded", at: .zero) == 0) }
    }

    @Test func kindsWithoutEndAreOneKind() {
        var pace = LinePace()
        let written = (0..<100_000).count { pace.admit("kind\($0)", at: .zero) != nil }
        #expect(written == LinePace.mostKinds + LinePace.most)
    }

    @Test func aFloodOfWarningsIsAFewLinesOfBearableLength() async throws {
        let folder = try TemporaryFolder()
        let state = try StateDirectory(path: folder.path)
        let writer = LineWriter(descriptor: try state.openLog())
        let handler = FileLogHandler(writer: writer, clock: StubClock(moment: Times.at(0)))
        let logger = Logger(label: "test") { _ in handler }
        for number in 0..<10_000 { logger.warning("An event\n\(number) \(String(repeating: "x", count: 5000))") }
        await writer.flush()
        let lines = try folder.bytes(of: "tracker-tui.log").split(separator: 0x0A)
        #expect(lines.count == LinePace.most)
        #expect(lines.allSatisfy { $0.count <= FileLogHandler.longestLine })
    }

    @Test func aLogThatHasGrownTooLargeIsRenewedWhileItIsWritten() async throws {
        let folder = try TemporaryFolder()
        let state = try StateDirectory(path: folder.path)
        let descriptor = try state.openLog()
        try #require(ftruncate(descriptor, off_t(StateDirectory.logLimit + 1)) == 0)
        try state.renewLog(descriptor)
        let writer = LineWriter(descriptor: descriptor)
        writer.write("here")
        await writer.flush()
        #expect(try folder.bytes(of: "tracker-tui.log") == Array("here\n".utf8))
        #expect(try folder.names() == ["tracker-tui.log", "tracker-tui.log.old"])
    }
}
