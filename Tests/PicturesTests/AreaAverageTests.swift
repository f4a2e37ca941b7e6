import Pictures
import TestSupport
import Testing

struct AreaAverageTests {
    /// The definition, pixel by pixel: overlaps of areas in units of which every pixel has a whole number.
    private func reference(_ pixels: [UInt8], _ source: PictureSize, _ target: PictureSize) -> [UInt8] {
        func overlap(_ index: Int, _ length: Int, _ other: Int, _ otherLength: Int) -> Int {
            max(0, min((index + 1) * length, (other + 1) * otherLength) - max(index * length, other * otherLength))
        }
        let area = source.width * source.height
        var result: [UInt8] = []
        for y in 0..<target.height {
            for x in 0..<target.width {
                var sums = [0, 0, 0, 0]
                for v in 0..<source.height {
                    let high = overlap(y, source.height, v, target.height)
                    if high == 0 { continue }
                    for u in 0..<source.width {
                        let weight = high * overlap(x, source.width, u, target.width)
                        for lane in 0..<4 { sums[lane] += weight * Int(pixels[(v * source.width + u) * 4 + lane]) }
                    }
                }
                result += sums.map { UInt8(($0 + area / 2) / area) }
            }
        }
        return result
    }

    /// - Parameters:
    ///   - pixels: four bytes each.
    ///   - portion: rows at a time.
    private func average(
        _ pixels: [UInt8], _ source: PictureSize, _ target: PictureSize, portion: Int = 3
    ) throws -> [UInt8] {
        var average = AreaAverage(from: source, to: target)
        let words = stride(from: 0, to: pixels.count, by: 4).map { first in
            (0..<4).reduce(0 as UInt32) { $0 | UInt32(pixels[first + $1]) << UInt32(8 * $1) }
        }
        var result: [UInt8] = []
        for top in stride(from: 0, to: source.height, by: portion) {
            let rows = top..<min(top + portion, source.height)
            average.append(words.span.extracting(rows.lowerBound * source.width..<rows.upperBound * source.width)) {
                row in
                for x in row.indices { result += (0..<4).map { UInt8(row[x] >> UInt32(8 * $0) & 255) } }
            }
        }
        return result
    }

    private func picture(_ size: PictureSize, _ pixel: (_ x: Int, _ y: Int) -> [UInt8]) -> [UInt8] {
        (0..<size.height).flatMap { y in (0..<size.width).flatMap { x in pixel(x, y) } }
    }

    @Test func randomPicturesOfRandomSizesAreAveragedAsDefined() throws {
        var random = SeededGenerator(seed: 20)
        for _ in 0..<60 {
            let source = PictureSize(
                width: .random(in: 1...23, using: &random), height: .random(in: 1...23, using: &random))
            let target = PictureSize(
                width: .random(in: 1...source.width, using: &random),
                height: .random(in: 1...source.height, using: &random))
            let pixels = (0..<(4 * source.width * source.height)).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(
                try average(pixels, source, target, portion: .random(in: 1...7, using: &random))
                    == reference(pixels, source, target),
                "\(source) to \(target)")
        }
    }

    @Test(arguments: [1, 2, 3, 64])
    func halvesAreAveragedAsDefinedInPortionsOfAnySize(portion: Int) throws {
        var random = SeededGenerator(seed: 2)
        for width in 1...9 {
            let (source, target) = (PictureSize(width: 2 * width, height: 10), PictureSize(width: width, height: 5))
            let pixels = (0..<(80 * width)).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(
                try average(pixels, source, target, portion: portion) == reference(pixels, source, target))
        }
    }

    @Test func theBrightestStaysTheBrightestAtTheLongestSides() throws {
        let longest = AreaAverage.longestSide
        let wide = [UInt8](repeating: 255, count: 4 * longest)
        #expect(
            try average(wide, .init(width: longest, height: 1), .init(width: 2, height: 1))
                == [UInt8](repeating: 255, count: 8))
        #expect(
            try average(wide, .init(width: 1, height: longest), .init(width: 1, height: 2))
                == [UInt8](repeating: 255, count: 8))
    }

    @Test func aCheckerboardBecomesGrayRoundedUp() throws {
        let source = PictureSize(width: 8, height: 8)
        let board = picture(source) { x, y in [UInt8](repeating: (x + y) % 2 == 0 ? 255 : 0, count: 4) }
        for target in [PictureSize(width: 4, height: 4), PictureSize(width: 2, height: 1)] {
            #expect(
                try average(board, source, target)
                    == [UInt8](repeating: 128, count: 4 * target.width * target.height))
        }
    }

    @Test func aGradientStaysAGradient() throws {
        let source = PictureSize(width: 30, height: 3)
        let ramp = picture(source) { x, y in [UInt8(8 * x), UInt8(240 - 8 * x), UInt8(100 * y), 9] }
        // Three pixels become two: the middle one goes half to either side.
        let smaller = try average(ramp, source, PictureSize(width: 20, height: 1))
        let red = stride(from: 0, to: smaller.count, by: 4).map { Int(smaller[$0]) }
        #expect(red.prefix(4) == [3, 13, 27, 37])
        #expect(zip(red, red.dropFirst()).allSatisfy { $0 < $1 })
        #expect(stride(from: 2, to: smaller.count, by: 4).allSatisfy { smaller[$0] == 100 })
        #expect(stride(from: 3, to: smaller.count, by: 4).allSatisfy { smaller[$0] == 9 })
    }

    @Test func theSameSizeIsTheSamePicture() throws {
        let size = PictureSize(width: 5, height: 4)
        let pixels = picture(size) { x, y in [UInt8(x), UInt8(y), UInt8(x * y), 3] }
        #expect(try average(pixels, size, size) == pixels)
    }

    @Test(arguments: [
        (1920, 1080, 960, 540), (3840, 2160, 960, 540), (1366, 768, 960, 540), (1280, 1024, 675, 540),
        (800, 600, 720, 540), (640, 480, 640, 480), (960, 540, 960, 540), (1080, 1920, 304, 540),
        (32_767, 1, 960, 1), (1, 32_767, 1, 540), (5120, 1440, 960, 270),
    ])
    func sizesKeepTheirShapeAndNeverGrow(width: Int, height: Int, smallWidth: Int, smallHeight: Int) {
        let fitted = PictureSize(width: width, height: height).fitted(into: PictureSize(width: 960, height: 540))
        #expect(fitted == PictureSize(width: smallWidth, height: smallHeight))
    }
}
