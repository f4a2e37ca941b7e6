import TestSupport
import Testing

@testable import TrackerTUI

@Suite struct PNGEncoderTests {
    private func pixel(_ x: Int, _ y: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: x * 7), UInt8(truncatingIfNeeded: y * 13), UInt8(truncatingIfNeeded: x ^ y)]
    }

    @Test(arguments: [1, 2, 7, 100]) func rowsMayArriveInPortionsOfAnySize(rowsAtOnce: Int) throws {
        let picture = DecodedPNG(width: 33, height: 100, pixel: pixel)
        var encoder = try PNGEncoder(width: 33, height: 100)
        for row in stride(from: 0, to: 100, by: rowsAtOnce) {
            let rows = Array(picture.rgb[(row * 99)..<(min(100, row + rowsAtOnce) * 99)])
            try encoder.append(rows.span)
        }
        #expect(try DecodedPNG(try encoder.finish()) == picture)
    }

    @Test func theFileSaysEightBitsRGBWithoutAlphaOrInterlacing() throws {
        var encoder = try PNGEncoder(width: 2, height: 1)
        try encoder.append(([1, 2, 3, 4, 5, 6] as [UInt8]).span)
        let png = try encoder.finish()
        #expect(png.prefix(8) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
        #expect(png[16..<29] == [0, 0, 0, 2, 0, 0, 0, 1, 8, 2, 0, 0, 0])
    }

    @Test func aPictureLargerThanTheFirstBufferIsWhole() throws {
        // Noise does not shrink: 200 x 200 x 3 bytes are more than the 64 kB that the writer starts with.
        var state: UInt32 = 1
        let noise = (0..<(200 * 200 * 3)).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        var encoder = try PNGEncoder(width: 200, height: 200)
        try encoder.append(noise.span)
        let png = try encoder.finish()
        #expect(png.count > 1 << 16)
        #expect(try DecodedPNG(png).rgb == noise)
    }

    @Test func missingRowsAreAnErrorNotAShortFile() throws {
        var encoder = try PNGEncoder(width: 1, height: 2)
        try encoder.append(([1, 2, 3] as [UInt8]).span)
        do {
            _ = try encoder.finish()
            Issue.record("a picture of one row instead of two was finished")
        } catch {
            #expect(error == .encodingFailed(reason: "1 rows are missing"))
        }
    }

    @Test func moreRowsThanAnnouncedAreAnError() throws {
        var encoder = try PNGEncoder(width: 1, height: 1)
        do {
            try encoder.append(([1, 2, 3, 4, 5, 6] as [UInt8]).span)
            Issue.record("two rows were taken for one")
        } catch {
            #expect(error == .encodingFailed(reason: "6 bytes are not part of 1 rows of 3"))
        }
    }

    @Test(arguments: [(0, 1), (1, 0), (-1, 1), (1 << 31, 1), (1 << 40, 1)])
    func sizesThatPNGDoesNotKnowAreAnError(width: Int, height: Int) {
        do {
            _ = try PNGEncoder(width: width, height: height)
            Issue.record("a picture of \(width) x \(height) was started")
        } catch {
            #expect(error == .encodingFailed(reason: "a picture of \(width) x \(height) pixels cannot be started"))
        }
    }

    @Test func aDamagedFileIsNotDecoded() throws {
        var encoder = try PNGEncoder(width: 1, height: 1)
        try encoder.append(([1, 2, 3] as [UInt8]).span)
        var png = try encoder.finish()
        png.removeLast(20)
        #expect(throws: DecodedPNG.Damaged.self) { try DecodedPNG(png) }
        #expect(throws: DecodedPNG.Damaged.self) { try DecodedPNG([]) }
    }
}
