import TestSupport
import Testing

@testable import TrackerServer

@Suite struct ImageStructureTests {
    private let limit = 100_000_000

    private func take(_ bytes: ArraySlice<UInt8>, _ structure: inout ImageStructure) throws(ImageFault) {
        try structure.take(bytes.span)
    }

    /// What is wrong with an image that comes in pieces of so many bytes.
    private func fault(_ bytes: [UInt8], maxPixels: Int? = nil, inPiecesOf size: Int = 1 << 20) -> ImageFault? {
        var structure = ImageStructure(maxPixels: maxPixels ?? limit)
        do throws(ImageFault) {
            for start in stride(from: 0, to: bytes.count, by: size) {
                try take(bytes[start..<min(bytes.count, start + size)], &structure)
            }
            _ = try structure.finish()
            return nil
        } catch {
            return error
        }
    }

    private func reason(_ bytes: [UInt8], maxPixels: Int? = nil) -> String {
        let found = fault(bytes, maxPixels: maxPixels)
        #expect(fault(bytes, maxPixels: maxPixels, inPiecesOf: 1) == found, "the same in single bytes")
        switch found {
        case .png(let reason), .jpeg(let reason): return reason
        default: return "\(String(describing: found))"
        }
    }

    private typealias JPEG = HandmadeJPEG
    private static let html = Array("<html><script>alert(1)</script></html>".utf8)

    @Test func realPicturesAreWholeHoweverTheyCome() throws {
        let png = try EncodedPNG.bytes(width: 200, height: 100)
        for size in [1, 2, 7, 8, 100, 4096, 1_000_000] {
            #expect(fault(png, inPiecesOf: size) == nil)
            #expect(fault(JPEG.whole, inPiecesOf: size) == nil)
        }
    }

    @Test func whateverIsFlippedOrCutOffItIsFound() throws {
        for (damage, bytes) in try DamagedImages.all() { #expect(fault(bytes) != nil, "\(damage)") }
    }

    @Test func whatOnlyBeginsAsAnImageIsNone() throws {
        let png = try EncodedPNG.bytes()
        for count in [8, 16, 29, 33, 41, 60] {
            #expect(fault(Array(png.prefix(count)) + Self.html) != nil, "behind \(count) bytes")
        }
        for part in [JPEG.start, JPEG.start + JPEG.tables, JPEG.start + JPEG.frame] {
            #expect(fault(part + Self.html) != nil)
        }
        for bytes: [UInt8] in [Self.html, [0x89], [0x89, 0x50, 0x4E], [0xFF], [0xFF, 0x00]] {
            #expect(fault(bytes) == .notAnImage)
        }
        #expect(fault([]) == .empty)
    }

    @Test func nothingStandsBehindTheEnd() throws {
        for image in [try EncodedPNG.bytes(), JPEG.whole] {
            for more: [UInt8] in [[0], [0x0A], Self.html, image] {
                #expect(reason(image + more) == "there is more after its end")
            }
        }
    }

    @Test func aPictureHasSoManyPixelsAtMost() {
        #expect(reason(HandmadePNG(width: 60000, height: 20000).bytes).contains("60000 x 20000 pixels, more than"))
        #expect(fault(HandmadePNG(width: 10_000, height: 10_000).bytes) == nil)
        #expect(reason(HandmadePNG(width: 10_000, height: 10_001).bytes).contains("more than the 100000000"))
        #expect(reason(HandmadePNG(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF).bytes).contains("more than"))
        #expect(reason(HandmadePNG().bytes, maxPixels: 5) == "it has 3 x 2 pixels, more than the 5 that are allowed")
        #expect(fault(HandmadePNG().bytes, maxPixels: 6) == nil)
        #expect(reason(JPEG.whole, maxPixels: 5) == "it has 3 x 2 pixels, more than the 5 that are allowed")
        #expect(fault(JPEG.whole, maxPixels: 6) == nil)
    }

    /// Nothing of a huge picture but its header needs to come.
    @Test func aFaultIsToldAsSoonAsItShows() {
        var structure = ImageStructure(maxPixels: 5)
        let start = HandmadePNG().bytes.prefix(33)
        #expect(throws: ImageFault.self) { try take(start, &structure) }
    }

    @Test func theHeaderMustMakeSense() {
        for (width, height) in [(0, 2), (3, 0), (0x8000_0000, 1), (1, 0xFFFF_FFFF)] {
            #expect(
                reason(HandmadePNG(width: width, height: height).bytes).contains("its IHDR says \(width) x \(height)"))
        }
        let depths: [UInt8: Set<UInt8>] = [
            0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16],
        ]
        let palette = HandmadePNG.chunk("PLTE", [1, 2, 3])
        for color in UInt8(0)...8 {
            for depth in UInt8(0)...17 {
                let png = HandmadePNG(depth: depth, color: color, extra: color == 3 ? palette : [])
                #expect((fault(png.bytes) == nil) == (depths[color]?.contains(depth) == true), "\(color), \(depth)")
            }
        }
        func fields(_ fields: [UInt8]) -> [UInt8] {
            let sides: [UInt8] = [0, 0, 0, 3, 0, 0, 0, 2]
            let header = HandmadePNG.chunk("IHDR", sides + fields)
            return HandmadePNG.signature + header + Array(HandmadePNG().bytes.dropFirst(33))
        }
        #expect(fault(fields([8, 0, 0, 0, 1])) == nil, "interlaced")
        for broken: [UInt8] in [
            [8, 0, 1, 0, 0], [8, 0, 0, 1, 0], [8, 0, 0, 0, 2], [8, 0, 0, 0], [8, 0, 0, 0, 0, 0], [],
        ] {
            #expect(reason(fields(broken)).contains("its IHDR"))
        }
    }

    @Test func chunksStandInTheirOrder() {
        typealias PNG = HandmadePNG
        let header = PNG.chunk("IHDR", [0, 0, 0, 3, 0, 0, 0, 2, 8, 0, 0, 0, 0])
        let indexed = PNG.chunk("IHDR", [0, 0, 0, 3, 0, 0, 0, 2, 8, 3, 0, 0, 0])
        let (palette, end, text) = (
            PNG.chunk("PLTE", [1, 2, 3]), PNG.chunk("IEND", []), PNG.chunk("tEXt", [65, 0, 66])
        )
        let data: [UInt8] = [0x78, 0x01, 1, 2, 3, 4, 5, 6]
        let pieces = data.map { PNG.chunk("IDAT", [$0]) }.reduce(PNG.chunk("IDAT", [])) { $0 + $1 }
        func image(_ chunks: [UInt8]...) -> [UInt8] { chunks.reduce(PNG.signature, +) }
        let whole = PNG.chunk("IDAT", data)
        for good in [
            image(header, whole, end), image(header, text, text, whole, text, end), image(indexed, palette, whole, end),
            image(header, palette, whole, end), image(header, pieces, end),
            image(
                header, PNG.chunk("acTL", [0, 0, 0, 2, 0, 0, 0, 0]), whole, PNG.chunk("fdAT", [0, 0, 0, 1, 7]), end),
        ] { #expect(fault(good) == nil) }
        for (bad, sentence) in [
            (image(whole, end), "IDAT stands out of place"),
            (image(text, header, whole, end), "tEXt stands out of place"),
            (image(end), "IEND stands out of place"), (image(header, header, whole, end), "IHDR stands out of place"),
            (image(header, whole, palette, end), "PLTE stands out of place"),
            (image(header, palette, palette, whole, end), "PLTE stands out of place"),
            (image(header, whole, text, whole, end), "IDAT stands out of place"),
            (image(indexed, whole, end), "palette is missing"), (image(header, end), "no image data"),
            (image(header, PNG.chunk("IDAT", []), end), "no image data"),
            (image(header, PNG.chunk("IDAT", Array(data.prefix(7))), end), "no image data"),
            (image(header, PNG.chunk("PLTE", []), whole, end), "PLTE has 0 bytes"),
            (image(header, PNG.chunk("PLTE", [1, 2]), whole, end), "PLTE has 2 bytes"),
            (image(header, whole, PNG.chunk("IEND", [0])), "IEND has 1 bytes"),
            (image(header, PNG.chunk("ABCD", []), whole, end), "ABCD"), (image(header, whole), "cut off"),
            (image(header, PNG.chunk("te t", []), whole, end), "no chunk"),
            (image(header, [0xFF, 0xFF, 0xFF, 0xFF] + Array("tEXt".utf8)), "no chunk"),
            (image(header, PNG.chunk("tEXt", [1], checksum: 1), whole, end), "checksum of a chunk tEXt"),
        ] { #expect(reason(bad).contains(sentence), "\(reason(bad))") }
    }

    @Test(arguments: [[0x79, 0x01], [0x78, 0x02], [0x88, 0x1C], [0x78, 0x20], [0x3C, 0x68], [0, 0]] as [[UInt8]])
    func imageDataAreThoseOfZlib(start: [UInt8]) {
        let header = HandmadePNG.chunk("IHDR", [0, 0, 0, 3, 0, 0, 0, 2, 8, 0, 0, 0, 0])
        let data = HandmadePNG.chunk("IDAT", start + Self.html)
        #expect(reason(HandmadePNG.signature + header + data).contains("not compressed"))
    }

    @Test func theMarkersOfAJPEGAreFollowed() {
        let application: [UInt8] = [0xFF, 0xE1, 0, 12]
        let exif = application + Array("Exif\0\0".utf8) + JPEG.start + JPEG.end
        #expect(fault(JPEG.start + exif + Array(JPEG.whole.dropFirst(2))) == nil)
        var progressive = JPEG.frame
        progressive[1] = 0xC2
        let scans = JPEG.scan + JPEG.data + JPEG.tables + JPEG.scan + JPEG.data
        let fill: [UInt8] = [0xFF, 0xFF]
        #expect(fault(JPEG.start + progressive + scans + fill + JPEG.end) == nil)
        #expect(reason(JPEG.start + JPEG.frame + JPEG.end).contains("no scan"))
        #expect(reason(JPEG.start + JPEG.tables + JPEG.end).contains("no frame"))
        #expect(reason(JPEG.start + JPEG.scan + JPEG.data + JPEG.end).contains("before the frame"))
        #expect(reason(JPEG.start + JPEG.start + JPEG.frame).contains("out of place"))
        #expect(reason(JPEG.start + JPEG.frame + [0xFF, 0xC2]).contains("cut off"))
        var flat = JPEG.frame
        flat[8] = 0
        #expect(reason(JPEG.start + flat).contains("0 x 2 pixels"))
    }
}
