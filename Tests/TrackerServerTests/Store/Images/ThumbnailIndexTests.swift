import Pictures
import TestSupport
import Testing

@testable import TrackerServer

struct ThumbnailIndexTests {
    private func key(_ image: String, version: String = "a-1", width: Int = 320) -> ThumbnailKey {
        ThumbnailKey(image: image + ".png", eTag: "\"\(version)\"", width: width)
    }

    @Test func theLeastRecentlyUsedGivesWay() {
        var index = ThumbnailIndex(limit: 100)
        for name in ["a", "b", "c"] { #expect(index.add(key(name), size: 30) == []) }
        let isKept = index.use(key("a"))
        #expect(isKept)
        #expect(index.add(key("d"), size: 30) == [key("b")])
        #expect(index.bytes == 90)
        let gone = index.add(key("e"), size: 60)
        #expect(Set(gone ?? []) == [key("c"), key("a")])
        #expect(!index.contains(key("a")))
        #expect(index.contains(key("d")))
        let isStillKept = index.use(key("a"))
        #expect(!isStillKept)
    }

    @Test func whatIsTooLargeIsNotKeptAndNothingGivesWayToIt() {
        var index = ThumbnailIndex(limit: 100)
        #expect(index.add(key("a"), size: 100) == [])
        #expect(index.add(key("b"), size: 101) == nil)
        #expect(index.contains(key("a")))
        var nothing = ThumbnailIndex(limit: 0)
        #expect(nothing.add(key("a"), size: 1) == nil)
    }

    @Test func anotherVersionOfAnImageTakesThePlaceOfTheOneBefore() {
        var index = ThumbnailIndex(limit: 100)
        for width in [160, 320] { #expect(index.add(key("a", width: width), size: 10) == []) }
        #expect(index.add(key("a", version: "b-2"), size: 20) == [key("a")])
        #expect(index.bytes == 30)
    }

    @Test func theSameOnceMoreCountsOnce() {
        var index = ThumbnailIndex(limit: 100)
        #expect(index.add(key("a"), size: 60) == [])
        #expect(index.add(key("a"), size: 70) == [])
        #expect(index.bytes == 70)
    }

    @Test func allOfAnImageGoTogether() {
        var index = ThumbnailIndex(limit: 100)
        for width in [160, 320] { #expect(index.add(key("a", width: width), size: 10) == []) }
        #expect(index.add(key("b"), size: 10) == [])
        let gone = index.removeAll(of: "a.png")
        #expect(Set(gone) == [key("a", width: 160), key("a", width: 320)])
        #expect(index.removeAll(of: "a.png") == [])
        #expect(index.bytes == 10)
        index.remove(key("b"))
        index.remove(key("b"))
        #expect(index.bytes == 0)
    }

    /// Against a list that is kept in order by hand.
    @Test func randomUsesLeaveTheSameAsASimpleList() {
        var random = SeededGenerator(seed: 3)
        var index = ThumbnailIndex(limit: 500)
        var list: [(key: ThumbnailKey, size: Int)] = []
        for _ in 0..<5000 {
            let key = key("\(Int.random(in: 0..<30, using: &random))")
            let position = list.firstIndex { $0.key == key }
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                index.remove(key)
                if let position { list.remove(at: position) }
            case 1..<7:
                let isUsed = index.use(key)
                #expect(isUsed == (position != nil))
                if let position { list.append(list.remove(at: position)) }
            default:
                let size = Int.random(in: 1...100, using: &random)
                if let position { list.remove(at: position) }
                var gone: [ThumbnailKey] = []
                while list.reduce(size, { $0 + $1.size }) > 500 { gone.append(list.removeFirst().key) }
                list.append((key, size))
                let given = index.add(key, size: size)
                #expect(Set(given ?? []) == Set(gone))
            }
            #expect(index.bytes == list.reduce(0) { $0 + $1.size })
            #expect(index.count == list.count)
        }
    }

    @Test func aFileNameSaysWhatItIsOf() {
        let key = ThumbnailKey(image: "2026-03-02T08-05-01-044Z-screenshot.png", eTag: "\"1f-18a\"", width: 320)
        #expect(key.fileName == "2026-03-02T08-05-01-044Z-screenshot.png.1f-18a-320")
        #expect(key.eTag == "\"1f-18a-320\"")
        #expect(ThumbnailKey(fileName: key.fileName) == key)
        #expect(!UploadName.isImage(key.fileName))
        #expect(!ImageFiles.looksLikeImage(key.fileName))
    }

    @Test(arguments: [
        "", ".", "a.png", "a.png.", "a.png.1f-18a", "a.png.1f-18a-321", "a.png.1f-18a-0320", "a.png.-320", "a.png.320",
        ".a.png.1f-320", "a.txt.1f-320", "notes.txt", ".arriving-x",
    ])
    func otherFileNamesSayNothing(name: String) {
        #expect(ThumbnailKey(fileName: name) == nil)
    }
}

struct ThumbnailRuleTests {
    private let rule = ThumbnailRule(maxPixels: 100_000_000)

    private func size(_ width: Int, _ height: Int, to target: Int, isInterlaced: Bool = false) throws -> PictureSize? {
        var png = HandmadePNG(width: width, height: height)
        png.isInterlaced = isInterlaced
        return rule.size(of: try #require(PNGHeader(firstBytes: png.bytes)), width: target)
    }

    @Test func theShapeStays() throws {
        #expect(try size(1920, 1080, to: 320) == PictureSize(width: 320, height: 180))
        #expect(try size(1366, 768, to: 160) == PictureSize(width: 160, height: 90))
        #expect(try size(20_000, 3, to: 160) == PictureSize(width: 160, height: 1))
    }

    @Test func nothingIsEnlarged() throws {
        #expect(try size(320, 200, to: 320) == nil)
        #expect(try size(319, 200, to: 320) == nil)
        #expect(try size(321, 200, to: 320) == PictureSize(width: 320, height: 199))
    }

    @Test func whatTakesTooMuchMemoryOrTimeStaysAsItIs() throws {
        #expect(try size(10_000, 10_000, to: 320) != nil)
        #expect(try size(10_001, 10_000, to: 320) == nil)
        #expect(try size(65_535, 10, to: 320) != nil)
        #expect(try size(65_536, 10, to: 320) == nil)
        #expect(try size(1000, 65_536, to: 320) == nil)
        #expect(try size(4096, 4096, to: 320, isInterlaced: true) != nil)
        #expect(try size(4097, 4096, to: 320, isInterlaced: true) == nil)
        #expect(try size(1281, 6558, to: 1280) != nil)
        #expect(try size(1281, 6562, to: 1280) == nil)
        #expect(try size(0x7FFF_FFFF, 0x7FFF_FFFF, to: 320) == nil)
        #expect(try size(0xFFFF_FFFF, 0xFFFF_FFFF, to: 320) == nil)
    }

    @Test func whatIsNoPNGHasNoHeader() {
        #expect(PNGHeader(firstBytes: TestImage.jpeg) == nil)
        #expect(PNGHeader(firstBytes: TestImage.png.prefix(28)) == nil)
        #expect(PNGHeader(firstBytes: HandmadePNG(width: 0).bytes) == nil)
        #expect(PNGHeader(firstBytes: []) == nil)
    }
}
