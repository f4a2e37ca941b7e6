import PNG
import TestSupport
import Testing

@Suite(.ownThread) struct PNGEncoderTests {
    @Test(
        "what is encoded decodes to the same pixels, whatever the picture and the portions",
        arguments: TestPicture.Pattern.allCases)
    func roundTrip(pattern: TestPicture.Pattern) throws {
        var random = TestPicture.generator(for: pattern)
        for _ in 0..<9 {
            let width = Int.random(in: 1...150, using: &random)
            let height = Int.random(in: 1...70, using: &random)
            let picture = TestPicture(pattern, width: width, height: height, using: &random)
            try expectSame(picture, using: &random)
        }
    }

    @Test(
        "a palette is used up to the 256th colour, with as few bits as can be, and left at the 257th, even a late one",
        arguments: [1, 2, 3, 4, 5, 16, 17, 255, 256, 257])
    func colours(count: Int) throws {
        var random = TestPicture.generator(for: .noise)
        let picture = TestPicture(colours: count, width: 61, height: 60, using: &random)
        let bytes = try expectSame(picture, using: &random)
        let (bitDepth, colourType) = (bytes[24], bytes[25])
        #expect(colourType == (count <= 256 ? 3 : 2))
        #expect(bitDepth == (count <= 2 ? 1 : count <= 4 ? 2 : count <= 16 ? 4 : 8))
    }

    @Test("a portion of one row or one column, and one pixel, come back")
    func thin() throws {
        var random = TestPicture.generator(for: .gradient)
        for (width, height) in [(1, 1), (1, 700), (700, 1), (2, 400), (31, 90), (32, 90), (33, 90)] {
            for pattern in [TestPicture.Pattern.noise, .gradient, .windows] {
                let picture = TestPicture(pattern, width: width, height: height, using: &random)
                try expectSame(picture, using: &random)
            }
        }
    }

    @Test("the widest and the highest pictures come back")
    func widest() throws {
        var random = TestPicture.generator(for: .photo)
        for height in 1...3 {
            let pattern = [TestPicture.Pattern.noise, .windows, .photo][height - 1]
            let picture = TestPicture(pattern, width: 65_535, height: height, using: &random)
            try expectSame(picture, using: &random)
        }
        let high = TestPicture(.gradient, width: 1, height: 65_535, using: &random)
        try expectSame(high, using: &random)
        for width in [10_922, 10_923, 12_000] {
            let picture = TestPicture(.windows, width: width, height: 6, using: &random)
            try expectSame(picture, using: &random)
        }
    }

    @Test("blocks, windows and buffers fill up without harm")
    func large() throws {
        var random = TestPicture.generator(for: .windows)
        let picture = TestPicture(.mixed, width: 640, height: 400, using: &random)
        try expectSame(picture, using: &random)
        let indexed = TestPicture(colours: 200, width: 640, height: 300, using: &random)
        try expectSame(indexed, using: &random)
    }

    @Test("more than 5 MiB of palette indices become RGB, so that memory stays bounded", arguments: [2240, 2400])
    func shadesOfGrey(side: Int) throws {
        var random = TestPicture.generator(for: .noise)
        let picture = TestPicture(colours: 256, width: side, height: side, using: &random)
        let bytes = try expectSame(picture, using: &random)
        #expect(bytes[25] == (side == 2240 ? 3 : 2))
    }

    @Test("the top byte of a pixel does not matter")
    func topByte() throws {
        let clean: [UInt32] = (0..<600).map { UInt32($0 % 300) &* 77_777 & 0xFF_FFFF }
        let dirty = clean.enumerated().map { $0.element | UInt32($0.offset % 251) << 24 }
        #expect(try TestPicture.encoded(clean, width: 20) == TestPicture.encoded(dirty, width: 20))
    }

    @Test("noise takes hardly more than its bytes")
    func noise() throws {
        var random = TestPicture.generator(for: .noise)
        let picture = TestPicture(.noise, width: 300, height: 200, using: &random)
        let bytes = try expectSame(picture, using: &random)
        #expect(bytes.count < 300 * 200 * 3 + 2000)
    }

    @Test("a side of none, fewer or too many pixels is refused", arguments: [(0, 1), (1, 0), (-1, 5), (65_536, 1)])
    func badSides(width: Int, height: Int) {
        let error = #expect(throws: PNGError.self) { _ = try PNGEncoder(width: width, height: height) }
        let expected = "A picture has sides of 1 to 65535 pixels; this one would be \(width) x \(height)."
        #expect(error?.description == expected)
    }

    @Test("part of a row and a row too many are refused, and nothing of them is kept")
    func badRows() throws {
        var encoder = try PNGEncoder(width: 3, height: 2)
        let pixels = [UInt32](repeating: 7, count: 9)
        #expect(
            refusal(of: pixels.span.extracting(0..<4), by: &encoder)
                == "Whole rows of 3 pixels were expected; 4 pixels came.")
        #expect(refusal(of: pixels.span, by: &encoder) == "At most 2 more rows were expected; 3 came.")
        #expect(refusal(of: pixels.span.extracting(0..<0), by: &encoder) == nil)
        #expect(refusal(of: pixels.span.extracting(0..<6), by: &encoder) == nil)
        let decoded = try DecodedPNG(encoder.finish())
        #expect(decoded == DecodedPNG(width: 3, height: 2) { _, _ in [0, 0, 7] })
    }

    @Test("an end before the last row is refused")
    func badEnd() throws {
        let error = #expect(throws: PNGError.self) {
            let encoder = try PNGEncoder(width: 3, height: 2)
            _ = try encoder.finish()
        }
        #expect(error?.description == "2 rows were expected; 2 of them are missing.")
    }

    @Test func theFileIsGivenAwayInParts() throws {
        var random = SeededGenerator(seed: 7)
        let pixels = (0..<300 * 300).map { _ in UInt32.random(in: 0...0xFF_FFFF, using: &random) }
        var whole = try PNGEncoder(width: 300, height: 300)
        try whole.append(pixels.span)
        var parts: [[UInt8]] = []
        do {
            var encoder = try PNGEncoder(width: 300, height: 300) { parts.append([UInt8]($0)) }
            try encoder.append(pixels.span)
            #expect(try encoder.finish() == [])
        }
        #expect(parts.count > 4)
        #expect(try whole.finish() == [UInt8](parts.joined()))
    }

    @Test func theOnlyColourIsKnownAsLongAsThereIsButOne() throws {
        var encoder = try PNGEncoder(width: 2, height: 3)
        #expect(encoder.onlyColour == nil)
        for (row, colour) in [
            ([0xFF33_6699, 0x33_6699], 0x33_6699), ([0x33_6699, 0x33_6699], 0x33_6699), ([0x33_6699, 0], nil),
        ] as [([UInt32], UInt32?)] {
            try encoder.append(row.span)
            #expect(encoder.onlyColour == colour)
        }
    }

    private func refusal(of pixels: Span<UInt32>, by encoder: inout PNGEncoder) -> String? {
        do throws(PNGError) {
            try encoder.append(pixels)
            return nil
        } catch {
            return error.description
        }
    }

    @discardableResult
    private func expectSame(
        _ picture: TestPicture, using random: inout some RandomNumberGenerator
    ) throws -> [UInt8] {
        let bytes = try picture.encoded(using: &random)
        #expect(try picture.isShown(by: bytes), "\(picture.width) x \(picture.height)")
        return bytes
    }
}
