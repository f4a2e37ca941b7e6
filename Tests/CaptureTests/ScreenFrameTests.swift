import Pictures
import TestSupport
import Testing

@testable import Capture

struct ScreenFrameTests {
    private func noise(width: Int, height: Int) -> Picture {
        var random = SeededGenerator(seed: 5)
        var picture = Picture(size: PictureSize(width: width, height: height))
        let words = (0..<(width * height)).map { _ in UInt32.random(in: 0...UInt32.max, using: &random) }
        picture.append(words.span)
        return picture
    }

    @Test func aPictureIsSentAsItIs() throws {
        let picture = noise(width: 9, height: 5)
        let frame = try ScreenFrame(picture, bytes: 720_000)
        #expect((frame.image.width, frame.image.height) == (9, 5))
        #expect(try DecodedPNG(frame.image.png).words == picture.pixels)
    }

    @Test func whatWouldNotFitAPacketIsSentInItsSizeWithFewerColours() throws {
        let picture = noise(width: 70, height: 50)
        let frame = try ScreenFrame(picture, bytes: 5000)
        #expect((frame.image.width, frame.image.height) == (70, 50))
        #expect(frame.image.png.count <= 5000)
        #expect(try DecodedPNG(frame.image.png).words == picture.reduced(toColours: 256).pixels)
        #expect(frame.picture == picture, "changes are looked for in the whole one")
    }

    @Test func aPictureThatFitsKeepsItsColours() throws {
        let picture = noise(width: 130, height: 90)
        let bytes = try picture.png()
        #expect(try ScreenFrame(picture, bytes: bytes.count).image.png == bytes)
    }

    @Test func whatDoesNotFitWithFewerColoursEitherIsSentSmaller() throws {
        let picture = noise(width: 65, height: 40)
        let frame = try ScreenFrame(picture, bytes: 3000)
        #expect((frame.image.width, frame.image.height) == (33, 20))
        #expect(frame.image.png.count <= 3000)
        #expect(try DecodedPNG(frame.image.png).words == picture.reduced(to: .init(width: 33, height: 20)).pixels)
        #expect(frame.picture == picture, "changes are looked for in the whole one")
    }

    @Test func anImageThatNeverFitsEndsAtOnePixel() throws {
        let image = try ScreenFrame(noise(width: 5, height: 3), bytes: 0).image
        #expect((image.width, image.height) == (1, 1))
    }

    /// The same pixels in several layouts, in bands of several heights, give the same smaller picture.
    @Test(arguments: [
        (32, false, 0xff_0000, 0xff00, 0xff), (32, true, 0xff_0000, 0xff00, 0xff), (32, false, 0xff, 0xff00, 0xff_0000),
        (32, false, 0x3fc_0000, 0xff00, 0xff), (24, false, 0xff_0000, 0xff00, 0xff),
    ])
    func wordsOfEveryPixelLayoutAreReducedAlike(bits: Int, isBigEndian: Bool, red: Int, green: Int, blue: Int) throws {
        let format = try #require(
            PixelFormat(
                bitsPerPixel: bits, isBigEndian: isBigEndian, redMask: UInt(red), greenMask: UInt(green),
                blueMask: UInt(blue)))
        let picture = noise(width: 11, height: 7)
        let bytesPerLine = 11 * bits / 8 + 3
        var bytes: [UInt8] = []
        for y in 0..<7 {
            for x in 0..<11 {
                var pixel: UInt32 = bits == 32 ? 0x8000_0000 : 0
                for (shift, mask) in [(16, red), (8, green), (0, blue)] as [(UInt32, Int)] {
                    pixel |= (picture.pixels[y * 11 + x] >> shift & 255) << UInt32(mask.trailingZeroBitCount)
                }
                let little = (0..<(bits / 8)).map { UInt8(truncatingIfNeeded: pixel >> UInt32(8 * $0)) }
                bytes += isBigEndian ? little.reversed() : little
            }
            bytes += [1, 2, 3]
        }
        let target = PictureSize(width: 4, height: 3)
        let expected = picture.reduced(to: target)
        for portion in [1, 3, 7] {
            var average = AreaAverage(from: picture.size, to: target)
            var (reduced, words) = (Picture(size: target), [] as [UInt32])
            for top in stride(from: 0, to: 7, by: portion) {
                let rows = min(portion, 7 - top)
                let band = Array(bytes[(top * bytesPerLine)..<((top + rows) * bytesPerLine)])
                format.convert(band.span.bytes, width: 11, bytesPerLine: bytesPerLine, rows: rows, into: &words)
                average.append(words.span) { reduced.append($0) }
            }
            #expect(reduced == expected)
        }
    }
}
