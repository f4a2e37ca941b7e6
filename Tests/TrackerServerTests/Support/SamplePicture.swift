import Pictures
import TestSupport
import Testing

/// A picture of random samples in any form that a PNG may have, and what one sees of it on white: written down and reckoned
/// without the code that is tested, and without libpng.
struct SamplePicture: Sendable {
    /// The form of a PNG (PNG specification, 11.2.2).
    struct Form: Sendable, CustomTestStringConvertible {
        var color: UInt8
        var depth: Int
        var isInterlaced = false
        /// Whether a tRNS makes one colour transparent, or the palette's.
        var hasTransparency = false

        static let all: [Form] = [
            (0, [1, 2, 4, 8, 16]), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16]),
        ].flatMap { color, depths in
            depths.flatMap { depth in
                [false, true].flatMap { isInterlaced in
                    (color < 4 ? [false, true] : [false]).map {
                        Form(color: color, depth: depth, isInterlaced: isInterlaced, hasTransparency: $0)
                    }
                }
            }
        }

        var channels: Int { [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][color] ?? 1 }
        var isOpaque: Bool { color < 4 && !hasTransparency }
        var testDescription: String {
            "color \(color), \(depth) bits" + (isInterlaced ? ", interlaced" : "") + (hasTransparency ? ", tRNS" : "")
        }
    }

    let form: Form
    let size: PictureSize
    private let samples: [Int]
    /// Red, green, blue and alpha.
    private let palette: [[Int]]

    init(_ form: Form, _ size: PictureSize, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        self.form = form
        self.size = size
        let most = (1 << form.depth) - 1
        palette = (0...min(most, 255)).map { _ in
            (0..<3).map { _ in Int.random(in: 0...255, using: &random) }
                + [form.hasTransparency ? Int.random(in: 0...255, using: &random) : 255]
        }
        samples = (0..<size.width * size.height * form.channels).map { _ in Int.random(in: 0...most, using: &random) }
    }

    private func samples(_ x: Int, _ y: Int) -> ArraySlice<Int> {
        let first = (y * size.width + x) * form.channels
        return samples[first..<first + form.channels]
    }

    /// Red, green and blue on white, each 0 to 255.
    func colour(_ x: Int, _ y: Int) -> [Double] {
        let samples = Array(samples(x, y))
        let most = Double((1 << form.depth) - 1)
        var rgb: [Double]
        var alpha = 1.0
        switch form.color {
        case 3:
            rgb = palette[samples[0]].prefix(3).map { Double($0) / 255 }
            alpha = Double(palette[samples[0]][3]) / 255
        case 0, 4: rgb = Array(repeating: Double(samples[0]) / most, count: 3)
        default: rgb = samples.prefix(3).map { Double($0) / most }
        }
        if form.color >= 4 { alpha = Double(samples[form.channels - 1]) / most }
        if form.color < 3, form.hasTransparency, samples == Array(self.samples(0, 0)) { alpha = 0 }
        return rgb.map { 255 * ($0 * alpha + 1 - alpha) }
    }

    var png: [UInt8] {
        var png = HandmadePNG(width: size.width, height: size.height)
        (png.depth, png.color, png.isInterlaced) = (UInt8(form.depth), form.color, form.isInterlaced)
        if form.color == 3 {
            png.extra = HandmadePNG.chunk("PLTE", palette.flatMap { $0.prefix(3).map { UInt8($0) } })
        }
        if form.hasTransparency {
            png.extra += HandmadePNG.chunk(
                "tRNS",
                form.color == 3
                    ? palette.map { UInt8($0[3]) }
                    : samples(0, 0).flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] })
        }
        png.rows = form.isInterlaced ? Self.passes.flatMap(rows) : rows((0, 0, 1, 1))
        return png.bytes
    }

    /// First column and row, steps between columns and rows (PNG specification, 8.2).
    private typealias Pass = (x: Int, y: Int, across: Int, down: Int)
    private static let passes: [Pass] = [
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
    ]

    private func rows(_ pass: Pass) -> [UInt8] {
        guard pass.x < size.width else { return [] }
        return stride(from: pass.y, to: size.height, by: pass.down).flatMap { y -> [UInt8] in
            // The filter, then the samples, packed.
            var row: [UInt8] = [0]
            var (bits, word) = (0, 0)
            for x in stride(from: pass.x, to: size.width, by: pass.across) {
                for sample in samples(x, y) {
                    word = word << form.depth | sample
                    bits += form.depth
                    while bits >= 8 {
                        bits -= 8
                        row.append(UInt8(word >> bits & 255))
                    }
                    word &= (1 << bits) - 1
                }
            }
            if bits > 0 { row.append(UInt8(word << (8 - bits) & 255)) }
            return row
        }
    }
}

/// Averages over areas by their definition.
enum ExactAverage {
    /// Three numbers for each pixel of the result, row by row.
    static func of(
        _ source: PictureSize, to target: PictureSize, _ colour: (_ x: Int, _ y: Int) -> [Double]
    ) -> [Double] {
        func shares(_ index: Int, _ source: Int, _ target: Int) -> [(index: Int, share: Double)] {
            let (start, end) = (index * source, (index + 1) * source)
            return (start / target...(end - 1) / target).map { other in
                (other, Double(min(end, (other + 1) * target) - max(start, other * target)) / Double(source))
            }
        }
        return (0..<target.height).flatMap { y in
            (0..<target.width).flatMap { x in
                var sum = [0.0, 0, 0]
                for row in shares(y, source.height, target.height) {
                    for column in shares(x, source.width, target.width) {
                        let colour = colour(column.index, row.index)
                        for channel in 0..<3 { sum[channel] += row.share * column.share * colour[channel] }
                    }
                }
                return sum
            }
        }
    }

    /// The largest difference.
    static func distance(_ pixels: [UInt8], _ averages: [Double]) -> Double {
        zip(pixels, averages).map { abs(Double($0) - $1) }.max() ?? 0
    }
}
