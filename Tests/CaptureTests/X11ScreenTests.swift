import Glibc
import Pictures
import TestSupport
import Testing

@testable import Capture

/// Real X servers. One after the other: they look at what this whole process holds.
@Suite(.serialized) struct X11ScreenTests {
    /// A pattern in which every value of an 8-bit channel occurs and no two neighbours are alike.
    private func colour(_ x: Int, _ y: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: x * 3 + y), UInt8(truncatingIfNeeded: y * 5), UInt8(truncatingIfNeeded: x ^ y)]
    }

    private func plainPixel(_ x: Int, _ y: Int) -> UInt {
        let colour = colour(x, y)
        return UInt(colour[0]) << 16 | UInt(colour[1]) << 8 | UInt(colour[2])
    }

    private func rounded(_ value: UInt, of highest: UInt) -> UInt8 {
        UInt8((Double(value) * 255 / Double(highest)).rounded())
    }

    @Test func everyPixelOfAPlainScreenIsCaptured() async throws {
        // 1,367 pixels are no round number of bands, nor is 771 a multiple of a band's rows.
        let server = try await VirtualDisplay.start(width: 1367, height: 771)
        try Painter(server.name).paint(plainPixel)
        let screen = X11Screen(display: server.name)
        let image = try await screen.capture()
        #expect((image.width, image.height) == (1367, 771))
        #expect(try DecodedPNG(image.png) == DecodedPNG(width: 1367, height: 771, pixel: colour))
        #expect(
            try await screen.diagnose()
                == ScreenDiagnosis(width: 1367, height: 771, depth: 24, sharedMemoryRefusal: nil))
    }

    @Test func aScreenThatShowsNothingIsCapturedAndSaidToShowNothing() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        let painter = try Painter(server.name)
        let screen = X11Screen(display: server.name)
        #expect(try await screen.capture().concealment == .oneColour(0))
        try painter.paint { _, _ in 0x336699 }
        #expect(try await screen.capture().concealment == .oneColour(0x336699))
        try painter.paint(plainPixel)
        let image = try await screen.capture()
        #expect(image.concealment == nil)
        painter.forceScreenSaver(isOn: true)
        #expect(try await screen.capture().concealment == .screenSaver)
        painter.forceScreenSaver(isOn: false)
        #expect(try await screen.capture() == image)
    }

    @Test func aScreenThatWasClosedIsOpenedAgainByTheNextCapture() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        let screen = X11Screen(display: server.name)
        let image = try await screen.capture()
        await screen.close()
        await screen.close()
        #expect(try await screen.capture() == image)
    }

    @Test func withoutSharedMemoryTheSamePixelsComeThroughTheSocket() async throws {
        let server = try await VirtualDisplay.start(
            width: 1367, height: 771, arguments: ["-extension", "MIT-SHM"])
        try Painter(server.name).paint(plainPixel)
        let screen = X11Screen(display: server.name)
        let image = try await screen.capture()
        #expect(try DecodedPNG(image.png) == DecodedPNG(width: 1367, height: 771, pixel: colour))
        #expect(try await screen.diagnose().sharedMemoryRefusal == "the X server does not offer MIT-SHM")
    }

    @Test func aLiveFrameIsTheScreenMadeSmallerAndOnlyTakenWhenItChanged() async throws {
        let server = try await VirtualDisplay.start(width: 1920, height: 1080)
        let painter = try Painter(server.name)
        // Blocks of two by two pixels, 1 apart each: their average is known.
        try painter.paint { x, y in plainPixel(x / 2, y / 2) & 0xfefefe | UInt((x ^ y) & 1) * 0x010101 }
        let screen = X11Screen(display: server.name)
        let first = try #require(try await screen.frame(after: nil))
        let expected = DecodedPNG(width: 960, height: 540) { x, y in colour(x, y).map { ($0 & 0xfe) + 1 } }
        #expect(first.picture.pixels == expected.words)
        #expect(try await screen.frame(after: first) == nil)
        try painter.paint(plainPixel)
        #expect(try await screen.frame(after: first) != nil)
    }

    @Test func aLiveFrameOfASixteenBitScreenHasTheSameColours() async throws {
        let server = try await VirtualDisplay.start(width: 2000, height: 500, depth: 16)
        try Painter(server.name).paint { x, _ in x < 1000 ? 0xf800 : 0x001f }
        let frame = try #require(try await X11Screen(display: server.name).frame(after: nil))
        let expected = DecodedPNG(width: 960, height: 240) { x, _ in x < 480 ? [255, 0, 0] : [0, 0, 255] }
        #expect(try DecodedPNG(frame.image.png) == expected)
    }

    @Test func sixteenBitScreensAreReadByTheirMasks() async throws {
        let server = try await VirtualDisplay.start(width: 257, height: 64, depth: 16)
        try Painter(server.name).paint { x, y in UInt(x * 256 + y * 5) & 0xffff }
        let expected = DecodedPNG(width: 257, height: 64) { x, y in
            let pixel = UInt(x * 256 + y * 5) & 0xffff
            return [
                rounded(pixel >> 11, of: 31), rounded(pixel >> 5 & 63, of: 63), rounded(pixel & 31, of: 31),
            ]
        }
        #expect(try DecodedPNG(try await X11Screen(display: server.name).capture().png) == expected)
    }

    @Test func fifteenBitScreensAreReadByTheirMasks() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 64, depth: 15)
        try Painter(server.name).paint { x, y in UInt(x * 512 + y * 7) & 0x7fff }
        let expected = DecodedPNG(width: 64, height: 64) { x, y in
            let pixel = UInt(x * 512 + y * 7) & 0x7fff
            return [
                rounded(pixel >> 10, of: 31), rounded(pixel >> 5 & 31, of: 31), rounded(pixel & 31, of: 31),
            ]
        }
        #expect(try DecodedPNG(try await X11Screen(display: server.name).capture().png) == expected)
    }

    @Test func thirtyBitScreensAreReadByTheirMasks() async throws {
        let server = try await VirtualDisplay.start(width: 256, height: 64, depth: 30)
        try Painter(server.name).paint { x, y in UInt(x * 4 + y % 4) << 20 | UInt(y * 16 + 3) << 10 | UInt(x) }
        let expected = DecodedPNG(width: 256, height: 64) { x, y in
            [
                rounded(UInt(x * 4 + y % 4), of: 1023), rounded(UInt(y * 16 + 3), of: 1023),
                rounded(UInt(x), of: 1023),
            ]
        }
        #expect(try DecodedPNG(try await X11Screen(display: server.name).capture().png) == expected)
    }

    @Test func eightBitScreensWithMasksAreReadByThem() async throws {
        // Visual class 4 is TrueColor (X.h).
        let server = try await VirtualDisplay.start(width: 256, height: 16, depth: 8, arguments: ["-cc", "4"])
        try Painter(server.name).paint { x, _ in UInt(x) }
        let expected = DecodedPNG(width: 256, height: 16) { x, _ in
            [
                rounded(UInt(x) & 7, of: 7), rounded(UInt(x) >> 3 & 7, of: 7), rounded(UInt(x) >> 6, of: 3),
            ]
        }
        #expect(try DecodedPNG(try await X11Screen(display: server.name).capture().png) == expected)
    }

    /// Visual classes 0 to 3: StaticGray, GrayScale, StaticColor, PseudoColor (X.h).
    @Test(arguments: 0...3) func screensOfNumberedColoursAreReadByTheirColourMap(visualClass: Int) async throws {
        let server = try await VirtualDisplay.start(
            width: 301, height: 64, depth: 8, arguments: ["-cc", "\(visualClass)"])
        let painter = try Painter(server.name)
        let colours = try [0x000000, 0xffffff, 0xff0000, 0x00ff00, 0x0000ff, 0x123456, 0xfedcba].map(painter.pixel)
        try painter.paint { x, y in colours[(x + y) % colours.count].pixel }
        let expected = DecodedPNG(width: 301, height: 64) { x, y in colours[(x + y) % colours.count].colour }
        let screen = X11Screen(display: server.name)
        #expect(try DecodedPNG(try await screen.capture().png) == expected)
        #expect(try await screen.frame(after: nil)?.picture.pixels == expected.words)
        if visualClass == 3 { #expect(expected.rgb[18..<21] == [0xfe, 0xdc, 0xba]) }
    }

    @Test func directColourScreensAreReadByTheirMasks() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48, arguments: ["-cc", "5"])
        try Painter(server.name).paint(plainPixel)
        let expected = DecodedPNG(width: 64, height: 48, pixel: colour)
        #expect(try DecodedPNG(try await X11Screen(display: server.name).capture().png) == expected)
    }

    /// 1000 x 700 pixels come in six bands, of which about two have been read when the screen changes.
    ///
    /// - Parameter megabytes: of pixels, fewer than both captures have together.
    @Test(arguments: [(1000, 700, 5), (600, 500, 2), (1200, 900, 6)])
    func aScreenThatIsResizedMeanwhileIsCapturedAgain(width: Int, height: Int, megabytes: Int) async throws {
        let server = try await VirtualDisplay.start(width: 1200, height: 900, arguments: ["-extension", "MIT-SHM"])
        try Monitors(server.name).resizeScreen(width: 1000, height: 700)
        let (name, count) = (server.name, Counter())
        let display = try CutOffDisplay(before: server, after: 1_000_000) {
            if count.next() > 1 { return }
            do {
                try Monitors(name).resizeScreen(width: 900, height: 600)
                try Monitors(name).resizeScreen(width: width, height: height)
            } catch {
                Issue.record(error)
            }
        }
        let image = try await X11Screen(display: display.name).capture()
        #expect((image.width, image.height) == (width, height))
        #expect(try DecodedPNG(image.png) == DecodedPNG(try await X11Screen(display: server.name).capture().png))
        #expect(count.next() > megabytes)
    }

    @Test func aScreenThatIsResizedAgainAndAgainIsAnError() async throws {
        let server = try await VirtualDisplay.start(width: 1200, height: 900, arguments: ["-extension", "MIT-SHM"])
        let (name, count) = (server.name, Counter())
        let display = try CutOffDisplay(before: server, after: 1_000_000) {
            do {
                try Monitors(name).resizeScreen(width: 1200 - count.next(), height: 900)
            } catch {
                Issue.record(error)
            }
        }
        await #expect(throws: CaptureError.screenKeepsChanging) {
            try await X11Screen(display: display.name).capture()
        }
        #expect(try await X11Screen(display: server.name).capture().height == 900)
    }

    @Test func withoutDisplayThereIsNothingToCapture() async {
        for name in [nil, ""] {
            let screen = X11Screen(display: name)
            await #expect(throws: CaptureError.noDisplay) { try await screen.capture() }
            await #expect(throws: CaptureError.noDisplay) { try await screen.idleTime() }
        }
    }

    @Test func aDisplayWhereNothingAnswersCannotBeOpened() async throws {
        let server = try await VirtualDisplay.start(number: VirtualDisplay.rareNumber)
        await server.crash()
        await #expect(throws: CaptureError.cannotOpenDisplay(name: server.name)) {
            try await X11Screen(display: server.name).capture()
        }
        await #expect(throws: CaptureError.cannotOpenDisplay(name: "no such name")) {
            try await X11Screen(display: "no such name").capture()
        }
    }

    @Test func aScreenThatGoesAwayIsAnErrorAndWorksAgainWhenItReturns() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48, number: VirtualDisplay.rareNumber)
        let screen = X11Screen(display: server.name)
        #expect(try await screen.capture().width == 64)
        await server.crash()
        await #expect(throws: CaptureError.serverWentAway(name: server.name)) { try await screen.capture() }
        await #expect(throws: CaptureError.cannotOpenDisplay(name: server.name)) { try await screen.idleTime() }
        await #expect(throws: CaptureError.cannotOpenDisplay(name: server.name)) { try await screen.capture() }
        let returned = try await VirtualDisplay.start(width: 80, height: 60, number: server.number)
        #expect(returned.number == server.number)
        #expect(try await screen.capture().width == 80)
        #expect(try await screen.idleTime() >= .zero)
        await returned.crash()
        await #expect(throws: CaptureError.serverWentAway(name: server.name)) { try await screen.idleTime() }
    }

    @Test(.ownThread) func aServerThatGoesAwayAtAnyMomentEndsTheCallNotTheProcess() async throws {
        let server = try await VirtualDisplay.start(width: 64, height: 48)
        var cutOffs: [CaptureError] = []
        let request = CaptureRequest(part: .monitor("screen"), showsPointer: true)
        // The greeting is some 10,000 bytes, each of the answers that follow is 32 or a few more.
        for bytes in stride(from: 0, to: 16_000, by: 32) {
            let display = try CutOffDisplay(before: server, after: bytes)
            let output = try PictureOutput(.path("/dev/null"))
            do throws(CaptureError) {
                let screen = try OpenX11Screen.open(
                    display.name, isWayland: false, extensions: X11Extension.allCases, measuresIdleTime: true)
                try screen.capture(request, to: output)
            } catch {
                cutOffs.append(error)
                #expect(
                    [.cannotOpenDisplay(name: display.name), .serverWentAway(name: display.name)].contains(error))
            }
            guard bytes.isMultiple(of: 128) else { continue }
            let other = try CutOffDisplay(before: server, after: bytes)
            do throws(CaptureError) {
                _ = try await X11Screen(display: other.name, extensions: X11Extension.allCases).capture()
            } catch {
                #expect([.cannotOpenDisplay(name: other.name), .serverWentAway(name: other.name)].contains(error))
            }
        }
        #expect(cutOffs.count > 100)
        #expect(try await X11Screen(display: server.name).capture().width == 64)
    }

    @Test func idleTimeStartsAnewWithEveryInput() async throws {
        let server = try await VirtualDisplay.start()
        let screen = X11Screen(display: server.name)
        // What the server counts runs on its own clock: it is asked until that has moved on.
        while try await screen.idleTime() < .milliseconds(300) { await Task.yield() }
        let clock = ContinuousClock()
        let start = clock.now
        try await run("xdotool", "mousemove", "10", "10", "key", "a", environment: ["DISPLAY": server.name])
        // The input came after `start`. Without it the idle time would be 300 ms more than what has passed since.
        let idle = try await screen.idleTime()
        #expect(idle <= clock.now - start + .milliseconds(1))
    }

    @Test func withoutTheScreenSaverExtensionIdleTimeIsUnknownButCapturesWork() async throws {
        let server = try await VirtualDisplay.start(
            width: 64, height: 48, arguments: ["-extension", "MIT-SCREEN-SAVER"])
        let screen = X11Screen(display: server.name)
        await #expect(throws: CaptureError.noScreenSaverExtension) { try await screen.idleTime() }
        #expect(try await screen.capture().width == 64)
    }

    @Test func theSharedSegmentIsMarkedForRemovalWhileItIsUsed() async throws {
        let server = try await VirtualDisplay.start()
        let screen = X11Screen(display: server.name)
        _ = try await screen.capture()
        let before = try segments(of: server)
        #expect(!before.isEmpty)
        #expect(before.allSatisfy { $0.isMarkedForRemoval && $0.bytes == 512 * 1024 })
        _ = try await screen.capture()
        #expect(try segments(of: server) == before)
    }

    /// Other tests have screens of their own.
    private func segments(of server: VirtualDisplay) throws -> [SharedSegment] {
        try SharedSegment.all().filter { $0.creator == getpid() && $0.lastUser == server.processID }
    }

    @Test func aClosedScreenLeavesNoSharedSegment() async throws {
        let server = try await VirtualDisplay.start()
        let used: [Int]
        do {
            let screen = X11Screen(display: server.name)
            _ = try await screen.capture()
            used = try segments(of: server).map(\.id)
            withExtendedLifetime(screen) {}
        }
        #expect(!used.isEmpty)
        // The screen closes itself on its own thread; this screen's thread cannot tell when, the system can.
        while try SharedSegment.all().contains(where: { used.contains($0.id) }) { await Task.yield() }
    }
}
