import Files
import TestSupport
import Testing

@testable import TrackerServer

@Suite struct ImageCheckTests {
    private func fault(_ bytes: [UInt8]) -> ImageFault? {
        var window = ByteWindow(bytes)
        return ImageCheck.check(&window).fault
    }

    private func reason(_ bytes: [UInt8]) -> String {
        switch fault(bytes) {
        case .png(let reason), .jpeg(let reason): reason
        case let fault: "\(String(describing: fault))"
        }
    }

    @Test func realPicturesAreWhole() throws {
        #expect(fault(try EncodedPNG.bytes()) == nil)
        #expect(fault(try EncodedPNG.bytes(width: 1, height: 1)) == nil)
        #expect(fault(HandmadePNG().bytes) == nil)
    }

    @Test func whateverIsFlippedOrCutOffItIsFound() throws {
        for (damage, bytes) in try DamagedImages.all() { #expect(fault(bytes) != nil, "\(damage)") }
    }

    @Test func interlacedPicturesAreReadInAllTheirPasses() {
        // 3 x 2 pixels in Adam7: rows of 1, 0, 0, 1, 1, 1 and 3 pixels in the passes that have any (PNG, section 8.2).
        let rows: [UInt8] = [0, 1, 0, 3, 0, 2, 0, 4, 5, 6]
        #expect(fault(HandmadePNG(isInterlaced: true, rows: rows).bytes) == nil)
        #expect(reason(HandmadePNG(isInterlaced: true, rows: rows.dropLast()).bytes).contains("Not enough"))
        #expect(reason(HandmadePNG(isInterlaced: true, rows: rows + [0]).bytes).contains("Too much"))
    }

    @Test func imageDataMustHaveExactlyTheRightLength() {
        #expect(reason(HandmadePNG(rows: [0, 1, 2, 3, 0, 4, 5]).bytes).contains("Not enough"))
        #expect(reason(HandmadePNG(rows: [0, 1, 2, 3, 0, 4, 5, 6, 7]).bytes).contains("Too much"))
    }

    @Test func filtersAndChecksumsMustBeRight() {
        #expect(reason(HandmadePNG(rows: [5, 1, 2, 3, 0, 4, 5, 6]).bytes).contains("filter"))
        #expect(reason(HandmadePNG(checksumOfRows: 1).bytes).contains("incorrect data check"))
        let comment = Array("Comment\0hello".utf8)
        #expect(fault(HandmadePNG(extra: HandmadePNG.chunk("tEXt", comment)).bytes) == nil)
        #expect(
            reason(HandmadePNG(extra: HandmadePNG.chunk("tEXt", comment, checksum: 1)).bytes).contains("CRC error"))
        #expect(
            reason(HandmadePNG(extra: HandmadePNG.chunk("zzZz", [1], checksum: 1)).bytes).contains("CRC error"))
    }

    @Test func theHeaderMustMakeSense() {
        #expect(reason(HandmadePNG(width: 0).bytes).contains("IHDR"))
        #expect(reason(HandmadePNG(width: 2_000_000, rows: []).bytes).contains("IHDR"))
        #expect(reason(HandmadePNG(depth: 5).bytes).contains("IHDR"))
        #expect(reason(HandmadePNG(color: 3).bytes).contains("PLTE"))
        #expect(reason(HandmadePNG(extra: HandmadePNG.chunk("IHDR", [])).bytes).contains("IHDR"))
    }

    @Test func theEndMustBeTheEnd() {
        #expect(reason(HandmadePNG(hasEnd: false).bytes).contains("ends early"))
        #expect(reason(HandmadePNG().bytes + [0]).contains("more after its end"))
    }

    @Test func otherFilesAreNoImages() {
        #expect(fault([]) == .empty)
        #expect(fault(Array("GIF89a and more bytes".utf8)) == .notAnImage)
        #expect(fault([0x89, 0x50]) == .notAnImage)
    }

    @Test func theStructureOfAJPEGIsFollowed() {
        typealias Part = HandmadeJPEG
        #expect(fault(Part.whole) == nil)
        #expect(fault(Part.whole + [1, 2, 3]) == nil)
        #expect(
            fault(Part.start + [0xFF] + Part.frame + Part.scan + Part.data + Part.scan + Part.data + Part.end) == nil)
        #expect(reason(Part.start + Part.frame + Part.scan + Part.data).contains("cut off"))
        #expect(reason(Part.start + Part.frame + Part.end).contains("no scan"))
        #expect(reason(Part.start + Part.tables + Part.end).contains("no frame"))
        #expect(reason(Part.start + Part.scan + Part.data + Part.end).contains("before the frame"))
        #expect(reason(Part.start + Part.frame + Part.frame + Part.scan + Part.end).contains("two frame"))
        #expect(reason(Part.start + [0xFF, 0xDB, 0, 1] + Part.frame + Part.scan + Part.end).contains("1 bytes"))
        #expect(
            reason(Part.start + Part.tables + [0] + Part.frame + Part.scan + Part.end).contains("marker is missing"))
        var flat = Part.frame
        flat[6] = 0
        #expect(reason(Part.start + flat + Part.scan + Part.data + Part.end).contains("3 x 0 pixels"))
    }

    @Test func filesLongerThanTheWindowAreReadToTheirEnd() async throws {
        let folder = try TemporaryFolder()
        var state: UInt32 = 1
        let noise = DecodedPNG(width: 200, height: 200) { _, _ in
            (0..<3).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(state >> 24)
            }
        }
        let png = try EncodedPNG.bytes(of: noise)
        #expect(png.count > 100_000)
        var damaged = png
        damaged[png.count - 20] ^= 1
        let jpeg = HandmadeJPEG.whole.dropLast(2) + [UInt8](repeating: 7, count: 200_000)
        try folder.write(png, to: "a.png")
        try folder.write(damaged, to: "b.png")
        try folder.write(jpeg + HandmadeJPEG.end, to: "c.jpg")
        try folder.write(Array(jpeg), to: "d.jpg")
        let names = ["a.png", "b.png", "c.jpg", "d.jpg", "gone.png"]
        let inspection = await ImageInspection.inspect(names, in: folder.path)
        #expect(inspection.faults.keys.sorted() == ["b.png", "d.jpg"])
        #expect(inspection.jpegs == 2)
    }
}
