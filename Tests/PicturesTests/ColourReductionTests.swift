import Pictures
import TestSupport
import Testing

struct ColourReductionTests {
    private static let width = 160
    private static let height = 90

    /// A sunset over hills, with the grain of a camera: more colours than pixels in a palette, none of which stands out.
    private static func photograph() -> [UInt8] {
        var random = SeededGenerator(seed: 41)
        var rgb: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let (u, v) = (Double(x) / Double(width), Double(y) / Double(height))
                let hill = 0.6 + 0.1 * (3 * u - 1) * (2 * u - 1)
                let grain = Double.random(in: -6...6, using: &random)
                let colour =
                    v < hill
                    ? [90 + 150 * v + 40 * u, 60 + 120 * v, 150 - 90 * v * u]
                    : [30 + 60 * u, 90 - 50 * v + 40 * u, 20 + 30 * v]
                rgb += colour.map { UInt8(min(max($0 + grain, 0), 255)) }
            }
        }
        return rgb
    }

    private static func colours(_ rgb: [UInt8]) -> Set<[UInt8]> {
        Set(stride(from: 0, to: rgb.count, by: 3).map { Array(rgb[$0..<($0 + 3)]) })
    }

    private static func reduced(_ rgb: [UInt8], to limit: Int) -> [UInt8] {
        var pixels = stride(from: 0, to: rgb.count, by: 3).map { first in
            rgb[first..<(first + 3)].reduce(0) { $0 << 8 | UInt32($1) }
        }
        ColourReduction.reduce(&pixels, to: limit)
        return pixels.flatMap { [UInt8($0 >> 16), UInt8($0 >> 8 & 255), UInt8($0 & 255)] }
    }

    /// Of a byte, the mean square.
    private static func error(_ one: [UInt8], _ other: [UInt8]) -> Double {
        zip(one, other).reduce(0) { sum, pair in
            let difference = Double(pair.0) - Double(pair.1)
            return sum + difference * difference
        } / Double(one.count)
    }

    @Test func aPhotographChangesLittle() {
        let photograph = Self.photograph()
        let reduced = Self.reduced(photograph, to: 256)
        #expect(Self.colours(photograph).count > 5000)
        #expect(Self.colours(reduced).count <= 256)
        // A palette that is the same for all pictures: eight reds, eight greens, four blues.
        let fixed = photograph.enumerated().map { place, byte in
            place % 3 == 2 ? byte & 0xC0 | 0x20 : byte & 0xE0 | 0x10
        }
        let error = Self.error(photograph, reduced)
        #expect(error < 6.5, "38 dB is 10 and 40 dB is 6.5")
        #expect(error < Self.error(photograph, fixed) / 20)
    }

    @Test(arguments: [1, 2, 7, 16, 255])
    func noMoreColoursThanAskedFor(limit: Int) {
        let photograph = Self.photograph()
        let reduced = Self.reduced(photograph, to: limit)
        #expect(1...limit ~= Self.colours(reduced).count)
        #expect(Self.error(photograph, reduced) < 5000 / Double(limit))
    }

    @Test func ofOneColourItIsTheAverage() {
        #expect(Self.reduced([0, 0, 0, 10, 20, 200, 20, 40, 202], to: 1) == [10, 20, 134, 10, 20, 134, 10, 20, 134])
    }

    @Test(arguments: [1, 2, 255, 256])
    func aPictureOfFewColoursStaysAsItIs(count: Int) {
        // Some of them differ in one bit.
        let rgb = (0..<1024).flatMap { pixel -> [UInt8] in
            let colour = pixel % count
            return [UInt8(colour), UInt8(colour / 2), UInt8(255 - colour)]
        }
        #expect(Self.reduced(rgb, to: 256) == rgb)
        #expect(Self.reduced([], to: 256) == [])
    }

    /// What there is to read on a screen has few colours and large areas.
    @Test func textBesideAPhotographKeepsItsColours() {
        var picture = Self.photograph()
        var text: [Int] = []
        for y in 10..<50 {
            for x in 20..<100 {
                let start = 3 * (y * Self.width + x)
                let isInk = (x / 2 + y / 3) % 5 == 0
                picture.replaceSubrange(start..<(start + 3), with: isInk ? [0, 0, 0] : [255, 255, 255])
                text += start..<(start + 3)
            }
        }
        let reduced = Self.reduced(picture, to: 256)
        #expect(text.allSatisfy { reduced[$0] == picture[$0] })
        #expect(Self.error(picture, reduced) < 6.5)
    }

    @Test func whereAColourStandsDoesNotMatter() {
        let photograph = Self.photograph()
        let pixels = stride(from: 0, to: photograph.count, by: 3).map { Array(photograph[$0..<($0 + 3)]) }
        let reversed = Array(pixels.reversed().joined())
        let expected = Self.reduced(photograph, to: 64)
        let back = Self.reduced(reversed, to: 64)
        #expect(stride(from: 0, to: back.count, by: 3).reversed().flatMap { back[$0..<($0 + 3)] } == expected)
    }
}
