import Pictures
import TestSupport
import Testing

@testable import TrackerServer

struct PictureReductionTests {
    /// To the nearest number where the samples have 8 bits at most and nothing can be seen through. From 16 bits, and onto
    /// white, libpng rounds first: half a step more for one of the two, and a step and a half for both.
    @Test(arguments: SamplePicture.Form.all)
    func picturesOfAllFormsAreAveraged(form: SamplePicture.Form) throws {
        for (number, target) in [
            PictureSize(width: 10, height: 6), .init(width: 53, height: 31), .init(width: 1, height: 1),
        ]
        .enumerated() {
            let picture = SamplePicture(form, PictureSize(width: 53, height: 31), seed: UInt64(number))
            let small = try DecodedPNG(
                PictureReduction.png(of: ByteWindow(picture.png), from: picture.size, to: target))
            #expect(PictureSize(width: small.width, height: small.height) == target)
            let exact = ExactAverage.of(picture.size, to: target, picture.colour)
            let tolerance = form.isOpaque ? (form.depth <= 8 ? 0.5 : 1) : (form.depth <= 8 ? 1 : 2)
            #expect(ExactAverage.distance(small.rgb, exact) <= tolerance + 1e-9)
        }
    }

    @Test func halvesAreAveraged() throws {
        let form = SamplePicture.Form(color: 2, depth: 8)
        let picture = SamplePicture(form, PictureSize(width: 40, height: 30), seed: 7)
        let target = PictureSize(width: 20, height: 15)
        let small = try DecodedPNG(PictureReduction.png(of: ByteWindow(picture.png), from: picture.size, to: target))
        let exact = ExactAverage.of(picture.size, to: target, picture.colour)
        #expect(ExactAverage.distance(small.rgb, exact) <= 0.5 + 1e-9)
    }

    @Test func chunksThatSayNothingOfPixelsArePassedOver() throws {
        var png = HandmadePNG()
        png.color = 4
        png.rows = [0, 10, 100, 20, 120, 30, 140, 0, 40, 160, 50, 180, 60, 200]
        let plain = try reduced(png.bytes)
        // A gamma, by which libpng would lay it on white in another way; a colour that should lie behind; text that is none.
        png.extra =
            HandmadePNG.chunk("gAMA", [0, 0, 0xB1, 0x8F]) + HandmadePNG.chunk("bKGD", [0, 9])
            + HandmadePNG.chunk("zTXt", [1, 2, 3])
        #expect(try reduced(png.bytes) == plain)
    }

    @Test func aDamagedPictureIsRefusedWithAReason() throws {
        let picture = SamplePicture(.init(color: 2, depth: 8), PictureSize(width: 30, height: 20), seed: 1)
        for end in [0, 20, 100, picture.png.count / 2, picture.png.count - 20] {
            #expect(throws: PictureReduction.Failure.self) {
                try PictureReduction.png(
                    of: ByteWindow(Array(picture.png.prefix(end))), from: picture.size,
                    to: PictureSize(width: 10, height: 7))
            }
        }
        var flipped = picture.png
        flipped[flipped.count / 2] ^= 1
        #expect(throws: PictureReduction.Failure.self) {
            try PictureReduction.png(
                of: ByteWindow(flipped), from: picture.size, to: PictureSize(width: 10, height: 7))
        }
    }

    @Test func aPictureOfAnotherSizeIsRefused() {
        #expect(throws: PictureReduction.Failure(reason: "it has another size than it had")) {
            try PictureReduction.png(
                of: ByteWindow(HandmadePNG().bytes), from: PictureSize(width: 300, height: 2),
                to: PictureSize(width: 2, height: 1))
        }
    }

    private func reduced(_ png: [UInt8]) throws -> [UInt8] {
        try PictureReduction.png(
            of: ByteWindow(png), from: PictureSize(width: 3, height: 2), to: PictureSize(width: 2, height: 1))
    }
}
