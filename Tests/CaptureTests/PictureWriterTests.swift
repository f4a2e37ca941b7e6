import Pictures
import TestSupport
import Testing

@testable import Capture

struct PictureWriterTests {
    private let area = ScreenArea(x: 100, y: 50, width: 6, height: 4)

    private func picture(
        _ pointer: PointerImage? = nil, scale: PictureScale = .whole, rowsAtOnce: Int, pixel: (Int, Int) -> UInt32
    ) throws -> DecodedPNG {
        var writer = try PictureWriter(area, pointer: pointer, scale: scale)
        for part in area.bands(of: rowsAtOnce) {
            let words = part.rows.flatMap { y in part.columns.map { x in pixel(x, y) } }
            try writer.append(words.span)
        }
        let image = try writer.finish()
        let decoded = try DecodedPNG(image.png)
        #expect((image.width, image.height) == (decoded.width, decoded.height))
        return decoded
    }

    @Test(arguments: [1, 3, 4]) func wordsBecomePixelsInPortionsOfAnySize(rowsAtOnce: Int) throws {
        let picture = try picture(rowsAtOnce: rowsAtOnce) { x, y in 0xff00_0000 | UInt32(x << 16 | y << 8 | 9) }
        #expect(picture == DecodedPNG(width: 6, height: 4) { x, y in [UInt8(x + 100), UInt8(y + 50), 9] })
    }

    @Test(arguments: [1, 3, 4]) func thePointerIsDrawnAlsoBeyondTheEdges(rowsAtOnce: Int) throws {
        for (x, y) in [(98, 48), (104, 52), (102, 51), (97, 50), (106, 50), (100, 54)] {
            let pointer = PointerImage(
                area: ScreenArea(x: x, y: y, width: 3, height: 3), pixels: [UInt32](repeating: 0xff01_0203, count: 9))
            let picture = try picture(pointer, rowsAtOnce: rowsAtOnce) { _, _ in 0 }
            let expected = DecodedPNG(width: 6, height: 4) { column, row in
                x..<(x + 3) ~= column + 100 && y..<(y + 3) ~= row + 50 ? [1, 2, 3] : [0, 0, 0]
            }
            #expect(picture == expected)
        }
    }

    @Test func alphaLetsThroughWhatIsBelow() {
        #expect(PointerImage.blend(0, over: 0xff12_3456) == 0x12_3456)
        #expect(PointerImage.blend(0xff12_3456, over: 0xff_ffff) == 0x12_3456)
        // 128 of 255 is the pointer's; of what is below 127 of 255 remain.
        #expect(PointerImage.blend(0x8080_0000, over: 0xff_ff00) == 0xff_7f00)
        #expect(PointerImage.blend(0x80ff_ffff, over: 0xff_ffff) == 0xff_ffff, "more colour than alpha")
    }

    @Test(arguments: [1, 3, 4]) func aSmallerPictureIsTheAverage(rowsAtOnce: Int) throws {
        let half = try #require(PictureScale("0.5"))
        let picture = try picture(scale: half, rowsAtOnce: rowsAtOnce) { x, y in
            UInt32((x - 100) * 10 << 16 | (y - 50) * 20 << 8) | UInt32((x ^ y) & 1) * 255
        }
        #expect(
            picture
                == DecodedPNG(width: 3, height: 2) { x, y in [UInt8(x * 20 + 5), UInt8(y * 40 + 10), 128] })
    }

    @Test func missingRowsAreAnError() throws {
        let writer = try PictureWriter(area, pointer: nil, scale: .whole)
        do {
            _ = try writer.finish()
            Issue.record("a picture without rows was finished")
        } catch {
            #expect(error == .encodingFailed(reason: "4 rows were expected; 4 of them are missing."))
        }
    }
}
