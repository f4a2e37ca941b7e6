import Pictures
import Testing

@testable import Capture

struct CaptureRequestTests {
    @Test func aRegionIsWidthHeightAndPlace() throws {
        let area = try #require(ScreenArea(geometry: "640x480+1280+65535"))
        #expect(area == ScreenArea(x: 1280, y: 65535, width: 640, height: 480))
        #expect(area.geometry == "640x480+1280+65535")
    }

    @Test(arguments: [
        "", "640x480", "640x480+1", "640x480+1+", "640x480+1+2+3", "640x480-1+2", "640x480+-1+2", "0x480+0+0",
        "640x0+0+0", "640+480+0+0", "x480+0+0", "640X480+0+0", " 640x480+0+0", "640x480+0+65536", "1e2x1+0+0",
        "640x480x1+0+0", "\u{0663}x4+0+0",
    ])
    func whatIsNoRegionIsRefused(text: String) {
        #expect(ScreenArea(geometry: text) == nil)
    }

    @Test func aRegionIsInsideUpToTheLastPixel() {
        let screen = PictureSize(width: 10, height: 5)
        #expect(ScreenArea(x: 9, y: 4, width: 1, height: 1).isInside(screen))
        #expect(ScreenArea(screen).isInside(screen))
        for (x, y, width, height) in [(10, 0, 1, 1), (0, 5, 1, 1), (9, 0, 2, 1), (0, 0, 1, 6), (-1, 0, 1, 1)] {
            #expect(!ScreenArea(x: x, y: y, width: width, height: height).isInside(screen))
        }
    }

    @Test func bandsCoverAnAreaOnce() {
        let bands = Array(ScreenArea(x: 3, y: 5, width: 7, height: 8).bands(of: 3))
        #expect(bands.map(\.y) == [5, 8, 11])
        #expect(bands.map(\.height) == [3, 3, 2])
        #expect(bands.allSatisfy { $0.x == 3 && $0.width == 7 })
    }

    @Test(arguments: ["0", "-0.5", "1.001", "nan", "inf", "", "half", "0.5x"]) func whatIsNoScaleIsRefused(text: String)
    {
        #expect(PictureScale(text) == nil)
    }

    @Test func aScaledSizeIsTheNearestAndNeverEmpty() throws {
        let half = try #require(PictureScale("0.5"))
        #expect(half.applied(to: PictureSize(width: 5, height: 4)) == PictureSize(width: 3, height: 2))
        let tiny = try #require(PictureScale("1e-9"))
        #expect(tiny.applied(to: PictureSize(width: 1920, height: 1080)) == PictureSize(width: 1, height: 1))
        #expect(PictureScale.whole.applied(to: PictureSize(width: 5, height: 4)) == PictureSize(width: 5, height: 4))
    }

    @Test func onlyWhatIsAskedForNeedsAnExtension() {
        #expect(CaptureRequest().extensions == [])
        #expect(CaptureRequest(part: .area(ScreenArea(x: 0, y: 0, width: 1, height: 1))).extensions == [])
        #expect(CaptureRequest(part: .monitor("A"), showsPointer: true).extensions == [.monitors, .pointer])
    }
}
