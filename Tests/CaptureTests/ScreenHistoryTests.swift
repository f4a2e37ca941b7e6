import Pictures
import TestSupport
import Testing

@testable import Capture

/// What is read again and what is not, with real X servers.
@Suite(.serialized) struct ScreenHistoryTests {
    /// A screen whose pixels come through a relay that counts them: one more for each 100,000 bytes.
    private func countedScreen(_ server: VirtualDisplay) throws -> (X11Screen, CutOffDisplay, Counter) {
        let count = Counter()
        let display = try CutOffDisplay(before: server, after: 100_000) { _ = count.next() }
        return (X11Screen(display: display.name, extensions: [.damage]), display, count)
    }

    private func server(_ arguments: [String] = [], number: Int? = nil) async throws -> VirtualDisplay {
        try await VirtualDisplay.start(
            width: 640, height: 480, number: number, arguments: ["-extension", "MIT-SHM"] + arguments)
    }

    @Test func whatHasNotChangedIsNotReadAgain() async throws {
        let server = try await server()
        try Painter(server.name).paint { x, y in UInt(x << 12 | y) }
        let (screen, display, count) = try countedScreen(server)
        let image = try await screen.capture()
        let frame = try #require(try await screen.frame(after: nil))
        // Two readings of 1,228,800 bytes.
        let before = count.next()
        #expect(before > 24)
        for _ in 1...5 {
            #expect(try await screen.capture() == image)
            #expect(try await screen.frame(after: frame) == nil)
            #expect(try await screen.frame(after: nil) == frame)
        }
        #expect(count.next() == before + 1)
        let small = ScreenFrame.Limit(width: 64, height: 48, bytes: 720_000)
        #expect(try await screen.frame(after: frame, within: small)?.image.width == 64)
        withExtendedLifetime(display) {}
    }

    @Test func everyKindOfChangeIsSeenByCapturesAndByLiveFrames() async throws {
        let server = try await server()
        let painter = try Painter(server.name)
        let screen = X11Screen(display: server.name, extensions: [.damage])
        var image = try await screen.capture()
        var frame = try #require(try await screen.frame(after: nil))
        let changes: [() -> Void] = [
            { painter.fill(x: 3, y: 4, width: 5, height: 1, pixel: 0xff0000) },
            { painter.showWindow(x: 100, y: 100, width: 50, height: 50, pixel: 0x00ff00) },
            { painter.showWindow(x: 100, y: 100, width: 50, height: 50, pixel: 0x0000ff) },
            { painter.fill(x: 0, y: 479, width: 640, height: 1, pixel: 0xffffff) },
        ]
        for change in changes {
            change()
            let changed = try await screen.capture()
            #expect(changed != image)
            // What the capture has seen is still new to those who watch.
            let new = try #require(try await screen.frame(after: frame))
            #expect(try DecodedPNG(changed.png).words == new.picture.pixels)
            (image, frame) = (changed, new)
        }
    }

    @Test func whatIsDrawnWhileTheScreenIsReadIsInTheNextImage() async throws {
        let server = try await server()
        let (name, count) = (server.name, Counter())
        // The first of three bands has been read then, and the second is on its way.
        let display = try CutOffDisplay(before: server, after: 700_000) {
            guard count.next() == 1 else { return }
            do {
                try Painter(name).fill(x: 0, y: 0, width: 640, height: 480, pixel: 0x123456)
            } catch {
                Issue.record(error)
            }
        }
        let screen = X11Screen(display: display.name, extensions: [.damage])
        let torn = try DecodedPNG(try await screen.capture().png)
        #expect(torn.rgb.prefix(3) == [0, 0, 0])
        let whole = DecodedPNG(width: 640, height: 480) { _, _ in [0x12, 0x34, 0x56] }
        #expect(try DecodedPNG(try await screen.capture().png) == whole)
        #expect(try await screen.frame(after: nil)?.picture.pixels == whole.words)
    }

    @Test func aResizedScreenIsReadAgain() async throws {
        let server = try await server()
        let screen = X11Screen(display: server.name, extensions: [.damage])
        #expect(try await screen.capture().height == 480)
        try Monitors(server.name).resizeScreen(width: 640, height: 400)
        #expect(try await screen.capture().height == 400)
        #expect(try await screen.frame(after: nil)?.image.height == 400)
    }

    @Test(arguments: [["-extension", "DAMAGE"], ["-cc", "3"]])
    func whereChangesAreNotToldTheScreenIsReadEachTime(arguments: [String]) async throws {
        let depth = arguments[0] == "-cc" ? 8 : 24
        let server = try await VirtualDisplay.start(
            width: 640, height: 480, depth: depth, arguments: ["-extension", "MIT-SHM"] + arguments)
        let (screen, display, count) = try countedScreen(server)
        let image = try await screen.capture()
        let frame = try #require(try await screen.frame(after: nil))
        let before = count.next()
        #expect(try await screen.capture() == image)
        #expect(try await screen.frame(after: frame) == nil)
        #expect(count.next() > before + 5)
        let painter = try Painter(server.name)
        painter.fill(x: 0, y: 0, width: 64, height: 48, pixel: try painter.pixel(of: 0xffffff).pixel)
        #expect(try await screen.frame(after: frame) != nil)
        #expect(try await screen.capture() != image)
        withExtendedLifetime(display) {}
    }

    @Test func aServerThatReturnsIsLookedAtAnew() async throws {
        let server = try await server(number: VirtualDisplay.rareNumber)
        try Painter(server.name).fill(x: 0, y: 0, width: 640, height: 480, pixel: 0x123456)
        let screen = X11Screen(display: server.name, extensions: [.damage])
        let image = try await screen.capture()
        await server.crash()
        await #expect(throws: CaptureError.serverWentAway(name: server.name)) { try await screen.capture() }
        let returned = try await VirtualDisplay.start(width: 640, height: 480, number: server.number)
        #expect(try await screen.capture() != image)
        withExtendedLifetime(returned) {}
    }
}
